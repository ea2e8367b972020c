import { describe, expect, it, test } from 'vitest';
import type { Config, Profile } from '../../../../src/login/config/schema.ts';
import {
  checkOrganization,
  checkOrigin,
  checkOrigins,
  checkPair,
  credentialSource,
  resolveSettings,
} from '../../../../src/login/config/settings.ts';

const own = `OR${'1'.repeat(32)}`;
const other = `OR${'2'.repeat(32)}`;
const work: Profile = {
  grant: 'client-credentials',
  client_id: 'OQ1',
  api_url: 'https://iam.example',
  oauth_url: 'https://oauth.example',
  organization_sid: own,
  store: 'keychain',
};
const config: Config = { default_profile: 'work', profiles: { work } };
const pair = { TWILIO_ORG_CLIENT_ID: 'OQ2', TWILIO_ORG_CLIENT_SECRET: 'canary-secret' };

test('an access token overrides a client, and both override profiles', () => {
  expect(credentialSource({ TWILIO_ORG_ACCESS_TOKEN: 'x', ...pair })).toBe('TWILIO_ORG_ACCESS_TOKEN');
  expect(credentialSource(pair)).toBe('TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET');
  expect(credentialSource({ TWILIO_ORG_CLIENT_ID: 'OQ2' })).toBe('profile');
});

describe('settings', () => {
  it('are those of the default profile', () => {
    expect(resolveSettings({}, {}, config)).toMatchObject({
      source: 'profile',
      profileName: 'work',
      apiUrl: work.api_url,
      oauthUrl: work.oauth_url,
      organizationSid: own,
      clientId: 'OQ1',
    });
  });

  it('take the profile from the flag before the variable', () => {
    const env = { TWILIO_ORG_PROFILE: 'staging' };
    expect(resolveSettings({ profile: 'work' }, env, config).profileName).toBe('work');
    expect(resolveSettings({}, env, config).profileName).toBe('staging');
    expect(resolveSettings({}, env, config).profile).toBeUndefined();
  });

  it('take nothing of a profile when the credentials come from the environment', () => {
    expect(resolveSettings({}, pair, config)).toMatchObject({
      apiUrl: 'https://iam.twilio.com',
      oauthUrl: 'https://oauth.twilio.com',
      organizationSid: undefined,
      clientId: 'OQ2',
    });
  });

  it('refuse an API key as credentials, and do not repeat a secret', () => {
    const env = { ...pair, TWILIO_ORG_CLIENT_SECRET: 'canary-sécret' };
    expect(() => resolveSettings({}, env, config)).toThrow(/^TWILIO_ORG_CLIENT_SECRET (?!.*canary)/);
    expect(() => resolveSettings({}, { TWILIO_ORG_CLIENT_ID: `SK${'0'.repeat(32)}` }, config)).toThrow(
      /API key/,
    );
  });
});

test('one half of a pair of client variables is refused', () => {
  expect(() => checkPair({ TWILIO_ORG_CLIENT_ID: 'OQ2', TWILIO_ORG_CLIENT_SECRET: '' })).toThrow(
    'TWILIO_ORG_CLIENT_ID is set, but TWILIO_ORG_CLIENT_SECRET',
  );
  expect(() => checkPair(pair)).not.toThrow();
  expect(() => checkPair({})).not.toThrow();
  expect(() => checkPair({ TWILIO_ORG_ACCESS_TOKEN: 'x', TWILIO_ORG_CLIENT_ID: 'OQ2' })).not.toThrow();
});

test('the credentials of a profile go to no other origin', () => {
  const elsewhere = resolveSettings({}, { TWILIO_ORG_API_URL: 'https://evil.example' }, config);
  expect(() => checkOrigins(elsewhere, work)).toThrow('TWILIO_ORG_API_URL is https://evil.example');
  expect(() => checkOrigins(resolveSettings({}, {}, config), work)).not.toThrow();
});

test('a variable can not give a login the name of another organization', () => {
  const named = (sid: string) => resolveSettings({}, { TWILIO_ORG_ORGANIZATION_SID: sid }, config);
  expect(() => checkOrganization(named(other), work)).toThrow(expect.objectContaining({ kind: 'auth' }));
  expect(() => checkOrganization(named(own.toLowerCase()), work)).not.toThrow();
});

describe('an origin', () => {
  it.each([
    ['https://iam.example/', 'https://iam.example'],
    ['http://127.0.0.1:8478', 'http://127.0.0.1:8478'],
    ['http://[::1]:8478', 'http://[::1]:8478'],
  ])('is taken without its path: %s', (text, origin) => {
    expect(checkOrigin(text, 'V')).toBe(origin);
  });

  it.each(['nonsense', 'ftp://x', 'https://a:b@x', 'https://x/path', 'https://x?q', 'http://iam.example'])(
    'is refused with the name of the variable: %s',
    (text) => {
      expect(() => checkOrigin(text, 'TWILIO_ORG_API_URL')).toThrow(/^TWILIO_ORG_API_URL /);
    },
  );
});
