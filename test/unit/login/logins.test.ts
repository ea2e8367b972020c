import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Context } from '../../../src/cli/context.ts';
import { type Profile, readConfig, updateConfig } from '../../../src/login/config/profiles.ts';
import { type OpenStore, openStore, type StoreKind } from '../../../src/login/credentials/stores.ts';
import { deleteLogin, saveLogin } from '../../../src/login/logins.ts';
import { findCredentials } from '../../../src/login/oauth/login-store.ts';
import {
  identityOf,
  type StoredCredentials,
  serialize,
} from '../../../src/login/oauth/stored-credentials.ts';
import { AppError } from '../../../src/platform/core/errors.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { lease } from '../../../src/platform/fs/lease.ts';
import { withLock } from '../../../src/platform/fs/lock.ts';
import { fakeKeytar } from '../../support/fake-keytar.ts';

const home = mkdtempSync(join(tmpdir(), 'twilio-org-keep-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const name = 'default';
const origins = { api_url: 'https://iam.example.com', oauth_url: 'https://oauth.example.com' };

function profile(letter: string, store: StoreKind): Profile {
  const client_id = `OQ${letter.repeat(32)}`;
  return {
    grant: 'client-credentials',
    client_id,
    organization_sid: `OR${letter.repeat(32)}`,
    ...origins,
    store,
  };
}

/** Long enough for parts in the keychain. */
function credentials(label: string, of: Profile): StoredCredentials {
  return {
    clientSecret: new Secret(`secret of ${label}`),
    accessToken: new Secret(`${label} ${'t'.repeat(2_000)}`),
    expiresAt: 2_000_000_000_000,
    identity: identityOf(of),
  };
}

/** As a version before the identities stored them. */
function withoutIdentity({
  identity: { api_url, oauth_url },
  ...rest
}: StoredCredentials): StoredCredentials {
  return { ...rest, identity: { api_url, oauth_url } };
}

/** A configuration directory with stores of both kinds, in which each step that they take can be watched or fail. */
function machine(from?: { folder: string; entries: Map<string, string> }) {
  const configDir = mkdtempSync(join(home, 'folder-'));
  if (from !== undefined) cpSync(from.folder, configDir, { recursive: true });
  const keytar = fakeKeytar();
  for (const [account, text] of from?.entries ?? []) keytar.entries.set(account, text);
  const steps = { taken: 0, at: (_step: number): void => {} };
  const step = async () => {
    steps.taken += 1;
    steps.at(steps.taken);
  };
  keytar.before = step;
  const place = join(configDir, 'credentials.json');
  const read = (): Record<string, string> =>
    existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : {};
  /** As the encrypted file, which is replaced in one step, without the time that its key takes. */
  const file: OpenStore = {
    kind: 'file',
    displayName: place,
    probe: async () => {},
    async get(account) {
      const text = read()[account];
      return text === undefined ? undefined : new Secret(text);
    },
    async set(account, secret) {
      await step();
      writeFileSync(place, JSON.stringify({ ...read(), [account]: secret.reveal() }));
    },
    async delete(account) {
      await step();
      const { [account]: gone, ...rest } = read();
      writeFileSync(place, JSON.stringify(rest));
      return gone !== undefined;
    },
  };
  const keychain = openStore('keychain', {
    configDir,
    loadKeytar: async () => keytar,
    passphrase: () => Promise.reject(new Error('The keychain has no passphrase.')),
  });
  const store = (kind: StoreKind) => (kind === 'file' ? Promise.resolve(file) : keychain);
  const config = join(configDir, 'config.json');
  const ctx = { configDir, store, log: { warn: () => {} } } as unknown as Context;
  return {
    ctx,
    keytar,
    steps,
    config,
    /** Both as they are on the disk and in the keychain at this moment. */
    snapshot: () => {
      const folder = mkdtempSync(join(home, 'snapshot-'));
      for (const file of ['config.json', 'credentials.json']) {
        if (existsSync(join(configDir, file))) cpSync(join(configDir, file), join(folder, file));
      }
      return { folder, entries: new Map(keytar.entries) };
    },
    async put(of: Profile, kept: StoredCredentials): Promise<void> {
      await (await store(of.store)).set(name, serialize(kept));
      await updateConfig(configDir, (before) => ({ ...before, profiles: { [name]: of } }));
      steps.taken = 0;
    },
    /** The label of the login that a command would use; undefined when there is none. Throws what it would throw. */
    async inForce(): Promise<string | undefined> {
      steps.at = () => {};
      const now = (await readConfig(configDir)).profiles[name];
      if (now === undefined) return undefined;
      const found = await findCredentials({ name, profile: now, store: await store(now.store) });
      if (found === undefined) throw new Error(`Profile of ${now.client_id} has no credentials`);
      return found.credentials.accessToken.reveal().split(' ')[0];
    },
  };
}

const cases: [what: string, from: StoreKind | undefined, to: StoreKind, letter: string, legacy?: boolean][] =
  [
    ['another login in the keychain', 'keychain', 'keychain', 'b'],
    ['the same login in the keychain', 'keychain', 'keychain', 'a'],
    ['another login in place of one of an older version', 'keychain', 'keychain', 'b', true],
    ['another login in the file', 'file', 'file', 'b'],
    ['another login, in the file instead of the keychain', 'keychain', 'file', 'b'],
    ['another login, in the keychain instead of the file', 'file', 'keychain', 'b'],
    ['the same login, in the keychain instead of the file', 'file', 'keychain', 'a'],
  ];

describe('a login that replaces one', () => {
  describe.each(cases)('%s', (_, from = 'keychain', to, letter, legacy = false) => {
    const [old, next] = [profile('a', from), profile(letter, to)];

    async function prepared() {
      const here = machine();
      const kept = credentials('old', old);
      await here.put(old, legacy ? withoutIdentity(kept) : kept);
      return { ...here, replace: () => saveLogin(here.ctx, name, next, credentials('new', next)) };
    }

    it('leaves the old or the new one complete, wherever it is killed', async () => {
      const { steps, snapshot, replace, inForce } = await prepared();
      const snapshots = [snapshot()];
      steps.at = () => void snapshots.push(snapshot());
      await replace();
      snapshots.push(snapshot());
      const seen: (string | undefined)[] = [];
      for (const each of snapshots) seen.push(await machine(each).inForce());
      expect(seen.slice(0, -1).every((label) => label === 'old' || label === 'new')).toBe(true);
      expect([seen[0], seen.at(-1), await inForce()]).toEqual(['old', 'new', 'new']);
    });

    it.each([
      ['one step', (fails: number, now: number) => now === fails],
      ['every step from one on', (fails: number, now: number) => now >= fails],
    ])('leaves the old or the new one complete, whichever fails: %s', async (__, doesFail) => {
      for (let fails = 1, last = false; !last; fails += 1) {
        const { steps, replace, inForce, config, keytar } = await prepared();
        steps.at = (now) => {
          if (doesFail(fails, now)) throw new AppError('failure', 'the disk is full');
        };
        const error = await replace().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        last = steps.taken < fails;
        const label = await inForce();
        if (last) expect([error, label]).toEqual([undefined, 'new']);
        // A failure means that the old login stays, and success that it does not.
        else expect([fails, label]).toEqual([fails, error === undefined ? 'new' : 'old']);
        expect(JSON.parse(readFileSync(config, 'utf8')).profiles[name].client_id).toBe(
          label === 'new' ? next.client_id : old.client_id,
        );
        expect(keytar.entries.size).toBeLessThan(20);
      }
    });

    it('leaves the old or the new one complete when config.json cannot be written from some step on', async () => {
      for (let fails = 1, last = false; !last; fails += 1) {
        const { steps, replace, inForce, config } = await prepared();
        let text: string | undefined;
        steps.at = (now) => {
          if (now !== fails) return;
          // A folder in its place can't be replaced.
          text = readFileSync(config, 'utf8');
          rmSync(config);
          mkdirSync(config);
        };
        const error = await replace().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        last = steps.taken < fails;
        if (text !== undefined) {
          rmSync(config, { recursive: true });
          writeFileSync(config, text);
        }
        expect([fails, await inForce()]).toEqual([fails, error === undefined ? 'new' : 'old']);
      }
    });
  });

  it('stores nothing while another process holds the lock of config.json', async () => {
    const { ctx, put, inForce, snapshot, config } = machine();
    const [old, next] = [profile('a', 'keychain'), profile('b', 'keychain')];
    await put(old, credentials('old', old));
    const before = snapshot().entries;
    const { timeoutMs: patience } = lease;
    lease.timeoutMs = 200;
    onTestFinished(() => {
      lease.timeoutMs = patience;
    });
    const error = await withLock(config, () =>
      saveLogin(ctx, name, next, credentials('new', next)).catch((thrown: unknown) => thrown),
    );
    expect(error).toMatchObject({ kind: 'temporary' });
    expect([snapshot().entries, await inForce()]).toEqual([before, 'old']);
  });

  it.each(['config.json', 'login'])(
    'stores nothing once another process has taken the lock %s over',
    async (taken) => {
      const { ctx, put, inForce, steps } = machine();
      const [old, next] = [profile('a', 'keychain'), profile('b', 'keychain')];
      await put(old, credentials('old', old));
      let overtaken = '';
      // The first step reads the keychain.
      steps.at = () => {
        const locks = readdirSync(ctx.configDir).filter((each) => each.endsWith('.lock'));
        overtaken ||= locks.find((each) => each.startsWith(taken)) ?? '';
        rmSync(join(ctx.configDir, overtaken), { recursive: true, force: true });
        mkdirSync(join(ctx.configDir, overtaken));
        steps.at = () => {};
      };
      await expect(saveLogin(ctx, name, next, credentials('new', next))).rejects.toMatchObject({
        kind: 'temporary',
      });
      expect(overtaken).not.toBe('');
      expect(await inForce()).toBe('old');
    },
  );

  it('leaves nothing of the old one in the store', async () => {
    const { ctx, put, keytar } = machine();
    const [old, next] = [profile('a', 'keychain'), profile('b', 'keychain')];
    await put(old, credentials('old', old));
    await saveLogin(ctx, name, next, credentials('new', next));
    expect([...keytar.entries.values()].join('')).not.toContain('secret of old');
    await deleteLogin(ctx, name, next);
    expect(keytar.entries.size).toBe(0);
  });
});

describe('a first login', () => {
  it.each(['keychain', 'file'] as const)(
    'in the %s leaves no secret without a profile, wherever it is killed',
    async (kind) => {
      const next = profile('a', kind);
      const { ctx, steps, snapshot, inForce } = machine();
      const snapshots = [snapshot()];
      steps.at = () => void snapshots.push(snapshot());
      await saveLogin(ctx, name, next, credentials('new', next));
      expect(await inForce()).toBe('new');
      for (const each of snapshots) {
        const then = machine(each);
        const hasSecret = each.entries.size > 0 || existsSync(join(each.folder, 'credentials.json'));
        const hasProfile = (await readConfig(each.folder)).profiles[name] !== undefined;
        expect(hasSecret && !hasProfile).toBe(false);
        await saveLogin(then.ctx, name, next, credentials('again', next));
        expect(await then.inForce()).toBe('again');
      }
    },
  );

  it('whose credentials cannot be stored leaves no profile', async () => {
    const { ctx, steps, inForce, keytar } = machine();
    const next = profile('a', 'keychain');
    steps.at = () => {
      throw new AppError('failure', 'the keychain is full');
    };
    await expect(saveLogin(ctx, name, next, credentials('new', next))).rejects.toThrow('full');
    expect([await inForce(), keytar.entries.size]).toEqual([undefined, 0]);
  });
});
