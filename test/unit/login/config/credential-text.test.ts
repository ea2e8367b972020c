import { describe, expect, it, test } from 'vitest';
import {
  checkAccessToken,
  checkClientId,
  checkClientSecret,
  checkOrganizationSid,
  cleanEnv,
  verdict,
  withLineEnd,
  withoutLineEnd,
} from '../../../../src/login/config/credential-text.ts';

const hex = '0123456789abcdef0123456789abcdef';

test('variables lose white space around them, except those that may end in blanks', () => {
  const warnings: string[] = [];
  const env = {
    TWILIO_ORG_CLIENT_ID: ' OQ1\n',
    TWILIO_ORG_STORE_PASSPHRASE: ' two blanks ',
    TWILIO_ORG_PROFILE: ' \t',
    OTHER: ' x ',
  };
  expect(cleanEnv(env, (text) => warnings.push(text))).toEqual({
    TWILIO_ORG_CLIENT_ID: 'OQ1',
    TWILIO_ORG_STORE_PASSPHRASE: ' two blanks ',
    OTHER: ' x ',
  });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('TWILIO_ORG_PROFILE');
});

test('the line end of a passphrase is not part of it, but older versions kept it', () => {
  expect(withoutLineEnd(' pass \r\n\n')).toBe(' pass ');
  expect(withLineEnd('pass\n')?.reveal()).toBe('pass\n');
  expect(withLineEnd('pass')).toBeUndefined();
  expect(withLineEnd()).toBeUndefined();
});

describe.each([
  ['client id', (text: string) => checkClientId(text, 'This')],
  ['client secret', (text: string) => checkClientSecret(text, 'This')],
  ['access token', (text: string) => checkAccessToken(text, 'This')],
])('as a %s', (_, check) => {
  it.each([`AC${hex}`, `SK${hex}`, `SK${hex}:canary-secret`])('%s is refused as what it is', (text) => {
    const told = verdict(() => check(text));
    expect(told).toMatch(/^This is an (Account SID|API key)/);
    expect(told).not.toContain(hex);
    expect(told).not.toContain('canary');
  });
});

test('credentials are taken without the white space around them', () => {
  expect(checkClientId(` OQ${hex}\n`, 'This')).toBe(`OQ${hex}`);
  expect(checkClientSecret(' canary ', 'This').reveal()).toBe('canary');
  expect(checkAccessToken(' a.b.c\n', 'This').reveal()).toBe('a.b.c');
});

test.each([
  ['a client id as a secret', () => checkClientSecret(`OQ${hex}`, 'This'), 'client id'],
  ['a client id as a token', () => checkAccessToken(`OQ${hex}`, 'This'), 'client id'],
  ['an Auth Token as a token', () => checkAccessToken(hex, 'This'), 'Auth Token'],
  ['a token with its scheme', () => checkAccessToken('Bearer a.b.c', 'This'), 'space'],
  ['a name and a password', () => checkAccessToken('ada:canary', 'This'), '":"'],
  ['a secret with a typographic quote', () => checkClientSecret('canary’', 'This'), 'U+2019'],
  ['an empty secret', () => checkClientSecret(' ', 'This'), 'empty'],
  ['an empty client id', () => checkClientId('', 'This'), 'empty'],
  ['another word as a client id', () => checkClientId('canary', 'This'), 'OQ'],
])('%s is refused without being repeated', (_, check, named) => {
  const told = verdict(check);
  expect(told).toMatch(/^This /);
  expect(told).toContain(named);
  expect(told).not.toContain('canary');
});

test('an organization is OR and 32 hexadecimal digits', () => {
  expect(checkOrganizationSid(`OR${hex}`, '--organization-sid')).toBe(`OR${hex}`);
  expect(() => checkOrganizationSid('OR1', '--organization-sid')).toThrow('"OR1"');
});
