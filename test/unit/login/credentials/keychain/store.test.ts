import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../../../src/login/credentials/stores.ts';
import type { CredentialStore, StoreOptions } from '../../../../../src/login/credentials/types.ts';
import { AppError } from '../../../../../src/platform/core/errors.ts';
import { Secret } from '../../../../../src/platform/core/secret.ts';
import { type FakeKeytar, fakeKeytar } from '../../../../support/fake-keytar.ts';

const short = 'short secret';
const long = 'a'.repeat(6000);
const other = 'b'.repeat(4000);

let dir: string;
let keytar: FakeKeytar;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'twilio-org-keychain-'));
  keytar = fakeKeytar();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function open(options: Partial<StoreOptions> = {}): Promise<CredentialStore> {
  return openStore('keychain', {
    configDir: dir,
    passphrase: () => Promise.reject(new Error('The keychain has no passphrase.')),
    loadKeytar: async () => keytar,
    ...options,
  });
}

async function get(account = 'work'): Promise<string | undefined> {
  return (await (await open()).get(account))?.reveal();
}

async function set(secret: string, account = 'work'): Promise<void> {
  await (await open()).set(account, new Secret(secret));
}

function part(number: number): string {
  const name = [...keytar.entries.keys()].find((each) => each.endsWith(`/${number}`));
  if (name === undefined) throw new Error(`There is no part ${number}.`);
  return name;
}

/** Runs the work once for each of its calls to the keychain, `fail` deciding which calls fail in that round. */
async function atEachCall(
  start: () => Promise<void>,
  work: () => Promise<unknown>,
  fail: (call: number, round: number) => boolean,
  check: (threw: boolean) => Promise<void>,
): Promise<void> {
  for (let round = 1, failed = true; failed; round += 1) {
    keytar = fakeKeytar();
    await start();
    keytar.calls = 0;
    failed = false;
    keytar.before = (call) => {
      if (!fail(call, round)) return;
      failed = true;
      throw new Error('the keychain hiccuped');
    };
    const threw = await work().then(
      () => false,
      () => true,
    );
    keytar.before = () => undefined;
    await check(threw);
  }
}

describe('a secret in the keychain', () => {
  it.each([
    short,
    '',
    'x'.repeat(1279),
    'x'.repeat(1280),
    'x'.repeat(1281),
    long,
    '😀'.repeat(2000),
    '{"v":1}',
  ])('is returned as it was stored (%#)', async (secret) => {
    await set(secret);
    expect(await get()).toBe(secret);
    expect(await (await open()).delete('work')).toBe(true);
    expect(keytar.entries.size).toBe(0);
  });

  it('is one entry, service twilio-org and the profile as its account, when it is short', async () => {
    await set(short);
    expect([...keytar.entries.keys()]).toEqual(['twilio-org work']);
  });

  it('is the new secret alone after it was replaced', async () => {
    for (const secret of [long, other, short, long]) {
      await set(secret);
      expect(await get()).toBe(secret);
    }
    expect(keytar.entries.size).toBe(1 + Math.ceil(6000 / 1280));
  });

  it('belongs to its account', async () => {
    await set(long, 'one');
    await set(other, 'two');
    expect(await (await open()).delete('one')).toBe(true);
    expect(await get('one')).toBeUndefined();
    expect(await get('two')).toBe(other);
  });

  it('is not given to, nor overwritten by, a profile that the keychain takes for the same', async () => {
    keytar = fakeKeytar((service, account) => `${service} ${account}`.toLowerCase());
    await set(short, 'Prod');
    expect(await get('prod')).toBeUndefined();
    await expect(set(other, 'prod')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/Prod/),
    });
    expect(await (await open()).delete('prod')).toBe(false);
    expect(await get('Prod')).toBe(short);
  });

  it('is absent where nothing was stored', async () => {
    expect(await get()).toBeUndefined();
    expect(await (await open()).delete('work')).toBe(false);
  });
});

describe('an interrupted write to the keychain', () => {
  const cut = (call: number, round: number) => call >= round;

  it.each([
    ['nothing', undefined, long],
    ['a short secret', short, long],
    ['a long secret', long, other],
    ['a long secret, by a short one', long, short],
  ])('leaves the old secret or the new one, never a splice, in place of %s', async (_, old, secret) => {
    await atEachCall(
      async () => {
        if (old !== undefined) await set(old);
      },
      () => set(secret),
      cut,
      async (threw) => {
        expect(threw ? [old, secret] : [secret]).toContain(await get());
        await (await open()).delete('work');
        expect([...keytar.entries]).toEqual([]);
      },
    );
  });

  it('leaves nothing of it behind once the secret is written again', async () => {
    await atEachCall(
      () => set(long),
      () => set(other),
      cut,
      async () => {
        await set(other);
        expect(keytar.entries.size).toBe(1 + Math.ceil(4000 / 1280));
      },
    );
  });
});

