import { describe, expect, it, test } from 'vitest';
import { isValidProfileName } from '../../../../src/login/config/profile-name.ts';
import {
  isUserPattern,
  parseConfig,
  printConfig,
  unusable,
  validateConfig,
} from '../../../../src/login/config/schema.ts';

const profile = {
  grant: 'client-credentials',
  client_id: 'OQ1',
  api_url: 'https://iam.twilio.com',
  oauth_url: 'https://oauth.twilio.com',
  store: 'keychain',
};

describe('a configuration', () => {
  it('is empty without members, and its default profile is called default', () => {
    expect(validateConfig({})).toEqual({ default_profile: 'default', profiles: {} });
  });

  it('keeps members that a newer version may have written', () => {
    const file = {
      default_profile: 'work',
      theme: 'dark',
      profiles: { work: { ...profile, colour: 'red' } },
    };
    expect(validateConfig(file)).toEqual(file);
  });

  it('has no profile called constructor unless the file has one', () => {
    expect(validateConfig({}).profiles.constructor).toBeUndefined();
  });

  it.each([
    ['[]', 'the file is not a JSON object'],
    ['{', 'it is not JSON'],
    ['{"default_profile":"a b"}', '"default_profile" is not a profile name'],
    ['{"__proto__":{}}', 'it has a member "__proto__"'],
  ])('is refused as a whole: %s', (text, message) => {
    expect(() => parseConfig(text)).toThrow(message);
  });

  it('may begin with a byte order mark', () => {
    expect(parseConfig('\uFEFF{}').default_profile).toBe('default');
  });
});

describe('a profile', () => {
  it.each([
    [
      { grant: 'password' },
      '"grant" of profile "work" is not one of: authorization-code, client-credentials',
    ],
    [{ store: 'cloud' }, '"store" of profile "work" is not one of: keychain, file'],
    [{ left_in: 'cloud' }, '"left_in" of profile "work" is not one of'],
    [{ client_id: '' }, '"client_id" of profile "work" is missing'],
    [{ api_url: 'http://iam.example' }, '"api_url" of profile "work" is not an https origin'],
    [{ redirect_uri: 'ftp://x' }, '"redirect_uri" of profile "work" is not an http or https URL'],
    [{ public: 'yes' }, '"public" of profile "work"'],
    [{ guards: { keep_admins: -1 } }, '"keep_admins" of "guards"'],
    [{ guards: { unheard: 1 } }, '"unheard" of "guards"'],
  ])('is refused for %j', (change, message) => {
    expect(() => validateConfig({ profiles: { work: { ...profile, ...change } } })).toThrow(message);
  });

  it('that is unusable is set aside, and printed as it was', () => {
    const newer = { ...profile, store: 'cloud' };
    const config = parseConfig(JSON.stringify({ profiles: { work: profile, newer } }));
    expect(Object.keys(config.profiles)).toEqual(['work']);
    expect(config[unusable]?.newer?.why).toContain('"store"');
    expect(JSON.parse(printConfig(config)).profiles).toEqual({ work: profile, newer });
  });
});

test('profile names are letters, digits, underscores and hyphens, up to 64', () => {
  for (const name of ['a', 'A-1_b', 'x'.repeat(64)]) expect(isValidProfileName(name), name).toBe(true);
  for (const name of ['', 'a b', 'x'.repeat(65), '__proto__', 'é', 7]) {
    expect(isValidProfileName(name), String(name)).toBe(false);
  }
});

test('patterns of users are addresses, wildcards that can match one, and SIDs', () => {
  for (const text of ['ada@x.com', '*@x.com', 'ceo*', `US${'0'.repeat(32)}`]) {
    expect(isUserPattern(text), text).toBe(true);
  }
  for (const text of ['ada', '@*', '*@', 'a b@x.com', '*,*', 'US1']) {
    expect(isUserPattern(text), text).toBe(false);
  }
});
