import { describe, expect, it } from 'vitest';
import { prepared } from '../../support/logins.ts';

describe('the default profile', () => {
  it('changes with auth switch, never with --profile or the variable', async () => {
    const { call, plant, login, config } = await prepared();
    await plant('other', { grant: 'client-credentials' });
    const other = { TWILIO_ORG_PROFILE: 'other' };
    const commands = [
      ['users', 'list', '--limit', '1'],
      ['auth', 'token'],
      ['auth', 'status'],
      ['auth', 'refresh'],
    ];
    for (const args of commands) {
      expect([args, (await call([...args, '--profile', 'other'])).exitCode]).toEqual([args, 0]);
      expect([args, (await call(args, other)).exitCode]).toEqual([args, 0]);
    }
    expect((await login(['--profile', 'other'])).exitCode).toBe(0);
    expect((await login([], other)).exitCode).toBe(0);
    expect((await call(['auth', 'logout', '--profile', 'other'])).exitCode).toBe(0);
    expect(config().default_profile).toBe('default');
  });
});
