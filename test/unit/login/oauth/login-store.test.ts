import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Profile, updateConfig } from '../../../../src/login/config/profiles.ts';
import type { OpenStore } from '../../../../src/login/credentials/stores.ts';
import {
  findCredentials,
  requireCredentials,
  sharedSlot,
  storeCredentials,
} from '../../../../src/login/oauth/login-store.ts';
import {
  deserialize,
  identityOf,
  type StoredCredentials,
  serialize,
} from '../../../../src/login/oauth/stored-credentials.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';
import { home } from '../../../support/home.ts';

const origins = { api_url: 'https://iam.example.com', oauth_url: 'https://oauth.example.com' };

function profileOf(letter: string): Profile {
  return { grant: 'client-credentials', client_id: `OQ${letter.repeat(32)}`, ...origins, store: 'keychain' };
}

const mine = profileOf('1');
const theirs = profileOf('2');

function credentials(
  label: string,
  identity: StoredCredentials['identity'] = identityOf(mine),
): StoredCredentials {
  return { accessToken: new Secret(`canary ${label}`), expiresAt: 2_000_000_000_000, identity };
}

/** Credentials as a version before the identities stored them. */
const older = (label: string) => credentials(label, origins);

/** A store with an own slot and one that all configuration directories share; `owner` is the directory of the latter. */
function world({ own, shared = [] }: { own?: StoredCredentials; shared?: StoredCredentials[] } = {}) {
  const owner = mkdtempSync(join(home, 'owner-'));
  const held = new Map<string, Secret>();
  if (own !== undefined) held.set('default', serialize(own));
  let slots = shared.map((each) => serialize(each));
  const store: OpenStore = {
    kind: 'keychain',
    displayName: 'the keychain',
    probe: async () => {},
    get: async (name) => held.get(name),
    set: async (name, secret) => void held.set(name, secret),
    delete: async (name) => held.delete(name),
    shared: {
      owner,
      get: async () => slots,
      async delete(_name, text) {
        const before = slots.length;
        slots = slots.filter((each) => each.reveal() !== text.reveal());
        return slots.length < before;
      },
    },
  };
  const login = { name: 'default', profile: mine, store };
  return { owner, store, login, held, slots: () => slots };
}

const tokenOf = (found: { credentials: StoredCredentials } | undefined) =>
  found?.credentials.accessToken.reveal();

describe('the credentials of a login', () => {
  test('are those in its own slot, before those in a shared one', async () => {
    const { login } = world({ own: credentials('own'), shared: [older('shared')] });
    const found = await findCredentials(login);
    expect([tokenOf(found), found?.inShared]).toEqual(['canary own', undefined]);
  });

  test('are absent where neither slot has any', async () => {
    const { login } = world();
    expect(await findCredentials(login)).toBeUndefined();
    const { shared: _, ...withoutShared } = login.store;
    expect(await findCredentials({ ...login, store: withoutShared })).toBeUndefined();
  });

  test('are required with the advice to log in again', async () => {
    await expect(requireCredentials(world().login)).rejects.toMatchObject({
      kind: 'auth',
      message: 'Profile default has no credentials in the keychain',
      hint: 'Log in again: twilio-org auth login --profile default',
    });
    expect(tokenOf(await requireCredentials(world({ own: credentials('own') }).login))).toBe('canary own');
  });

  test('are refused when they belong to another login', async () => {
    const { login } = world({ own: credentials('foreign', identityOf(theirs)) });
    await expect(findCredentials(login)).rejects.toMatchObject({ kind: 'auth' });
  });
});

describe('credentials in a slot that all directories shared', () => {
  test('are found when an older version stored them, and move to the own slot', async () => {
    const { login, held, slots } = world({ shared: [older('shared')] });
    const found = await requireCredentials(login);
    expect([tokenOf(found), found.inShared]).toEqual(['canary shared', slots()[0]]);
    await storeCredentials(login, credentials('new'), found);
    const own = held.get('default');
    expect([own && deserialize(own).accessToken.reveal(), slots()]).toEqual(['canary new', []]);
  });

  test('stay there when the own slot is written without them', async () => {
    const { login, slots } = world({ own: credentials('own'), shared: [older('shared')] });
    await storeCredentials(login, credentials('new'), {});
    expect(slots()).toHaveLength(1);
  });

  test('are left alone when they name their login, or cannot be read', async () => {
    expect(await sharedSlot(world({ shared: [credentials('stamped')] }).login)).toBeUndefined();
    const { login, store } = world();
    const unreadable = { ...store, shared: { ...store.shared, get: async () => [new Secret('{}')] } };
    expect(await sharedSlot({ ...login, store: unreadable as OpenStore })).toBeUndefined();
  });

  test('are those of this login where several are there', async () => {
    const elsewhere = credentials('elsewhere', { ...origins, oauth_url: 'https://other.example.com' });
    const { login } = world({ shared: [elsewhere, older('ours')] });
    const text = await sharedSlot(login);
    expect(text && deserialize(text).accessToken.reveal()).toBe('canary ours');
  });

  test.each([
    ['has the same login there', { store: 'keychain' }, false],
    ['has left the same login there', { store: 'file', left_in: 'keychain' }, false],
    ['has the same login in another store', { store: 'file' }, true],
    ['has another app there', { store: 'keychain', client_id: theirs.client_id }, true],
    ['has the app of another origin there', { store: 'keychain', oauth_url: 'https://o.example.com' }, true],
  ] as const)('when their directory %s: %o', async (_, change, isFound) => {
    const { login, owner } = world({ shared: [older('shared')] });
    await updateConfig(owner, (config) => ({ ...config, profiles: { default: { ...mine, ...change } } }));
    expect((await sharedSlot(login)) !== undefined).toBe(isFound);
  });

  test('are left to a directory whose configuration cannot be read', async () => {
    const { login, owner } = world({ shared: [older('shared')] });
    mkdirSync(owner, { recursive: true });
    writeFileSync(join(owner, 'config.json'), '{');
    expect(await sharedSlot(login)).toBeUndefined();
  });
});
