import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/login/config/schema.ts';
import { resolveSettings } from '../../../src/login/config/settings.ts';
import { identityOf, serialize } from '../../../src/login/oauth/stored-credentials.ts';
import { activeTokens, environmentCheck, notLoggedIn } from '../../../src/login/tokens.ts';
import type { LoginWorkspace } from '../../../src/login/workspace.ts';
import type { Env } from '../../../src/platform/core/env.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { home } from '../../support/home.ts';

const app = `OQ${'1'.repeat(32)}`;
const organization = `OR${'1'.repeat(32)}`;
const origins = { api_url: 'https://iam.example.com', oauth_url: 'https://oauth.example.com' };
const profile = {
  grant: 'client-credentials',
  client_id: app,
  organization_sid: organization,
  ...origins,
  store: 'keychain',
} as const;

/** A token whose payload says this. */
const tokenOf = (claims: object) =>
  ['canary', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'x'].join('.');

interface Options {
  env?: Env;
  /** The profiles; `default` is the one that is used. */
  profiles?: Record<string, typeof profile>;
  profileFlag?: string;
}

/** The token of a command, and the warnings and the stores that were opened on the way. */
async function tokens({ env = {}, profiles = {}, profileFlag }: Options) {
  const config = { ...parseConfig('{}'), profiles };
  const warnings: string[] = [];
  const opened: string[] = [];
  const workspace = {
    env,
    configDir: home,
    config: async () => config,
    settings: async () => resolveSettings({ profile: profileFlag }, env, config),
    log: { warn: (...lines: string[]) => warnings.push(...lines) },
    http: { now: Date.now },
    async store(kind: string) {
      opened.push(kind);
      const credentials = {
        clientSecret: new Secret('canary secret'),
        accessToken: new Secret('canary of the profile'),
        expiresAt: Date.now() + 3_600_000,
        identity: identityOf(profile),
      };
      return { kind, displayName: kind, get: async () => serialize(credentials) };
    },
  } as unknown as LoginWorkspace;
  const token = activeTokens(workspace, profileFlag).then(async (provider) =>
    (await provider.get()).reveal(),
  );
  return { token: await token.catch((error: unknown) => error), warnings, opened };
}

describe('the tokens of a command', () => {
  test('are those in TWILIO_ORG_ACCESS_TOKEN, and no store is opened', async () => {
    const env = { TWILIO_ORG_ACCESS_TOKEN: 'canary-in-the-environment' };
    expect(await tokens({ env, profiles: { default: profile } })).toEqual({
      token: 'canary-in-the-environment',
      warnings: [],
      opened: [],
    });
  });

  test('are those of the profile without credentials in the environment', async () => {
    expect(await tokens({ profiles: { default: profile } })).toEqual({
      token: 'canary of the profile',
      warnings: [],
      opened: ['keychain'],
    });
  });

  test('override a profile of the command line with a warning', async () => {
    const env = { TWILIO_ORG_ACCESS_TOKEN: 'canary-in-the-environment' };
    const { warnings } = await tokens({ env, profiles: { default: profile }, profileFlag: 'default' });
    expect(warnings).toEqual([
      '--profile default is not used: TWILIO_ORG_ACCESS_TOKEN in the environment overrides every profile',
    ]);
    expect((await tokens({ profiles: { default: profile }, profileFlag: 'default' })).warnings).toEqual([]);
  });
});

describe('a command is refused', () => {
  test('when the token belongs to another organization than the variable names', async () => {
    const env = {
      TWILIO_ORG_ACCESS_TOKEN: tokenOf({ organization }),
      TWILIO_ORG_ORGANIZATION_SID: `OR${'2'.repeat(32)}`,
    };
    expect((await tokens({ env })).token).toMatchObject({
      kind: 'auth',
      hint: 'Correct or unset TWILIO_ORG_ORGANIZATION_SID',
    });
  });

  test('with half of a pair of client credentials, before a profile is used', async () => {
    const env = { TWILIO_ORG_CLIENT_ID: app };
    const { token, opened } = await tokens({ env, profiles: { default: profile } });
    expect([token, opened]).toEqual([expect.objectContaining({ kind: 'usage' }), []]);
  });

  test.each([
    ['origin', { TWILIO_ORG_API_URL: 'https://other.example.com' }, 'usage'],
    ['organization', { TWILIO_ORG_ORGANIZATION_SID: `OR${'2'.repeat(32)}` }, 'auth'],
  ])('before a profile is used for another %s', async (_, env, kind) => {
    const { token, opened } = await tokens({ env, profiles: { default: profile } });
    expect([token, opened]).toEqual([expect.objectContaining({ kind }), []]);
  });

  test('without any login', async () => {
    expect((await tokens({})).token).toMatchObject({ kind: 'auth', message: 'You are not logged in' });
  });
});

test('a login that is missing is told apart from a first start', () => {
  const none = parseConfig('{}');
  expect(notLoggedIn('default', none).hint).toContain('twilio-org auth setup');
  const { message, hint } = notLoggedIn('wrok', { ...none, profiles: { work: profile, home: profile } });
  expect(message).toBe('There is no profile wrok');
  expect(hint).toContain('Profiles: work, home.');
});

test('a token of another app than the variable names is refused, with the variable', async () => {
  const env = { TWILIO_ORG_CLIENT_ID: app, TWILIO_ORG_CLIENT_SECRET: 'canary-secret' };
  const check = environmentCheck(resolveSettings({}, env, parseConfig('{}')));
  expect(() => check(new Secret(tokenOf({ client_id: app })))).not.toThrow();
  expect(() => check(new Secret(tokenOf({ client_id: `OQ${'2'.repeat(32)}` })))).toThrow(
    expect.objectContaining({ kind: 'auth', hint: 'Correct or unset TWILIO_ORG_CLIENT_ID' }),
  );
});
