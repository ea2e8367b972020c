import { expect, it } from 'vitest';
import type { LoginIdentity } from '../../../src/login/oauth/stored-credentials.ts';
import { prepared } from '../../support/logins.ts';
import { withProfiles } from '../../support/profiles.ts';

it('auth status lists every login although no secret can be read', async () => {
  const { plant, call } = await prepared();
  await plant('chain', { store: 'keychain' });
  const { exitCode, stdout, stderr } = await call(['auth', 'status', '-o', 'json'], {
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    TWILIO_ORG_STORE_PASSPHRASE: undefined,
  });
  expect(JSON.parse(stdout)).toMatchObject([
    { profile: 'default', state: 'unreadable', store: 'file' },
    { profile: 'chain', state: 'unreadable', store: 'keychain' },
  ]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('TWILIO_ORG_STORE_PASSPHRASE')]);
});

it('auth status --check reports a request that could not be sent as such, not as refused', async () => {
  const { plant, keep, call, sandbox } = await withProfiles();
  await plant('good');
  const others = await plant('other');
  await keep('other', { ...others, identity: { ...others.identity, client_id: 'OQother' } as LoginIdentity });
  await plant('refused', { known: false, expiresIn: 3_600_000, grant: 'client-credentials' });
  Object.assign(sandbox.apps.client_credentials, { client_secret: 'rotated' });
  const { exitCode, stdout } = await call(['auth', 'status', '--check', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject([
    { profile: 'good', state: 'accepted' },
    { profile: 'other', state: 'of another login' },
    { profile: 'refused', state: 'refused' },
  ]);
  expect(exitCode).toBe(4);
});
