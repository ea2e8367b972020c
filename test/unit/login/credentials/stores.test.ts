import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { validateConfig } from '../../../../src/login/config/schema.ts';
import { lowestCost } from '../../../../src/login/credentials/file/envelope.ts';
import {
  defaultStore,
  fallbackOf,
  openStore,
  storeInEnvironment,
  storeKinds,
  stores,
} from '../../../../src/login/credentials/stores.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';
import { alternatives } from '../../../../src/platform/core/text.ts';
import { fakeKeytar } from '../../../support/fake-keytar.ts';

test('every folder of a credential store is a registered store', () => {
  const folder = new URL('../../../../src/login/credentials/', import.meta.url);
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect([...storeKinds].toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});

test('each store has a kind of its own and a description', () => {
  expect(new Set(storeKinds).size).toBe(stores.length);
  for (const { description } of stores) expect(description).not.toBe('');
});

test('a fallback is another store, and the offer ends in a question', () => {
  const failure = new AppError('failure', 'It does not work');
  for (const { kind, fallback } of stores) {
    if (fallback === undefined) continue;
    const found = fallbackOf(kind);
    expect(found?.kind, kind).toBe(fallback.kind);
    expect(found?.kind, kind).not.toBe(kind);
    expect(fallback.question(failure), kind).toMatch(/\?$/);
  }
  expect(fallbackOf('keychain')?.kind).toBe('file');
  expect(fallbackOf('file')).toBeUndefined();
});

test.each(storeKinds)('%s: opening it reads, asks and writes nothing', async (kind) => {
  const configDir = mkdtempSync(join(tmpdir(), 'twilio-org-stores-'));
  onTestFinished(() => rmSync(configDir, { recursive: true, force: true }));
  const unwanted = () => Promise.reject(new Error('opened too early'));
  const store = await openStore(kind, { configDir, passphrase: unwanted, loadKeytar: unwanted });
  expect(store.kind).toBe(kind);
  expect(store.displayName).not.toBe('');
  expect(readdirSync(configDir)).toEqual([]);
});

test.each(stores)('$kind: keeps secrets, in no other files than it declares', async ({ kind, files }) => {
  const configDir = mkdtempSync(join(tmpdir(), 'twilio-org-stores-'));
  onTestFinished(() => rmSync(configDir, { recursive: true, force: true }));
  const keytar = fakeKeytar();
  const passphrase = async () => new Secret('correct horse');
  const open = () =>
    openStore(kind, { configDir, passphrase, keyCost: lowestCost, loadKeytar: async () => keytar });
  const read = async (account: string) => (await (await open()).get(account))?.reveal();
  const long = `=\n"é": ${'x'.repeat(6000)}`;
  await (await open()).set('one', new Secret('first'));
  await (await open()).set('one', new Secret(long));
  await (await open()).set('two', new Secret('second'));
  await (await open()).probe();
  expect([await read('one'), await read('two'), await read('three')]).toEqual([long, 'second', undefined]);
  expect(readdirSync(configDir).toSorted()).toEqual(files.toSorted());
  expect(await (await open()).delete('one')).toBe(true);
  expect(await (await open()).delete('one')).toBe(false);
  expect([await read('one'), await read('two')]).toEqual([undefined, 'second']);
});

test.each(storeKinds)('%s: config.json may name it', (store) => {
  const profile = {
    grant: 'client-credentials',
    client_id: 'OQ1',
    api_url: 'https://iam.twilio.com',
    oauth_url: 'https://oauth.twilio.com',
    store,
    left_in: store,
  };
  expect(validateConfig({ profiles: { work: profile } }).profiles.work).toEqual(profile);
});

test('TWILIO_ORG_STORE names a store, or is a usage error that does not repeat its value', () => {
  expect(storeInEnvironment({})).toBeUndefined();
  expect(storeInEnvironment({ TWILIO_ORG_STORE: '' })).toBeUndefined();
  expect(storeInEnvironment({ TWILIO_ORG_STORE: 'file' })).toBe('file');
  const wrong = () => storeInEnvironment({ TWILIO_ORG_STORE: 'correct horse battery staple' });
  expect(wrong).toThrow(
    expect.objectContaining({ kind: 'usage', hint: expect.stringContaining(alternatives(storeKinds)) }),
  );
  expect(wrong).toThrow(/^TWILIO_ORG_STORE(?!.*horse)/);
});

test('a login that names no store uses the keychain', () => {
  expect(defaultStore).toBe('keychain');
});