describe('a failed call of the keychain', () => {
  const hiccup = (call: number, round: number) => call === round;

  it('keeps the old secret when the write says that it failed, and the new one when it does not', async () => {
    await atEachCall(
      () => set(long),
      () => set(other),
      hiccup,
      async (threw) => {
        expect(await get()).toBe(threw ? long : other);
      },
    );
  });

  it('does not keep a deletion from removing every part', async () => {
    await atEachCall(
      () => set(long),
      async () => (await open()).delete('work'),
      hiccup,
      async (threw) => {
        expect(threw).toBe(false);
        expect([...keytar.entries]).toEqual([]);
      },
    );
  });
});

it('a write that the keychain refuses leaves the old secret alone', async () => {
  await set(short);
  keytar.before = (_, method, account) => {
    if (method === 'setPassword' && account.endsWith('/3')) throw new Error('the keychain is full');
  };
  await expect(set(long)).rejects.toMatchObject({ kind: 'failure' });
  expect([...keytar.entries.keys()]).toEqual(['twilio-org work']);
  expect(await get()).toBe(short);
});

describe('a deletion from the keychain', () => {
  it('that cannot remove a part removes the others, hides the secret and is finished by the next one', async () => {
    await set(long);
    const stuck = part(2);
    keytar.before = (_, method, account) => {
      if (method === 'deletePassword' && stuck.endsWith(account)) throw new Error('no');
    };
    await expect((await open()).delete('work')).rejects.toMatchObject({ kind: 'failure' });
    expect([...keytar.entries.keys()]).toEqual(['twilio-org work', stuck]);
    expect(await get()).toBeUndefined();
    keytar.before = () => undefined;
    expect(await (await open()).delete('work')).toBe(true);
    expect(keytar.entries.size).toBe(0);
  });

  it('removes unreadable entries', async () => {
    keytar.entries.set('twilio-org work', 'from somewhere else');
    expect(await (await open()).delete('work')).toBe(true);
    expect(keytar.entries.size).toBe(0);
  });
});

describe('a changed entry of the keychain', () => {
  const damaged = { kind: 'auth', hint: expect.stringContaining('twilio-org auth login --profile work') };

  it('is refused when a part is another one', async () => {
    await set(long);
    keytar.entries.set(part(3), other.slice(0, 1280));
    await expect(get()).rejects.toMatchObject(damaged);
  });

  it('is refused when a part is missing', async () => {
    await set(long);
    keytar.entries.delete(part(5));
    await expect(get()).rejects.toMatchObject(damaged);
  });

  it('is refused when the head is not ours, and replaced by the next write', async () => {
    keytar.entries.set('twilio-org work', 'from somewhere else');
    await expect(get()).rejects.toMatchObject(damaged);
    await set(short);
    expect(await get()).toBe(short);
  });
});

describe('two processes with one keychain', () => {
  it('write one secret or the other, and nothing stays behind', async () => {
    await Promise.all([set(long), set(other)]);
    expect([long, other]).toContain(await get());
    await (await open()).delete('work');
    expect(keytar.entries.size).toBe(0);
  });

  it('change it one after the other', async () => {
    const order: string[] = [];
    const as = async (name: string) => {
      const mine = fakeKeytar();
      mine.before = () => void order.push(name);
      return (await open({ loadKeytar: async () => mine })).set('work', new Secret(long));
    };
    await Promise.all([as('one'), as('two')]);
    const [first] = order;
    expect(order).toEqual(order.toSorted((a, b) => Number(a !== first) - Number(b !== first)));
    expect(new Set(order).size).toBe(2);
  });

  it.each(['setPassword', 'deletePassword'] as const)(
    'is left alone by the one that has lost the lock (%s)',
    async (last) => {
      await set(long);
      const lock = path.join(dir, 'keychain.lock');
      let changes = 0;
      keytar.before = async (_, method) => {
        if (method === 'getPassword') return;
        changes += 1;
        if (method === last && !existsSync(path.join(lock, 'theirs'))) {
          await rm(lock, { recursive: true });
          await mkdir(path.join(lock, 'theirs'), { recursive: true });
          changes = 0;
        }
      };
      await (last === 'setPassword' ? set(other) : (await open()).delete('work')).catch((error: unknown) => {
        expect(error).toMatchObject({ kind: expect.stringMatching(/temporary|failure/) });
      });
      expect(changes).toBe(0);
    },
  );

  it('read the new secret when it is replaced while they read', async () => {
    await set(long);
    keytar.before = async (_, method, account) => {
      if (method !== 'getPassword' || !account.endsWith('/3')) return;
      keytar.before = () => undefined;
      await set(other);
    };
    expect(await get()).toBe(other);
  });
});

