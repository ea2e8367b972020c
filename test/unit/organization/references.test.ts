import { expect, test } from 'vitest';
import { noAccounts } from '../../../src/organization/accounts.ts';
import { checkAll } from '../../../src/organization/combined-errors.ts';
import {
  formatUserReference,
  parseRoleReference,
  parseUserReference,
  resolveScope,
} from '../../../src/organization/references.ts';
import { sid } from '../../support/changes.ts';

const usage = expect.objectContaining({ kind: 'usage' });

test.each([
  [` ${sid('US', 1)} `, { id: sid('US', 1) }],
  ['ada@example.com', { userName: 'ada@example.com' }],
  ['external:4711', { externalId: '4711' }],
  ['external:a@example.com', { externalId: 'a@example.com' }],
])('%j names a user', (text, reference) => {
  expect(parseUserReference(text)).toEqual(reference);
  expect(formatUserReference(reference)).toBe(text.trim());
});

test.each(['', 'ada', 'US123', sid('IX', 1), 'external:', 'a b@example.com', 'a@b@c'])(
  '%j names no user',
  (text) => {
    expect(() => parseUserReference(text)).toThrow(usage);
  },
);

test.each([
  [' Developer ', 'Developer'],
  [sid('IX', 1), sid('IX', 1)],
  ['IX Support', 'IX Support'],
  ['IXperts', 'IXperts'],
])('%j names a role', (text, reference) => {
  expect(parseRoleReference(text)).toBe(reference);
});

test.each(['', '  ', 'IX1', 'ix0123', `${sid('IX', 1)}0`])('%j names no role', (text) => {
  expect(() => parseRoleReference(text)).toThrow(usage);
});

test('a scope is an organization, an account, or org for the organization of the login', () => {
  const settings = { organizationSid: sid('OR', 1), accounts: noAccounts };
  expect(resolveScope(' org ', settings)).toBe(sid('OR', 1));
  expect(resolveScope(sid('OR', 2), settings)).toBe(sid('OR', 2));
  expect(resolveScope(sid('AC', 1), settings)).toBe(sid('AC', 1));
  expect(resolveScope('ORG', settings)).toBe(sid('OR', 1));
  for (const text of ['AC1', sid('US', 1), '']) expect(() => resolveScope(text, settings)).toThrow(usage);
});

test.each([
  [
    undefined,
    'The SID of the organization, which "org" stands for, is unknown: TWILIO_ORG_ORGANIZATION_SID is not set',
  ],
  ['OR1', '"OR1" is not the SID of an organization'],
])('the scope org is refused where the organization is %j', (organizationSid, message) => {
  expect(() => resolveScope('org', { organizationSid, accounts: noAccounts })).toThrow(
    expect.objectContaining({ kind: 'usage', message }),
  );
});

test('several wrong references are one error, with each hint once', () => {
  expect(() =>
    checkAll([
      () => parseUserReference('ada'),
      () => parseUserReference('ada@example.com'),
      () => parseUserReference('grace'),
      () => parseRoleReference('IX1'),
    ]),
  ).toThrow(
    expect.objectContaining({
      kind: 'usage',
      message: '"ada" is not a user; "grace" is not a user; "IX1" is not a role',
      hint:
        'Give a SID (US and 32 hexadecimal digits), an e-mail address, or external:ID. ' +
        'To find a person: twilio-org users list --search NAME. ' +
        'Give a SID (IX and 32 hexadecimal digits) or the name of a role',
    }),
  );
});

test.each([
  ['Zoé', /users list --search NAME$/],
  ['zoe.lefevre', /users list --search NAME$/],
  ["Seán O'Neil", /users list --search NAME$/],
  [`AC${'0'.repeat(32)}`, /external:ID$/],
  ['4711', /external:ID$/],
])('a text that is no user leads to the search if it may be a name: %s', (text, expected) => {
  expect(() => parseUserReference(text)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(expected) }),
  );
});
