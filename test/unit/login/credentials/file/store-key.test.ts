import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lowestCost } from '../../../../../src/login/credentials/file/envelope.ts';
import { openStore } from '../../../../../src/login/credentials/stores.ts';
import { Secret } from '../../../../../src/platform/core/secret.ts';

/** Written by the version before there was a random key. */
const older = {
  about: 'credentials of twilio-org, encrypted with a passphrase',
  version: 1,
  kdf: 'scrypt',
  cipher: 'aes-256-gcm',
  N: 16384,
  r: 8,
  p: 1,
  salt: 'v1cBfos9Sq4RxNAsxCd8Sg==',
  check: '2CfGRzM5NPMpmFT1xd9yzw==',
  nonce: '3j3ub9bO8fLte7xA',
  tag: '/FpPZ9rbIYpSIZD8JOgT/A==',
  data: 'asvrboGYiZ6sMv5iOh7bJ24=',
};

const key = randomBytes(32).toString('base64');

let dir: string;
let file: string;
let asked: number;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'twilio-org-key-'));
  file = path.join(dir, 'credentials.enc');
  asked = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function open({ randomKey, passphrase = 'correct horse' }: { randomKey?: string; passphrase?: string } = {}) {
  return openStore('file', {
    configDir: dir,
    passphrase: async () => {
      asked += 1;
      return new Secret(passphrase);
    },
    randomKey: randomKey === undefined ? undefined : new Secret(randomKey),
    keyCost: lowestCost,
  });
}

const readJson = async () => JSON.parse(await readFile(file, 'utf8'));
const read = async (options: Parameters<typeof open>[0]) =>
  (await (await open(options)).get('one'))?.reveal();

describe('a random key instead of a passphrase', () => {
  it('encrypts a new file, which the same key opens, and no passphrase is asked for', async () => {
    await (await open({ randomKey: key })).set('one', new Secret('first'));
    expect(await readJson()).toMatchObject({ version: 2, kdf: 'hkdf-sha256' });
    expect(await readFile(file, 'utf8')).not.toContain(key);
    expect(await read({ randomKey: key.replace(/=+$/, '') })).toBe('first');
    await (await open({ randomKey: key })).probe();
    expect(asked).toBe(0);
  });

  it.each([
    ['another key', { randomKey: randomBytes(32).toString('base64') }, 'is not the key of'],
    ['no key', {}, 'is encrypted with a random key, and TWILIO_ORG_STORE_KEY is not set'],
  ])('with %s leaves the file as it is, and says what to do', async (_, options, message) => {
    await (await open({ randomKey: key })).set('one', new Secret('first'));
    const before = await readFile(file, 'utf8');
    const store = await open(options);
    const error = {
      kind: 'auth',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('Set '),
    };
    await expect(store.get('one')).rejects.toMatchObject(error);
    await expect(store.set('one', new Secret('other'))).rejects.toMatchObject(error);
    expect([asked, await readFile(file, 'utf8')]).toEqual([0, before]);
  });

  it.each([
    ['16 bytes', randomBytes(16).toString('base64'), 'it has 16 bytes'],
    ['33 bytes', randomBytes(33).toString('base64'), 'it has 33 bytes'],
    ['hexadecimal digits', 'ab'.repeat(32), 'it has 48 bytes'],
    ['a passphrase', 'correct horse battery', 'it has no base64'],
  ])('of %s is refused without showing it, and says how to make one', async (_, randomKey, found) => {
    const store = await open({ randomKey });
    const error = {
      kind: 'usage',
      message: `TWILIO_ORG_STORE_KEY is not a key of 32 bytes in base64: ${found}`,
      hint: 'To make one: openssl rand -base64 32',
    };
    expect(await store.get('one')).toBeUndefined();
    await expect(store.set('one', new Secret('first'))).rejects.toMatchObject(error);
    await writeFile(file, JSON.stringify(older));
    await expect(store.get('one')).rejects.toMatchObject(error);
  });

  it('is called damaged with one bit of its salt changed', async () => {
    await (await open({ randomKey: key })).set('one', new Secret('first'));
    const json = await readJson();
    await writeFile(file, JSON.stringify({ ...json, salt: randomBytes(16).toString('base64') }));
    await expect((await open({ randomKey: key })).get('one')).rejects.toThrow('is not the key of');
    await writeFile(file, JSON.stringify({ ...json, kdf: 'scrypt' }));
    await expect((await open({ randomKey: key })).get('one')).rejects.toThrow('not a credentials file');
  });
});

describe('a file under a passphrase', () => {
  it('of an older version is opened, and stays at its version', async () => {
    await writeFile(file, JSON.stringify(older));
    expect(await read({})).toBe('first');
    await (await open()).set('two', new Secret('second'));
    expect(await readJson()).toMatchObject({ version: 1, kdf: 'scrypt' });
  });

  it('stays under it although there is a key, until its encryption is renewed', async () => {
    await writeFile(file, JSON.stringify(older));
    const store = await open({ randomKey: key });
    await store.set('two', new Secret('second'));
    expect([asked, (await readJson()).kdf]).toEqual([1, 'scrypt']);
    expect(await store.encryption?.isOutdated()).toBe(true);
    await store.encryption?.renew();
    expect(await store.encryption?.isOutdated()).toBe(false);
    expect((await readJson()).kdf).toBe('hkdf-sha256');
    expect([await read({ randomKey: key }), asked]).toEqual(['first', 1]);
  });

  it('is not outdated without a key, and neither is a file that is missing', async () => {
    expect(await (await open({ randomKey: key })).encryption?.isOutdated()).toBe(false);
    await writeFile(file, JSON.stringify(older));
    expect(await (await open()).encryption?.isOutdated()).toBe(false);
  });
});