describe('a keychain that cannot be used', () => {
  const twoWaysOut = expect.stringMatching(
    /TWILIO_ORG_STORE=file.*TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET.*TWILIO_ORG_ACCESS_TOKEN/s,
  );

  it('passes its probe when it works, and nothing is left behind', async () => {
    await (await open()).probe();
    expect(keytar.calls).toBe(3);
    expect(keytar.entries.size).toBe(0);
  });

  it('fails its probe when it forgets', async () => {
    keytar.setPassword = async () => undefined;
    await expect((await open()).probe()).rejects.toMatchObject({ kind: 'failure', hint: twoWaysOut });
  });

  it('fails its probe when its library cannot be loaded', async () => {
    const store = await open({ loadKeytar: () => Promise.reject(new Error("Cannot find module 'keytar'")) });
    await expect(store.probe()).rejects.toMatchObject({
      kind: 'failure',
      message: "The system keychain can't be used: its library can't be loaded on this machine",
      hint: twoWaysOut,
    });
  });

  it.each([
    ['Secret Service: unlock prompt was dismissed', 'it is locked'],
    ["Couldn't access platform storage: AccessDenied", 'access is denied'],
    ['Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled', 'no D-Bus'],
    [
      'The name org.freedesktop.secrets was not provided by any .service files',
      'no keychain service is running',
    ],
    ['Platform failure: DBus error: Did not receive a reply. Possible causes', 'it does not respond'],
    ['Something new\nwith a second line', 'Something new'],
  ])('says why: %s', async (message, why) => {
    keytar.before = () => {
      throw new Error(message);
    };
    const store = await open();
    const attempts = [get, () => set(short), () => store.delete('work'), () => store.probe()];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        kind: 'failure',
        message: expect.stringMatching(new RegExp(`^The system keychain can't be used: .*${why}`)),
        hint: twoWaysOut,
      });
    }
  });

  it('is waited for once up to the time limit, and then stopped', async () => {
    let stopped = 0;
    keytar.before = () => new Promise(() => undefined);
    keytar.stop = () => {
      stopped += 1;
    };
    const store = await open({ keychainTimeout: 50 });
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(store.get('work')).rejects.toMatchObject({
        kind: 'failure',
        message: 'The system keychain did not respond within 0.05 s',
        hint: twoWaysOut,
      });
    }
    expect([keytar.calls, stopped]).toEqual([1, 1]);
  });

  it('has its time limit from when its helper is ready, which a busy machine may start slowly', async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return keytar;
    };
    await set(short);
    expect((await (await open({ keychainTimeout: 50, loadKeytar: slow })).get('work'))?.reveal()).toBe(short);
  });

  it('is given the time in which a busy machine did not run this program', async () => {
    await set(short);
    keytar.before = async () => {
      for (const started = performance.now(); performance.now() - started < 120; );
      await new Promise(setImmediate);
    };
    expect((await (await open({ keychainTimeout: 50 })).get('work'))?.reveal()).toBe(short);
  });

  it('ends with the program, when it is waited for', async () => {
    keytar.before = () => new Promise(() => undefined);
    const stop = new AbortController();
    const reading = (await open({ keychainTimeout: 60_000, signal: stop.signal })).get('work');
    stop.abort(new AppError('cancelled', 'Cancelled'));
    await expect(reading).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('gets different advice when it is missing, locked, denied or silent', async () => {
    const faults = [
      'DBus error: The name org.freedesktop.secrets was not provided by any .service files',
      'Secret Service: unlock prompt was dismissed',
      'DBus error: Rejected send message, destination="org.freedesktop.secrets"',
      'DBus error: Did not receive a reply. Possible causes',
    ];
    const hints = new Set<unknown>();
    for (const fault of faults) {
      keytar.before = () => {
        throw new Error(fault);
      };
      await get().catch((error: AppError) => hints.add(error.hint));
    }
    expect(hints.size).toBe(4);
  });

  it('is not loaded before it is used', async () => {
    let loaded = 0;
    const store = await open({
      loadKeytar: async () => {
        loaded += 1;
        return keytar;
      },
    });
    expect(loaded).toBe(0);
    await store.get('work');
    await store.get('work');
    expect(loaded).toBe(1);
  });
});
