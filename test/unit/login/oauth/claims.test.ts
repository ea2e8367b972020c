import { describe, expect, it } from 'vitest';
import { checkClaims, claimsOf } from '../../../../src/login/oauth/claims.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';

const [app, otherApp] = [`OQ${'a'.repeat(32)}`, `OQ${'b'.repeat(32)}`];
const [organization, otherOrganization] = [`OR${'a'.repeat(32)}`, `OR${'b'.repeat(32)}`];
const user = `US${'c'.repeat(32)}`;

function token(payload: unknown): Secret {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return new Secret(`e30.${Buffer.from(text).toString('base64url')}.c2lnbmF0dXJl`);
}

describe('the claims of a token', () => {
  it.each([
    ['nothing', {}, { clientIds: [], organizationSids: [] }],
    ['the app as RFC 9068 does', { client_id: app }, { clientIds: [app], organizationSids: [] }],
    ['the app as OpenID Connect does', { azp: app }, { clientIds: [app], organizationSids: [] }],
    ['the app as its subject', { sub: app, client_id: app }, { clientIds: [app], organizationSids: [] }],
    ['a person', { sub: user }, { clientIds: [], organizationSids: [], subject: user }],
    ['a subject of another kind', { sub: 'ada' }, { clientIds: [], organizationSids: [] }],
    ['the organization', { org: organization }, { clientIds: [], organizationSids: [organization] }],
    [
      'the organization further down',
      { 'https://twilio.com/claims': { aud: [organization, organization] } },
      { clientIds: [], organizationSids: [organization] },
    ],
    ['clients of another kind', { client_id: 'console' }, { clientIds: [], organizationSids: [] }],
    ['values of other types', { client_id: 7, sub: null, azp: [] }, { clientIds: [], organizationSids: [] }],
  ])('that name %s', (_, payload, claims) => {
    expect(claimsOf(token(payload))).toEqual(claims);
  });

  it.each(['opaque', 'a.b', 'a.b.c', '', token('null').reveal(), token('"text"').reveal()])(
    'are empty for %j, which is no JWT',
    (text) => expect(claimsOf(new Secret(text))).toEqual({ clientIds: [], organizationSids: [] }),
  );
});

describe('a token of a login', () => {
  const login = { clientId: app, organizationSid: organization, login: 'profile default', hint: 'Log in' };

  it.each([
    ['without claims', {}],
    ['that names both', { client_id: app, org: organization }],
    ['that names the organization in upper case', { org: `OR${'A'.repeat(32)}` }],
    ['that names further organizations', { org: organization, parent: otherOrganization }],
  ])('%s is taken', (_, payload) => {
    checkClaims(token(payload), login);
  });

  it('is accepted with any claims when the login has none', () => {
    const unknown = { ...login, clientId: undefined, organizationSid: undefined };
    checkClaims(token({ client_id: app, org: organization }), unknown);
  });

  it.each([
    ['app', { client_id: otherApp, org: organization }, [otherApp, app]],
    ['organization', { client_id: app, org: otherOrganization }, [otherOrganization, organization]],
  ])('that names another %s is refused, and both are named', (noun, payload, [named, own]) => {
    expect(() => checkClaims(token(payload), login)).toThrow(
      expect.objectContaining({
        kind: 'auth',
        message: expect.stringMatching(
          new RegExp(`names the .*${noun} ${named}, but profile default names ${own}$`),
        ),
      }),
    );
  });
});
