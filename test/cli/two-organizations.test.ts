import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, cleanEnv, type Env, program, userAt, userNow, writes } from '../support/cli.ts';
import { keychainSession } from '../support/keychain.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';
import { storeKey } from '../support/store-key.ts';
import { type Organization, twoOrganizations } from '../support/two-organizations.ts';

type Store = 'keychain' | 'file';
interface Side extends Organization {
  profile: string;
  env: Env;
}

describeWith('keychain', 'two configuration folders with one keychain', () => {
  /** Its name says nothing: the keychain of the session is kept in it. */
  const homeFolder = mkdtempSync(join(tmpdir(), 'twilio-org-two-'));
  let session: Awaited<ReturnType<typeof keychainSession>>;
  const before = process.env.DBUS_SESSION_BUS_ADDRESS;
  beforeAll(async () => {
    session = await keychainSession(homeFolder);
    // The helper that speaks to the keychain is a child of this process.
    Object.assign(process.env, { DBUS_SESSION_BUS_ADDRESS: session.env.DBUS_SESSION_BUS_ADDRESS });
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
    else process.env.DBUS_SESSION_BUS_ADDRESS = before;
    await session?.stop();
    rmSync(homeFolder, { recursive: true, force: true });
  });

  const inFolder = (side: Side, args: string[], more: Env = {}, input = '') =>
    call(args, { env: { ...side.env, TWILIO_ORG_PROFILE: side.profile, ...more }, input, homeFolder });

  /** Each organization with a login in a folder of its own. */
  async function loggedIn(store: Store, usual: boolean, profiles: readonly [string, string]) {
    const { url, both } = await twoOrganizations();
    const sides = both.map((organization, index): Side => {
      const folder = usual && index === 0 ? undefined : mkdtempSync(join(homeFolder, 'folder-'));
      const env = {
        ...session.env,
        TWILIO_ORG_CONFIG_DIR: folder,
        TWILIO_ORG_STORE: store,
        TWILIO_ORG_STORE_KEY: storeKey,
      };
      return { ...organization, profile: profiles[index] ?? '', env };
    });
    if (usual) rmSync(join(homeFolder, '.config'), { recursive: true, force: true });
    for (const side of sides) {
      const login = ['auth', 'login', '--grant', 'client-credentials', '--client-secret-stdin'];
      const origins = { TWILIO_ORG_API_URL: url, TWILIO_ORG_OAUTH_URL: url };
      const args = [...login, '--client-id', side.clientId, '--organization-sid', side.organizationSid];
      expect(await inFolder(side, args, origins, side.clientSecret)).toMatchObject({ exitCode: 0 });
    }
    return sides as [Side, Side];
  }

  const worlds = (['keychain', 'file'] as const).flatMap((store) =>
    [true, false].flatMap((usual) =>
      (
        [
          ['default', 'default'],
          ['default', 'other'],
        ] as const
      ).map(
        (profiles) =>
          [
            store,
            usual ? 'one of them the usual one' : 'neither of them the usual one',
            profiles.join(' and '),
            usual,
            profiles,
          ] as const,
      ),
    ),
  );

  it.each(worlds)(
    'in the %s, %s, with the profiles %s: send a change to the named organization, or refuse it',
    async (store, _, __, usual, profiles) => {
      const [a, b] = await loggedIn(store, usual, profiles);
      for (const [side, other] of [
        [a, b],
        [b, a],
      ] as const) {
        const status = await inFolder(side, ['auth', 'status', '--check', '-o', 'json']);
        expect(JSON.parse(status.stdout)).toMatchObject([
          { client_id: side.clientId, organization_sid: side.organizationSid, state: 'accepted' },
        ]);
        const variables = [undefined, side.organizationSid, other.organizationSid];
        for (const [index, variable] of variables.entries()) {
          const more = { TWILIO_ORG_ORGANIZATION_SID: variable };
          const [sent, sentElsewhere] = [writes(side.sandbox).length, writes(other.sandbox).length];
          const { userName } = userAt(side.sandbox, index + 1);
          const result = await inFolder(side, ['users', 'deactivate', userName, '--yes'], more);
          const isRefused = variable === other.organizationSid;
          expect(result).toMatchObject(
            isRefused
              ? {
                  exitCode: 4,
                  stderr: expect.stringMatching(new RegExp(`${variable}.*${side.organizationSid}`)),
                }
              : { exitCode: 0 },
          );
          expect(writes(side.sandbox).length).toBe(sent + (isRefused ? 0 : 1));
          expect(writes(other.sandbox).length).toBe(sentElsewhere);
          expect(userNow(side.sandbox, userAt(side.sandbox, index + 1)).active).toBe(isRefused);
        }
        const runs = JSON.parse((await inFolder(side, ['runs', 'list', '-o', 'json'])).stdout);
        expect(runs).toHaveLength(2);
        for (const run of runs) {
          expect(run).toMatchObject({ client_id: side.clientId, organization_sid: side.organizationSid });
        }
      }
      for (const side of [a, b]) {
        expect((await inFolder(side, ['auth', 'logout'])).exitCode).toBe(0);
        const other = side === a ? b : a;
        const rest = await inFolder(other, ['auth', 'token']);
        expect(rest.exitCode).toBe(side === a ? 0 : 4);
      }
    },
  );

  it('name the organization of a change in the question on a terminal', async () => {
    for (const side of await loggedIn('keychain', false, ['default', 'default'])) {
      const user = userAt(side.sandbox, 1);
      const terminal = openTerminal(process.execPath, [program, 'users', 'deactivate', user.userName], {
        env: cleanEnv({ ...side.env, TWILIO_ORG_CONFIG_DIR: side.env.TWILIO_ORG_CONFIG_DIR }),
        columns: 200,
      });
      await terminal.waitFor(
        `profile default, app ${side.clientId}, organization ${side.organizationSid} at `,
      );
      expect(userNow(side.sandbox, user).active).toBe(true);
      terminal.type('y\r');
      expect(await terminal.exited).toBe(0);
      expect(userNow(side.sandbox, user).active).toBe(false);
    }
  });
});
