import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRulesFile } from '../../../../src/changes/lint-rules/load.ts';
import { indexAccounts } from '../../../../src/organization/accounts.ts';
import type { AppError } from '../../../../src/platform/core/errors.ts';
import { account, org } from '../../../support/lint.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lint-rules-'));
const file = path.join(folder, 'lint.yaml');
const scopes = {
  organizationSid: org,
  accounts: indexAccounts([{ sid: account, name: 'EU production' }]),
};

function load(text: string | Buffer) {
  writeFileSync(file, text);
  return loadRulesFile(file, scopes);
}

/** The problems of a file, each without its name. */
async function problemsOf(text: string | Buffer): Promise<string[]> {
  const error: AppError = await load(text).then(
    () => Promise.reject(new Error('The file has no problem')),
    (problem) => problem,
  );
  expect(error.kind).toBe('usage');
  return (error.listed?.lines ?? [error.message]).map((line) => line.replace(`${file}:`, ''));
}

const because = 'because: on leave';

describe('a file of rules', () => {
  test('gives settings, domains, pairs, own rules and suppressions', async () => {
    const rules = await load(`
# Reviewed each quarter.
rules:
  many-admins: { max: 8, severity: note }
  wider-than-others: off
  no-guards: false
  many-roles: error
domains: [Example.com, '*.example.org']
admin_roles: Admin
assume_inheritance: yes
separate:
  - roles: [Billing, Support]
    severity: warning
  - { roles: [Billing], permissions: [/twilio/iam/*], same_scope: true }
own:
  - id: production-admins
    role: Admin
    scope: EU production
    only: [ada@example.com, 'external:4711', '*@ops.example.com']
    summary: only operations
suppress:
  - { rule: production-admins, person: kim@example.com, scope: org, ${because}, until: 2027-01-31 }
`);
    expect(rules).toEqual({
      rules: new Map([
        ['many-admins', { severity: 'note', numbers: { max: 8 } }],
        ['wider-than-others', { isOff: true }],
        ['no-guards', { isOff: true }],
        ['many-roles', { severity: 'error' }],
      ]),
      domains: ['example.com', '*.example.org'],
      adminRoles: [expect.objectContaining({ value: 'Admin', line: 9 })],
      assumeInheritance: true,
      separate: [
        expect.objectContaining({ sameScope: false, severity: 'warning', line: 12 }),
        expect.objectContaining({ sameScope: true, severity: undefined, line: 14 }),
      ],
      own: [
        expect.objectContaining({
          id: 'production-admins',
          scope: account,
          only: [{ userName: 'ada@example.com' }, { externalId: '4711' }, { pattern: '*@ops.example.com' }],
          summary: 'only operations',
        }),
      ],
      suppress: [
        expect.objectContaining({
          rule: 'production-admins',
          person: { userName: 'kim@example.com' },
          scope: org,
          because: 'on leave',
          until: '2027-01-31',
          place: { file, line: 22, column: 5 },
        }),
      ],
    });
  });

  test.each(['', '# nothing yet\n', '{}'])('may be empty: %j', async (text) => {
    expect((await load(text)).suppress).toEqual([]);
  });

  test.each([
    // Structure
    ['[]', '1:1: the file must be a map (name: value)'],
    ['domain: [example.com]', '1:1: unknown key "domain" in the file. Did you mean "domains"?'],
    ['domains: [example.com]\ndomains: []', '2:1: the key "domains" is there twice; the first is in line 1'],
    ['domains: [example.com', '1:22: a "]" is missing before this place. It closes a ['],
    ['domains: &d [example.com]', '1:13: anchors (&) and aliases (*) are not supported'],
    [Buffer.from([0xff, 0xfe, 0x41, 0]), '1:1: the file is UTF-16, but must be UTF-8. Save it as UTF-8'],
    // Rules
    ['rules: { many-admin: off }', '1:10: unknown key "many-admin" in "rules". Did you mean "many-admins"?'],
    ['rules: { many-admins: { max: 0 } }', '1:30: "max" must be a whole number above 0'],
    ['rules: { many-admins: { max: 2.5 } }', '1:30: "max" must be a whole number above 0'],
    [
      'rules: { many-admins: { min: 1 } }',
      '1:25: unknown key "min" in the rule "many-admins". Known keys: severity, max',
    ],
    [
      'rules: { no-guards: { severity: warn } }',
      '1:33: "warn" is not a severity. Known: error, warning, note',
    ],
    ['rules: { no-guards: of }', '1:21: "of" is not a setting of a rule'],
    // Domains
    ['domains: ["@example.com"]', '1:11: "@example.com" is not a domain. Write it as example.com'],
    ['domains: [example]', '1:11: "example" is not a domain'],
    // Pairs
    ['separate:\n  - roles: [Billing]', '2:5: an entry of "separate" needs two roles or permissions'],
    ['separate:\n  - permissions: [twilio, /twilio/*]', '2:19: "twilio" is not a permission'],
    ['separate:\n  - { roles: [A, B], same_scope: perhaps }', '"perhaps" is not an answer'],
    [`separate:\n  - roles: [A, US${'0'.repeat(32)}]`, `2:16: "US${'0'.repeat(32)}" is not a role`],
    // Own rules
    ['own:\n  - { role: Admin, only: [] }', '2:5: "id" of an own rule is missing'],
    ['own:\n  - { id: a-b, role: Admin }', '2:5: "only" of an own rule is missing'],
    ['own:\n  - { id: a-b, only: [] }', '2:5: an own rule needs either "role" or "can"'],
    ['own:\n  - { id: no-guards, role: Admin, only: [] }', '2:11: "no-guards" is the id of a built-in rule'],
    ['own:\n  - { id: A B, role: Admin, only: [] }', `2:11: "A B" can't be the id of a rule`],
    [
      'own:\n  - { id: a, role: R, only: [] }\n  - { id: a, role: R, only: [] }',
      '3:11: the rule in line 2 has',
    ],
    ['own:\n  - { id: a, role: R, only: [ada] }', '2:30: "ada" is not a user'],
    [
      'own:\n  - { id: a, role: R, only: [], scope: EU prod }',
      '"EU prod" is not a scope. Did you mean "EU production"?',
    ],
    // Suppressions
    [`suppress:\n  - { rule: no-guards, ${because} }`, '2:5: "until" of a suppression is missing'],
    ['suppress:\n  - { rule: no-guards, until: 2027-01-31 }', '2:5: "because" of a suppression is missing'],
    [`suppress:\n  - { rule: no-guards, ${because}, until: 2027-02-30 }`, '"2027-02-30" is not a day'],
    [`suppress:\n  - { rule: no-guards, ${because}, until: 31.1.2027 }`, 'Write it as YYYY-MM-DD'],
    [
      `suppress:\n  - { person: a@b.co, ${because}, until: 2027-01-31 }`,
      'a suppression needs "rule" or "fingerprint"',
    ],
    [
      `suppress:\n  - { rule: no-guard, ${because}, until: 2027-01-31 }`,
      '2:13: "no-guard" is not the id of a rule. Did you mean no-guards?',
    ],
    [`suppress:\n  - { rule: unused-suppression, ${because}, until: 2027-01-31 }`, `can't be suppressed`],
    [`suppress:\n  - { fingerprint: abc, ${because}, until: 2027-01-31 }`, '"abc" is not a fingerprint'],
    [
      `suppress:\n  - { rule: no-guards, because: "", until: 2027-01-31 }`,
      '2:33: "because" must not be empty',
    ],
  ])('names the place of what is wrong: %j', async (text, problem) => {
    expect(await problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });

  test('has all of its problems named at once, in their order', async () => {
    const problems = await problemsOf(
      'suppress:\n  - { rule: x-y }\ndomain: []\nrules: { no-guards: loud }\nown:\n  - {}\n',
    );
    expect(problems.map((each) => each.split(':')[0])).toEqual(['2', '2', '2', '3', '4', '6', '6', '6']);
  });

  test('that is missing is said to be missing', async () => {
    await expect(loadRulesFile(path.join(folder, 'none.yaml'), scopes)).rejects.toThrow(
      'there is no such file',
    );
  });
});
