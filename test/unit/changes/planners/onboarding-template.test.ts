import { expect, test } from 'vitest';
import {
  applyToRow,
  parseTemplate,
  throwIfTemplateInvalid,
} from '../../../../src/changes/planners/onboarding-template.ts';
import { noAccounts } from '../../../../src/organization/accounts.ts';
import { sid } from '../../../support/changes.ts';

const known = { organizationSid: sid('OR', 1), accounts: noAccounts };

function applied(template: unknown, given: Record<string, string>) {
  const cells = new Map(Object.entries(given));
  return applyToRow({ line: 2, cells, given, faults: [] }, parseTemplate(template, known).template);
}

test('variables are filled from the row, whose columns may go by other names', () => {
  const { cells, roles, faults } = applied(
    {
      user: { displayName: `\${First Name} \${givenName}!`, locale: 'en-US' },
      roles: [{ role: 'Support', scope: `\${team}` }],
    },
    { email: 'ada@example.com', givenName: 'Ada', team: 'org' },
  );
  expect(Object.fromEntries(cells)).toMatchObject({ displayName: 'Ada Ada!', locale: 'en-US' });
  expect(roles.map((role) => Object.fromEntries(role.cells))).toEqual([
    { email: 'ada@example.com', givenName: 'Ada', team: 'org' },
    { role: 'Support', scope: 'org' },
  ]);
  expect(faults).toEqual([]);
});

test('a value in the row wins over the template', () => {
  const { cells, faults } = applied(
    { user: { locale: `\${absent}` } },
    { email: 'a@b.example', locale: 'sv-SE' },
  );
  expect(cells.get('locale')).toBe('sv-SE');
  expect(faults).toEqual([]);
});

test('a variable without a value is an error of the row, once for each column', () => {
  const template = {
    user: { displayName: `\${familyName}`, locale: `\${ familyName }` },
    roles: [{ role: 'Support', scope: `\${account}` }],
  };
  const { cells, roles, faults } = applied(template, { email: 'a@b.example' });
  expect(faults).toEqual([
    { line: 2, column: 'familyName', problem: 'the template needs a value here' },
    { line: 2, column: 'account', problem: 'the template needs a value here' },
  ]);
  expect([...cells.keys()]).toEqual(['email']);
  expect(roles).toHaveLength(1);
});

test('a template may be empty', () => {
  expect(parseTemplate({}, known)).toEqual({
    template: { user: [], roles: [], variables: [] },
    problems: [],
  });
});

test.each<[unknown, string]>([
  [[], 'it is not a map'],
  [{ users: {} }, 'unknown key "users". Known keys: user, roles'],
  [{ roles: {} }, '"roles" is not a list'],
  [{ user: [] }, '"user" is not a map'],
  [{ user: { email: 'a@b.example' } }, 'unknown key "email" in "user". Known keys: displayName, '],
  [{ user: { locale: ' ' } }, '"locale" of "user" is not a text'],
  [{ user: { locale: `\${locale` } }, '"locale" of "user" has a variable without an end or a name'],
  [{ user: { locale: `\${ }` } }, '"locale" of "user" has a variable without an end or a name'],
  [{ roles: [{ role: 'A', scope: 'org' }, { scope: 'org' }] }, 'role 2: "role" is required'],
  [{ roles: [{ role: 'A' }] }, 'role 1: a role needs a scope'],
  [{ roles: [{ role: 'A', scope: 'mars' }] }, 'role 1: "mars" is not a scope'],
  [{ roles: [{ role: 'IX1', scope: sid('AC', 1) }] }, 'role 1: "IX1" is not a role'],
  [
    { roles: [{ role: 'A', scope: 'org', resource_id: '1' }] },
    'role 1: resource_type and resource_id go together',
  ],
])('the template %j is refused', (value, problem) => {
  expect(() => throwIfTemplateInvalid('t.yaml', parseTemplate(value, known).problems)).toThrow(
    expect.objectContaining({
      kind: 'usage',
      message: expect.stringContaining(`t.yaml is not a valid template: ${problem}`),
      hint: '`twilio-org users onboard --help` shows an example',
    }),
  );
});

test('all problems of a template are found at once, and the valid parts stay', () => {
  const { template, problems } = parseTemplate(
    {
      user: { active: 'perhaps', locale: 'en-US', externalId: 'x', displayName: 'Dr <clear>' },
      roles: [{ role: 'A' }, { role: 'B', scope: 'org' }, { role: 'C', scope: 'mars' }],
      more: {},
    },
    known,
  );
  expect(problems.map(({ place, problem }) => `${place}: ${problem}`)).toEqual([
    'undefined: unknown key "more". Known keys: user, roles',
    'undefined: "active" of "user": "perhaps" is neither true nor false',
    'undefined: "externalId" of "user": it must have 2 to 255 characters',
    'undefined: "displayName" of "user": <clear> empties a field only where nothing else stands in the cell',
    'role 1: a role needs a scope',
    'role 3: "mars" is not a scope',
  ]);
  expect(template.user).toEqual([['locale', 'en-US']]);
  expect(template.roles.map(({ place }) => place)).toEqual(['role 2']);
});

test('a cell to clear gives no variable a value', () => {
  const { faults } = applied(
    { user: { displayName: `\${givenName} X` } },
    { email: 'a@b.example', givenName: ' <CLEAR> ' },
  );
  expect(faults).toHaveLength(1);
});
