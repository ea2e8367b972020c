import { describe, expect, test } from 'vitest';
import { addProfileFlag } from '../../../src/cli/profile-hint.ts';
import { profileCommands } from '../../../src/program.ts';

const withProfile = (text: string, profile: string | undefined) =>
  addProfileFlag(text, profile, profileCommands);

describe('addProfileFlag', () => {
  test.each([
    'auth',
    'apps',
    'users',
    'roles',
    'role-assignments',
    'access',
    'accounts',
    'guards',
    'runs',
    'api',
    'doctor',
  ])('names the profile in a command that begins with %s', (name) => {
    expect(withProfile(`Try: twilio-org ${name} x`, 'ci')).toBe(`Try: twilio-org --profile ci ${name} x`);
  });

  test('names the profile in each command of a text', () => {
    expect(withProfile('`twilio-org users list` or `twilio-org runs list`', 'ci')).toBe(
      '`twilio-org --profile ci users list` or `twilio-org --profile ci runs list`',
    );
  });

  test('quotes a profile that a shell would take apart', () => {
    expect(withProfile('twilio-org doctor', 'my team')).toBe("twilio-org --profile 'my team' doctor");
  });

  test.each([
    ['twilio-org sandbox', 'ci'],
    ['twilio-org completion bash', 'ci'],
    ['twilio-org has access', 'ci'],
    ['twilio-org users-of-today', 'ci'],
    ['twilio-org auth logout --profile staging', 'ci'],
    ['twilio-org users list', undefined],
    ['twilio-org users list', ''],
  ])('leaves "%s" as it is with the profile %j', (text, profile) => {
    expect(withProfile(text, profile)).toBe(text);
  });
});
