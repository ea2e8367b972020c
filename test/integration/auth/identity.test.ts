import { describe, expect, it } from 'vitest';
import { describeIdentity, type Identity } from '../../../src/login/identity.ts';
import { Secret } from '../../../src/platform/core/secret.ts';
import { clientCredentials, sandboxed, sent, userAt, userNow, writes } from '../../support/cli.ts';
import { withProfiles } from '../../support/profiles.ts';
import { answering, json } from '../../support/server.ts';

const [own, other] = [`OR${'a'.repeat(32)}`, `OR${'b'.repeat(32)}`];
const otherApp = `OQ${'b'.repeat(32)}`;

/** A token with the form of a JWT that says this about itself. */
function jwt(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.canary`;
}

const tokenEndpoint = (claims: object) =>
  answering(json({ access_token: jwt(claims), token_type: 'Bearer', expires_in: 3600, refresh_token: null }));

describe('a TWILIO_ORG_ORGANIZATION_SID of another organization than the login', () => {
  const left = { TWILIO_ORG_ORGANIZATION_SID: other };

  it('is refused by every command that would use the login, and both are named', async () => {
    const { plant, call, sandbox } = await withProfiles();
    await plant('default', { organization_sid: own });
    for (const args of [
      ['users', 'list'],
      ['users', 'deactivate', userAt(sandbox, 1).id, '--yes'],
      ['users', 'offboard', userAt(sandbox, 1).id, '--yes'],
      ['users', 'update', userAt(sandbox, 1).id, '--locale', 'sv-SE'],
      ['role-assignments', 'list', '--scope', 'org'],
      ['api', 'GET', '/scim/v2/Users'],
      ['auth', 'token'],
      ['auth', 'refresh'],
      ['auth', 'status', '--check'],
    ]) {
      const { exitCode, stderr } = await call(args, left);
      expect([args, exitCode, stderr]).toEqual([
        args,
        4,
        expect.stringContaining(
          `TWILIO_ORG_ORGANIZATION_SID is ${other}, but profile default is a login of ${own}`,
        ),
      ]);
    }
    expect(sent(sandbox)).toEqual([]);
  });

  it('does not affect other logins, nor logging out of this one', async () => {
    const { plant, call } = await withProfiles();
    await plant('default', { organization_sid: own });
    await plant('others', { organization_sid: other });
    const { stdout } = await call(['auth', 'status', '--check', '-o', 'json'], left);
    expect(JSON.parse(stdout)).toMatchObject([
      { profile: 'default', state: 'refused', organization_sid: own, organization_from: 'person' },
      { profile: 'others', state: 'accepted', organization_sid: other, organization_from: 'person' },
    ]);
    expect((await call(['users', 'list', '--profile', 'others'], left)).exitCode).toBe(0);
    expect((await call(['auth', 'status'], left)).stderr).toContain(
      `TWILIO_ORG_ORGANIZATION_SID is ${other}`,
    );
    expect((await call(['auth', 'logout'], left)).exitCode).toBe(0);
  });

  it('is the same one when it differs in upper and lower case', async () => {
    const { plant, call } = await withProfiles();
    await plant('default', { organization_sid: own });
    const same = { TWILIO_ORG_ORGANIZATION_SID: `OR${'A'.repeat(32)}` };
    expect((await call(['users', 'list'], same)).exitCode).toBe(0);
  });

  it('defines the scope org where the login does not know its organization', async () => {
    const { plant, call, sandbox } = await withProfiles();
    await plant();
    const list = ['role-assignments', 'list', '--scope', 'org', '-o', 'json'];
    const environment = {
      TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken(),
      TWILIO_ORG_API_URL: sandbox.apiUrl,
    };
    for (const more of [{}, environment]) {
      const here = { TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid, ...more };
      const scopes = JSON.parse((await call(list, here)).stdout).map(({ scope }: { scope: string }) => scope);
      expect([...new Set(scopes)]).toEqual([sandbox.organizationSid]);
    }
  });
});

describe('a token of another login', () => {
  const claims = [
    ['app', { client_id: otherApp }, otherApp],
    ['organization', { organization_sid: other }, other],
  ] as const;

  it.each(claims)(
    '(%s) is refused with a stored login, before any request, and both are named',
    async (_, says, named) => {
      const { plant, keep, call, sandbox } = await withProfiles();
      const credentials = await plant('default', { organization_sid: own });
      await keep('default', { ...credentials, accessToken: new Secret(jwt(says)) });
      const expected = named === other ? own : sandbox.apps.authorization_code.client_id;
      for (const args of [
        ['users', 'list'],
        ['auth', 'token'],
        ['auth', 'status', '--check'],
      ]) {
        const { exitCode, stderr } = await call(args);
        expect([exitCode, stderr]).toEqual([
          4,
          expect.stringMatching(new RegExp(`names the .*${named}, but profile default names ${expected}`)),
        ]);
      }
      expect(sent(sandbox)).toEqual([]);
    },
  );

  it.each(claims)('(%s) is refused when a renewal brings it', async (_, says, named) => {
    const { plant, call, sandbox } = await withProfiles();
    const { url } = await tokenEndpoint(says);
    await plant('default', { organization_sid: own, oauth_url: url, expiresIn: -1 });
    const { exitCode, stderr } = await call(['users', 'list']);
    expect([exitCode, stderr, sent(sandbox)]).toEqual([4, expect.stringContaining(named), []]);
  });

  it.each(claims)(
    '(%s) is refused when client credentials of the environment bring it',
    async (_, says, named) => {
      const { call, env, sandbox } = await sandboxed();
      const { url } = await tokenEndpoint(says);
      const { exitCode, stderr } = await call(['users', 'list'], {
        env: { ...clientCredentials(sandbox), TWILIO_ORG_OAUTH_URL: url },
      });
      const variable = named === other ? 'TWILIO_ORG_ORGANIZATION_SID' : 'TWILIO_ORG_CLIENT_ID';
      expect([exitCode, stderr, sent(sandbox)]).toEqual([
        4,
        expect.stringMatching(new RegExp(`${named}, but ${variable} names `)),
        [],
      ]);
      expect(env.TWILIO_ORG_ORGANIZATION_SID).toBe(sandbox.organizationSid);
    },
  );

  it('is refused as a token of the environment where that names the organization', async () => {
    const { call, sandbox } = await sandboxed();
    const env = { TWILIO_ORG_ACCESS_TOKEN: jwt({ organization_sid: other }) };
    const { exitCode, stderr } = await call(['users', 'list'], { env });
    expect([exitCode, stderr, sent(sandbox)]).toEqual([
      4,
      expect.stringContaining(`${other}, but TWILIO_ORG_ORGANIZATION_SID names ${sandbox.organizationSid}`),
      [],
    ]);
  });

  it.each(claims)('(%s) makes auth login fail, and keeps the old login', async (_, says, named) => {
    const { plant, call, config, stored, sandbox } = await withProfiles();
    await plant('default', { grant: 'client-credentials', organization_sid: own });
    const { url } = await tokenEndpoint(says);
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const before = [config(), (await stored())?.accessToken.reveal()];
    const login = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    const { exitCode, stderr } = await call(
      [...login, '--client-secret-stdin', '--organization-sid', own, '--yes'],
      { TWILIO_ORG_OAUTH_URL: url, TWILIO_ORG_API_URL: sandbox.apiUrl },
      client_secret,
    );
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining(named)]);
    expect([config(), (await stored())?.accessToken.reveal()]).toEqual(before);
  });
});

describe('the credentials of a profile', () => {
  it.each(['TWILIO_ORG_API_URL', 'TWILIO_ORG_OAUTH_URL'])(
    'are not sent where %s alone names another origin',
    async (variable) => {
      const { plant, call, sandbox } = await withProfiles();
      const { url, arrived } = await answering(json({}));
      await plant('default', { expiresIn: -1 });
      const { exitCode, stderr } = await call(['users', 'list'], { [variable]: url });
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${variable} is ${url}`)]);
      expect([arrived, sent(sandbox)]).toEqual([[], []]);
    },
  );
});

