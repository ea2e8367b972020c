import { createHook } from 'node:async_hooks';
import { scryptSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cost, lowestCost, seal } from '../../../../../src/login/credentials/file/envelope.ts';
import { openStore } from '../../../../../src/login/credentials/stores.ts';
import type { CredentialStore } from '../../../../../src/login/credentials/types.ts';
import { Secret } from '../../../../../src/platform/core/secret.ts';
import { taken } from '../../../../support/locks.ts';

let dir: string;
let file: string;
let asked: number;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'twilio-org-file-'));
  file = path.join(dir, 'credentials.enc');
  asked = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function open(
  passphrase = 'correct horse',
  keyCost: Cost | undefined = lowestCost,
): Promise<CredentialStore> {
  return openStore('file', {
    configDir: dir,
    passphrase: async () => {
      asked += 1;
      return new Secret(passphrase);
    },
    keyCost,
  });
}

async function readJson(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** The number of keys that scrypt derives during the work. */
async function derivations(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init: (_, type) => {
      if (type === 'SCRYPTREQUEST') count += 1;
    },
  }).enable();
  await work().finally(() => hook.disable());
  return count;
}

describe('the encrypted file', () => {
  it('returns what was stored, to another process with the same passphrase', async () => {
    const store = await open();
    await store.set('one', new Secret('first'));
    await store.set('__proto__', new Secret('x'.repeat(6000)));
    const later = await open();
    expect((await later.get('one'))?.reveal()).toBe('first');
    expect((await later.get('__proto__'))?.reveal()).toBe('x'.repeat(6000));
    expect(await later.get('constructor')).toBeUndefined();
  });

  it('shows neither secrets nor profiles, and is for the user alone', async () => {
    await (await open()).set('production', new Secret('hunter2'));
    const bytes = Object.values(await readJson()).map((value) =>
      Buffer.from(String(value), 'base64').toString(),
    );
    expect(`${await readFile(file, 'utf8')}${bytes.join()}`).not.toMatch(/hunter2|production/);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['credentials.enc']);
  });

  it('has a new nonce each time it is written', async () => {
    const store = await open();
    const nonces = new Set<unknown>();
    for (let round = 0; round < 3; round += 1) {
      await store.set('one', new Secret('the same'));
      nonces.add((await readJson()).nonce);
    }
    expect(nonces.size).toBe(3);
  });

  it('removes an account alone, and itself with the last one', async () => {
    const store = await open();
    await store.set('one', new Secret('first'));
    await store.set('two', new Secret('second'));
    expect(await store.delete('one')).toBe(true);
    expect(await store.delete('one')).toBe(false);
    expect(await store.get('one')).toBeUndefined();
    expect((await store.get('two'))?.reveal()).toBe('second');
    expect(await store.delete('two')).toBe(true);
    expect(await readdir(dir)).toEqual([]);
  });

  it('passes its probe, which leaves nothing behind', async () => {
    await (await open()).probe();
    expect(await readdir(dir)).toEqual([]);
    await (await open()).set('one', new Secret('first'));
    await (await open()).probe();
    expect((await (await open()).get('one'))?.reveal()).toBe('first');
  });

  it('loses nothing when several write at once', async () => {
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(names.map(async (name) => (await open()).set(name, new Secret(name))));
    const store = await open();
    for (const name of names) expect((await store.get(name))?.reveal()).toBe(name);
  });
});

