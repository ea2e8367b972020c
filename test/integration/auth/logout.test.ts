import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { taken } from '../../support/locks.ts';
import { prepared } from '../../support/logins.ts';

describe('auth logout', () => {
  const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };
  const console1 = 'https://1console.twilio.com/organization/settings/oauth/apps';

  it('can be repeated', async () => {
    const { call, config, stored } = await prepared();
    expect((await call(['auth', 'logout'])).stderr).toContain(console1);
    expect([await stored(), config().profiles]).toEqual([undefined, {}]);
    expect((await call(['auth', 'logout'])).exitCode).toBe(0);
    expect((await call(['auth', 'logout', '--all', '--yes'])).exitCode).toBe(0);
  });

  it('removes a profile without credentials', async () => {
    const { call, config, configDir } = await prepared();
    rmSync(join(configDir, 'credentials.enc'));
    expect((await call(['auth', 'logout'])).exitCode).toBe(0);
    expect(config().profiles).toEqual({});
  });

  it('--all continues after a store that fails, exits with 3 and names what remains', async () => {
    const { plant, call, config, stored } = await prepared();
    await plant('chain', { store: 'keychain' });
    await plant('last');
    const { exitCode, stderr } = await call(['auth', 'logout', '--all', '--yes'], noBus);
    expect([exitCode, Object.keys(config().profiles)]).toEqual([3, ['chain']]);
    expect([await stored('default'), await stored('last')]).toEqual([undefined, undefined]);
    expect(stderr).toContain('Logged out: default, last');
    expect(stderr).toContain('profile chain and its credentials remain');
    expect(stderr).toContain(console1);
  });

  it('that removes nothing exits with 1 and names what remains', async () => {
    const { plant, call, config } = await prepared();
    await plant('chain', { store: 'keychain' });
    const { exitCode, stderr } = await call(['auth', 'logout', '--profile', 'chain'], noBus);
    expect([exitCode, Object.keys(config().profiles)]).toEqual([1, ['default', 'chain']]);
    expect(stderr).toContain('profile chain and its credentials remain');
    expect(stderr).toContain(console1);
  });

  it('says that the secrets are deleted when only the profile could not be removed', async () => {
    const { call, config, configDir, stored } = await prepared();
    const loggedOut = call(['auth', 'logout']);
    await taken(join(configDir, 'config.json.lock'));
    const { exitCode, stderr } = await loggedOut;
    expect([exitCode, await stored(), Object.keys(config().profiles)]).toEqual([8, undefined, ['default']]);
    expect(stderr).toContain(
      'Not logged out: the credentials of default were removed, but its profile remains. ',
    );
  });

  it('empties the other store of a profile even when the first one fails', async () => {
    const { plant, call, config, stored } = await prepared();
    await plant('both', { store: 'keychain', left_in: 'file' });
    const { exitCode } = await call(['auth', 'logout', '--profile', 'both'], noBus);
    expect([exitCode, await stored('both')]).toEqual([1, undefined]);
    expect(Object.keys(config().profiles)).toContain('both');
  });
});