describe('the description of a login', () => {
  const identity: Identity = {
    source: 'profile',
    profileName: 'default',
    clientId: otherApp,
    organizationSid: own,
    organizationFrom: 'login',
    apiUrl: 'https://iam.example.com',
  };

  it.each<[string, Partial<Identity>]>([
    [`profile default, app ${otherApp}, organization ${own} at https://iam.example.com`, {}],
    [
      `profile default, app ${otherApp}, organization unknown at https://iam.example.com`,
      { organizationSid: undefined, organizationFrom: 'unknown' },
    ],
    [
      `profile default, app ${otherApp}, organization ${own} (as TWILIO_ORG_ORGANIZATION_SID says, not verified) at https://iam.example.com`,
      { organizationFrom: 'environment' },
    ],
    [
      `credentials from TWILIO_ORG_ACCESS_TOKEN, app unknown, organization ${own} (as the token says, not verified) at https://iam.example.com`,
      {
        source: 'TWILIO_ORG_ACCESS_TOKEN',
        profileName: undefined,
        clientId: undefined,
        organizationFrom: 'token',
      },
    ],
  ])('reads: %s', (text, change) => {
    expect(describeIdentity({ ...identity, ...change })).toBe(text);
  });

  it('is shown by auth status for the active login', async () => {
    const { plant, call, sandbox } = await withProfiles();
    const { client_id } = sandbox.apps.authorization_code;
    const told = async (more = {}) => (await call(['auth', 'status'], more)).stderr;
    await plant();
    expect(await told()).toContain(`(the default): app ${client_id}, organization unknown\n`);
    expect(await told({ TWILIO_ORG_ORGANIZATION_SID: own })).toContain(
      `organization ${own} (as TWILIO_ORG_ORGANIZATION_SID says, not verified)\n`,
    );
    await plant('default', { organization_sid: own });
    expect(await told()).toContain(
      `(the default): app ${client_id}, organization ${own} (as given at login, not verified)\n`,
    );
    await plant('default', { organization_sid: own, organization_confirmed: true });
    expect(await told()).toContain(`(the default): app ${client_id}, organization ${own}\n`);
    const token = { TWILIO_ORG_ACCESS_TOKEN: jwt({ client_id: otherApp, organization_sid: other }) };
    expect(await told(token)).toContain(
      `which overrides every profile: app ${otherApp}, organization ${other} (as the token says, not verified)\n`,
    );
  });

  it('is recorded with a change from the credentials, not from a setting', async () => {
    const { plant, call, sandbox } = await withProfiles();
    await plant('default', { organization_sid: own });
    await plant('nowhere');
    const user = userAt(sandbox, 1);
    const runOf = async (profile: string, more = {}) => {
      const change = userNow(sandbox, user).active ? 'deactivate' : 'activate';
      expect((await call(['users', change, user.id, '--yes', '--profile', profile], more)).exitCode).toBe(0);
      return JSON.parse((await call(['runs', 'list', '--limit', '1', '-o', 'json'])).stdout)[0];
    };
    const { client_id } = sandbox.apps.authorization_code;
    expect(await runOf('default')).toMatchObject({ profile: 'default', client_id, organization_sid: own });
    expect(await runOf('nowhere')).toMatchObject({ profile: 'nowhere', client_id, organization_sid: null });
    expect(writes(sandbox)).toHaveLength(2);
  });
});

