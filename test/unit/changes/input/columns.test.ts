import { describe, expect, it, test } from 'vitest';
import {
  type Columns,
  columnName,
  columnOf,
  namesOf,
  validatePolicy,
} from '../../../../src/changes/input/columns.ts';
import { userInputSchema } from '../../../../src/changes/planners/import-users.ts';

const columns: Columns = {
  names: { email: ['mail', 'workemail'], givenName: ['firstname'], active: [], role_sid: [] },
  logins: { email: ['username'] },
  opposites: { active: ['blocksignin'] },
  required: ['email'],
};

describe('the column of a title', () => {
  it.each([
    ['email', 'email'],
    ['E-Mail', 'email'],
    ['MAIL', 'email'],
    ['Work Email', 'email'],
    ['Role SID', 'role_sid'],
    ['role_sid', 'role_sid'],
    ['First Name [Required]', 'givenName'],
    ['First name *', 'givenName'],
    ['First name (required)', 'givenName'],
    ['Vorname [givenName] Required', 'givenName'],
    ['First\u00a0name', 'givenName'],
  ])('is found by its letters, by an alias or by its attribute: %s', (title, name) => {
    expect(columnOf(title, columns)).toEqual({ name, rank: 1 });
  });

  it('may be a login, which counts less', () => {
    expect(columnOf('User name', columns)).toEqual({ name: 'email', rank: 0 });
  });

  it('may mean the opposite of ours, whatever attribute the title names', () => {
    expect(columnOf('Block sign in (Yes/No) [active] Required', columns)).toEqual({
      name: 'active',
      rank: 1,
      opposite: true,
    });
  });

  it.each(['id', 'Line', 'outcome', 'meta.version', 'emails.0.value'])(
    'is skipped for our own %s',
    (title) => {
      expect(columnOf(title, columns)).toEqual({ skipped: 'own' });
    },
  );

  it.each(['Manager', 'Personal email', 'Email 2', 'Work Phone', 'Role', '***'])(
    'is unused where nothing uses it: %s',
    (title) => {
      expect(columnOf(title, columns)).toEqual({ unused: true });
    },
  );

  it.each([
    ['Frist name', 'firstname'],
    ['Fisrtname', 'firstname'],
    ['givenNam', 'givenName'],
    ['e-mial', 'email'],
    ['Actve', 'active'],
  ])('is a slip where it is nearly a known one: %s', (title, slipOf) => {
    expect(columnOf(title, columns)).toEqual({ unused: true, slipOf });
  });

  it('is what the user says it is', () => {
    const policy = { map: [['Contact', 'E-mail']] as const, ignore: ['Manager,Frist name', 'Last, first'] };
    expect(columnOf('contact', columns, policy)).toEqual({ name: 'email', rank: 2 });
    for (const title of ['manager', 'Frist name', 'Last, first']) {
      expect(columnOf(title, columns, policy)).toEqual({ skipped: 'wanted' });
    }
  });

  it('may be one that only this input uses', () => {
    const open = { ...columns, others: ['costcenter'] };
    expect(columnOf('Cost Center', open)).toEqual({ name: 'costcenter', rank: 1 });
    expect(columnOf('Cost Centre', open)).toEqual({ unused: true, slipOf: 'costcenter' });
  });
});

test('a variable goes by the name of its column, or by its letters', () => {
  expect(columnName('First Name', columns)).toBe('givenName');
  expect(columnName('Cost Center', columns)).toBe('costcenter');
  expect(columnName('***', columns)).toBe('***');
});

test('a column can only be mapped to one that there is', () => {
  expect(() => validatePolicy({ map: [['Work Email', 'emial']] }, columns)).toThrow(
    expect.objectContaining({
      kind: 'usage',
      message: '--map "Work Email=emial": unknown column "emial"',
      hint: expect.stringContaining('Known columns: email, givenName, active, role_sid'),
    }),
  );
});

test('the known columns name the opposite of active', () => {
  expect(namesOf(userInputSchema)).toContain('active, disabled, role');
});
