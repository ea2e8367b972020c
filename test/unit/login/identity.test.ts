import { describe, expect, it, test } from 'vitest';
import { describeIdentity, describeOrganization, readIdentity } from '../../../src/login/identity.ts';
import type { LoginWorkspace } from '../../../src/login/workspace.ts';
import { Secret } from '../../../src/platform/core/secret.ts';

const own = `OR${'1'.repeat(32)}`;
const other = `OR${'2'.repeat(32)}`;
const app = `OQ${'1'.repeat(32)}`;
const user = `US${'1'.repeat(32)}`;

function workspace(settings: object, claims: object): LoginWorkspace {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const get = async () => new Secret(`x.${payload}.x`);
  const all = { source: 'profile', profileName: 'work', apiUrl: 'https://iam.twilio.com', ...settings };
  return { settings: async () => all, tokens: async () => ({ get }) } as unknown as LoginWorkspace;
}

describe('the identity of a login', () => {
  it('is the confirmed organization of its profile', async () => {
    const profile = { organization_sid: own, organization_confirmed: true };
    const settings = { profile, organizationSid: own, clientId: app };
    expect(await readIdentity(workspace(settings, { sub: user, organization_sid: other }))).toEqual({
      source: 'profile',
      profileName: 'work',
      clientId: app,
      organizationSid: own,
      organizationFrom: 'login',
      apiUrl: 'https://iam.twilio.com',
      subject: user,
    });
  });

  it.each([
    ['person', { profile: { organization_sid: own }, organizationSid: own }],
    ['environment', { profile: {}, organizationSid: own }],
    ['environment', { source: 'TWILIO_ORG_ACCESS_TOKEN', organizationSid: own }],
    ['token', { profile: {} }],
  ])('knows that its organization comes from the %s', async (organizationFrom, settings) => {
    const found = await readIdentity(workspace(settings, { organization_sid: own }));
    expect(found).toMatchObject({ organizationSid: own, organizationFrom });
  });

  it('names no organization when the token names two', async () => {
    const found = await readIdentity(workspace({}, { one: own, two: other, client_id: app }));
    expect(found).toMatchObject({ organizationSid: undefined, organizationFrom: 'unknown', clientId: app });
    expect(found).not.toHaveProperty('subject');
  });
});

test('an identity in words names login, app, organization and origin', () => {
  const identity = {
    source: 'profile',
    profileName: 'work',
    clientId: app,
    organizationSid: own,
    organizationFrom: 'login',
    apiUrl: 'https://iam.twilio.com',
  } as const;
  expect(describeIdentity(identity)).toBe(
    `profile work, app ${app}, organization ${own} at https://iam.twilio.com`,
  );
  expect(
    describeIdentity({
      ...identity,
      source: 'TWILIO_ORG_ACCESS_TOKEN',
      profileName: undefined,
      clientId: undefined,
    }),
  ).toBe(
    `credentials from TWILIO_ORG_ACCESS_TOKEN, app unknown, organization ${own} at https://iam.twilio.com`,
  );
});

test.each(['person', 'environment', 'token'] as const)(
  'an organization from the %s is called not verified',
  (organizationFrom) => {
    expect(describeOrganization({ organizationSid: own, organizationFrom })).toMatch(/not verified\)$/);
  },
);