describe('an organization that a person names at login', () => {
  const named = async (sid?: string) => {
    const { sandbox, call } = await withProfiles();
    const { client_id, client_secret } = sandbox.apps.client_credentials;
    const args = ['auth', 'login', '--grant', 'client-credentials', '--client-id', client_id];
    args.push('--client-secret-stdin', '--organization-sid', sid ?? sandbox.organizationSid);
    const at = { TWILIO_ORG_API_URL: sandbox.apiUrl, TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl };
    const { exitCode, stderr } = await call(args, at, client_secret);
    expect(exitCode).toBe(0);
    const [status] = JSON.parse((await call(['auth', 'status', '-o', 'json'])).stdout);
    const checks: { check: string; found: string }[] = JSON.parse(
      (await call(['doctor', '-o', 'json'])).stdout,
    );
    return { stderr, status, found: checks.find(({ check }) => check === 'login')?.found };
  };

  it('becomes the one of the login when Twilio confirms it', async () => {
    const { stderr, status, found } = await named();
    expect(stderr).not.toContain('confirm');
    expect(status).toMatchObject({ organization_from: 'login' });
    expect(found).not.toContain('not verified');
  });

  it('is shown as not verified where Twilio does not', async () => {
    const { stderr, status, found } = await named(other);
    expect(stderr).toContain(
      `warning: Twilio does not confirm that this login belongs to organization ${other}: Organization not found\n`,
    );
    expect(status).toMatchObject({ organization_sid: other, organization_from: 'person' });
    expect(found).toContain(`organization ${other} (as given at login, not verified)`);
  });
});
