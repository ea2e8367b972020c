import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../../src/cli/filter/predicate.ts';
import { userRolesView } from '../../../../src/cli/output/views.ts';
import type { View } from '../../../../src/platform/terminal/view.ts';

const view = userRolesView();
const ada = {
  id: 'US1',
  userName: 'Ada@Example.com',
  displayName: 'Ada Lovelace',
  externalId: '',
  active: true,
  name: { givenName: 'Zoë' },
  emails: [
    { value: 'ada@example.com', primary: true, type: 'work' },
    { value: 'ada@home.example', type: 'home' },
  ],
  meta: { lastModified: '2025-01-01T12:00:00.123456789Z', created: '2024-12-31T23:59:59Z' },
  roles: [
    { role_name: 'Admin', scope: 'OR1', resource_type: null },
    { role_name: 'Support', scope: 'AC1' },
  ],
};

describe('a filter', () => {
  test.each<[text: string, fits: boolean]>([
    ['active = true', true],
    ['active = "TRUE"', true],
    ['active != true', false],
    ['userName = ada@example.COM', true],
    ['userName != ada@example.COM', false],
    ['displayName contains LOVE', true],
    ['displayName starts with ada and displayName ends with lace', true],
    ['displayName in (Grace, "ada lovelace")', true],
    [`name.givenName = ${'ZOË'.normalize('NFD')}`, true],
    ['userName < b and userName >= ada', true],
    // Lists: one entry is enough, but for != none may be equal.
    ['emails = ada@home.example', true],
    ['emails != ada@home.example', false],
    ['emails != other@example.com', true],
    ['emails.type = home', true],
    ['emails.primary = true', true],
    ['emails.1.value ends with .example', true],
    ['emails.2.value ends with .example', false],
    ['roles.role_name = support', true],
    ['roles.role_name in (Owner, Admin) and roles.scope = ac1', true],
    ['roles is not empty and roles.resource_type is empty', true],
    // Missing values.
    ['locale = sv-SE', false],
    ['locale != sv-SE', false],
    ['not locale = sv-SE', true],
    ['locale is empty and externalId is empty and not emails is empty', true],
    ['name is empty', false],
    ['externalId = ""', true],
    ['displayName is not empty', true],
    // Times: a day is the whole day in UTC.
    ['meta.lastModified = 2025-01-01', true],
    ['meta.lastModified != 2025-01-01', false],
    ['meta.lastModified < 2025-01-01', false],
    ['meta.lastModified <= 2025-01-01', true],
    ['meta.lastModified > 2025-01-01', false],
    ['meta.lastModified > 2024-12-31', true],
    ['meta.lastModified >= 2025-01-01', true],
    ['meta.created = 2024-12-31', true],
    ['meta.created < 2025-01-01', true],
    ['meta.lastModified > 2025-01-01T12:59+01:00', true],
    ['meta.lastModified < "2025-01-01 12:00:00.124"', true],
    ['meta.lastModified in (2024-01-01, 2025-01-01)', true],
    ['meta.created >= 2025-01-01T00:00:00+02:00', true],
    // Precedence.
    ['active = false or active = true and not userName = x', true],
    ['not active = true or userName = x', false],
  ])('%s: %j', (text, fits) => {
    expect(compileFilter(view, text).matches(ada)).toBe(fits);
  });

  test('compares with the value of another kind, or none, as with a missing one', () => {
    const row = { active: 'yes', emails: null, meta: { created: 'soon', lastModified: 7 } };
    for (const text of ['active = true', 'active != true', 'emails = x', 'meta.created < 2030-01-01'])
      expect([text, compileFilter(view, text).matches(row)]).toEqual([text, false]);
  });

  test('compares numbers as numbers', () => {
    const numbers: View = { fields: ['n'], columns: ['n'], kinds: { n: 'number' } };
    const fits = (text: string, n: unknown) => compileFilter(numbers, text).matches({ n });
    expect(fits('n > 9', 10)).toBe(true);
    expect(fits('n <= 1.50', 1.5)).toBe(true);
    expect(fits('n = 1', '1')).toBe(false);
  });

  test.each<[text: string, mark: string, message: string, hint: string]>([
    ['usrName = x', '^', 'unknown field "usrName"', 'Did you mean userName? Known fields: id, userName,'],
    ['active = true and b = 1 or a = c', '                  ^', 'unknown fields "b", "a"', 'Known fields: '],
    ['active = maybe', '         ^', 'active is true or false, not "maybe"', 'Write true or false'],
    ['active > false', '^', 'active is true or false, and does not go with >', 'with = or !='],
    [
      'meta.created contains 2025',
      '^',
      'meta.created is a time, and does not go with contains',
      'with =, !=, <',
    ],
    ['meta.created < 2025-02-30', '               ^', 'meta.created is a time, not "2025-02-30"', 'UTC'],
    ['meta.created < 2025-01-01T25:00', '               ^', 'is a time, not', 'such as 2025-01-31'],
    [
      'id in (x) and meta.created in (2025-01-01, x)',
      '                                           ^',
      'a time, not "x"',
      'UTC',
    ],
    ['name = Ada', '^', 'name has several values', 'Compare one of name.givenName, name.familyName'],
    ['roles = Admin', '^', 'roles has several values', 'roles.role_name'],
    ['__proto__ = x', '^', 'unknown field', 'Known fields'],
    ['emails.size = x', '^', 'unknown field', 'emails.value'],
  ])('%s is refused at the place of the mistake', (text, mark, message, hint) => {
    expect(() => compileFilter(view, text)).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
        excerpt: { text, at: mark.length - 1 },
      }),
    );
  });

  test('fits the same rows as a search through all values by hand', () => {
    const values = ['a', 'B', 'ab', '10'];
    const row = fc.record(
      {
        x: fc.constantFrom(...values, '', null),
        list: fc.array(fc.constantFrom(...values), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    type Row = { x?: string | null; list?: string[] };
    const plain: View = { fields: ['x', 'list'], columns: ['x'] };
    const byHand: Record<string, (value: string, wanted: string) => boolean> = {
      '=': (value, wanted) => value === wanted,
      '<': (value, wanted) => value < wanted,
      '>': (value, wanted) => value > wanted,
      '<=': (value, wanted) => value <= wanted,
      '>=': (value, wanted) => value >= wanted,
      contains: (value, wanted) => value.indexOf(wanted) >= 0,
      'starts with': (value, wanted) => value.indexOf(wanted) === 0,
      'ends with': (value, wanted) => value.slice(value.length - wanted.length) === wanted,
    };
    const valuesOf = (row: Row, path: 'x' | 'list') =>
      (path === 'list' ? (row.list ?? []) : row.x == null ? [] : [row.x]).map((text) => text.toLowerCase());
    const condition = fc
      .record({
        path: fc.constantFrom('x' as const, 'list' as const),
        operator: fc.constantFrom(...Object.keys(byHand), '!='),
        wanted: fc.constantFrom(...values),
      })
      .map(({ path, operator, wanted }) => ({
        text: `${path} ${operator} ${wanted}`,
        fits(row: Row) {
          const found = valuesOf(row, path);
          if (operator === '!=') return found.length > 0 && !found.includes(wanted.toLowerCase());
          return found.some((value) => byHand[operator]?.(value, wanted.toLowerCase()) === true);
        },
      }));
    const three = fc.tuple(condition, condition, condition);
    fc.assert(
      fc.property(three, fc.array(row), ([a, b, c], rows) => {
        const { matches } = compileFilter(plain, `not ${a.text} and (${b.text} or ${c.text})`);
        const wanted = rows.filter((row) => !a.fits(row) && (b.fits(row) || c.fits(row)));
        expect(rows.filter(matches)).toEqual(wanted);
      }),
    );
  });
});