describe('the passphrase of the encrypted file', () => {
  it('is not asked for as long as there is no file to open', async () => {
    const store = await open();
    expect(await store.get('one')).toBeUndefined();
    expect(await store.delete('one')).toBe(false);
    expect(asked).toBe(0);
  });

  it('is asked for and derived once, for any number of reads and writes', async () => {
    const count = await derivations(async () => {
      const store = await open();
      await store.set('one', new Secret('first'));
      await store.get('one');
      await store.set('two', new Secret('second'));
      await store.delete('one');
    });
    expect([asked, count]).toEqual([1, 1]);
  });

  it('costs one derivation to read and then to write a file that exists', async () => {
    await (await open()).set('one', new Secret('first'));
    const count = await derivations(async () => {
      const store = await open();
      await store.get('one');
      await store.set('one', new Secret('second'));
    });
    expect(count).toBe(1);
  });

  it('opens and changes nothing when it is wrong, and the message says what to do', async () => {
    await (await open()).set('one', new Secret('first'));
    const before = await readFile(file, 'utf8');
    const wrong = {
      kind: 'auth',
      message: `Wrong passphrase for ${file}`,
      hint: expect.stringContaining('TWILIO_ORG_STORE_PASSPHRASE'),
    };
    const store = await open('Correct horse');
    await expect(store.get('one')).rejects.toMatchObject(wrong);
    await expect(store.set('one', new Secret('other'))).rejects.toMatchObject(wrong);
    await expect(store.delete('one')).rejects.toMatchObject(wrong);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('may not be empty', async () => {
    await expect((await open('')).set('one', new Secret('first'))).rejects.toMatchObject({ kind: 'usage' });
    expect(await readdir(dir)).toEqual([]);
  });

  it('is the same however the system composes its letters', async () => {
    await (await open('caf\u00e9')).set('one', new Secret('first'));
    expect((await (await open('cafe\u0301')).get('one'))?.reveal()).toBe('first');
  });
});

describe('a changed credential file', () => {
  let whole: string;

  // Made once: each making costs a derivation.
  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'twilio-org-file-'));
    const passphrase = async () => new Secret('correct horse');
    await (await openStore('file', { configDir: folder, passphrase, keyCost: lowestCost })).set(
      'one',
      new Secret('first'),
    );
    whole = await readFile(path.join(folder, 'credentials.enc'), 'utf8');
    await rm(folder, { recursive: true });
  });

  /** The message for a file of which one member is another one; the hint must say what to do. */
  async function faultWith(change: (json: Record<string, unknown>) => unknown): Promise<string> {
    const json = JSON.parse(whole);
    await writeFile(file, JSON.stringify({ ...json, ...Object(change(json)) }));
    const error: unknown = await (await open()).get('one').then(
      () => new Error('It was opened.'),
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ hint: expect.stringContaining('log in again') });
    return error instanceof Error ? error.message.replace(file, 'FILE') : '';
  }

  /** The same bytes but for one bit. */
  function flip(value: unknown): string {
    const bytes = Buffer.from(String(value), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes.toString('base64');
  }

  it.each(['data', 'tag', 'nonce'])('is called damaged when %s has one bit flipped', async (member) => {
    const message = await faultWith((json) => ({ [member]: flip(json[member]) }));
    expect(message).toBe('FILE is damaged: its contents were changed or cut');
  });

  it.each(['salt', 'check'])('does not open when %s has one bit flipped', async (member) => {
    const message = await faultWith((json) => ({ [member]: flip(json[member]) }));
    expect(message).toBe('Wrong passphrase for FILE');
  });

  it.each(['data', 'tag', 'nonce', 'salt', 'check'])('is called damaged without its %s', async (member) => {
    expect(await faultWith(() => ({ [member]: undefined }))).toBe(
      `FILE is damaged: "${member}" is missing or cut`,
    );
  });

  it.each([
    { tag: Buffer.alloc(4).toString('base64') },
    { nonce: Buffer.alloc(8).toString('base64') },
    { data: 'not base64!' },
  ])('is called damaged with %j', async (change) => {
    expect(await faultWith(() => change)).toMatch(/^FILE is damaged: /);
  });

  it.each([
    { N: 2 ** 30 },
    { N: 2 ** 19 },
    { N: 2 },
    { N: 2 ** 15 + 1 },
    { N: '32768' },
    { r: 1_000_000 },
    { r: 0 },
    { p: 1_000_000 },
    { p: 1.5 },
  ])('costs no memory and no time with %j', async (change) => {
    await writeFile(file, JSON.stringify({ ...JSON.parse(whole), ...change }));
    const attempt = async () => {
      const reading = (await open()).get('one');
      await expect(reading).rejects.toThrow('is damaged: its scrypt parameters are out of bounds');
    };
    expect(await derivations(attempt)).toBe(0);
  });

  it.each([{ version: 0 }, { kdf: 'none' }, { cipher: 'aes-256-ctr' }])(
    'is reported as foreign with %j',
    async (change) => {
      expect(await faultWith(() => change)).toBe('FILE is not a credentials file of twilio-org');
    },
  );

  it('is reported as newer when its version is', async () => {
    expect(await faultWith(() => ({ version: 3 }))).toBe('FILE was written by a newer version of twilio-org');
  });

  it('is called damaged when it was cut short anywhere', async () => {
    for (let length = 0; length < whole.length - 2; length += 40) {
      await writeFile(file, whole.slice(0, length));
      await expect((await open()).get('one')).rejects.toMatchObject({
        kind: 'failure',
        message: expect.stringContaining(`${file} is damaged`),
      });
    }
  });

  it('is left as it is by a write that cannot read it', async () => {
    await writeFile(file, 'precious');
    await expect((await open()).set('one', new Secret('first'))).rejects.toMatchObject({ kind: 'failure' });
    expect(await readFile(file, 'utf8')).toBe('precious');
  });
});

it('a credential file is not written once another process has taken the lock', async () => {
  await (await open()).set('one', new Secret('first'));
  const before = await readFile(file, 'utf8');
  const writing = (await open()).set('two', new Secret('second'));
  await taken(`${file}.lock`);
  await expect(writing).rejects.toMatchObject({ kind: 'temporary' });
  expect(await readFile(file, 'utf8')).toBe(before);
  await rm(`${file}.lock`, { recursive: true });
  const removing = (await open()).delete('one');
  await taken(`${file}.lock`);
  await expect(removing).rejects.toMatchObject({ kind: 'temporary' });
  expect(await readFile(file, 'utf8')).toBe(before);
});

it('a credential file with a weaker key is made stronger when it is written', async () => {
  const weak = { kdf: 'scrypt', ...lowestCost, salt: Buffer.alloc(16) } as const;
  const output = scryptSync('correct horse', weak.salt, 48, { ...lowestCost, maxmem: 2 ** 26 });
  const recipe = { ...weak, check: output.subarray(32) };
  await writeFile(file, seal(new Map([['one', 'first']]), { recipe, bytes: output.subarray(0, 32) }));
  const store = await openStore('file', {
    configDir: dir,
    passphrase: async () => new Secret('correct horse'),
  });
  expect((await store.get('one'))?.reveal()).toBe('first');
  await store.set('two', new Secret('second'));
  expect(await readJson()).toMatchObject({ N: 2 ** 15, r: 8, p: 3 });
  const later = await open();
  expect((await later.get('one'))?.reveal()).toBe('first');
  expect((await later.get('two'))?.reveal()).toBe('second');
});
