import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFields, project, valueAt } from '../../../../src/platform/terminal/projection.ts';

const view = { fields: ['id', 'name.givenName', 'name.familyName', 'emails'], columns: ['id'] };

describe('checkFields', () => {
  test.each(['id', 'name.givenName', 'name', 'emails', 'emails.0', 'emails.0.value', 'emails.12.type'])(
    'accepts %s',
    (field) => {
      expect(() => checkFields(view, [field])).not.toThrow();
    },
  );

  test.each([
    'nam',
    'name.',
    '',
    '.',
    'ID',
    'emails.value',
    'emails.0.',
    'emails..0',
    '0',
    '0.id',
    'name.given',
    'x.0',
    '__proto__',
    'constructor',
  ])('refuses %j with a usage error that lists the known fields', (field) => {
    expect(() => checkFields(view, ['id', field])).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: `Unknown field "${field}"`,
        hint: 'Known fields: id, name.givenName, name.familyName, emails',
      }),
    );
  });

  test('names all unknown fields at once', () => {
    expect(() => checkFields(view, ['a', 'id', 'b'])).toThrow('Unknown fields "a", "b"');
  });

  test('refuses an empty list', () => {
    expect(() => checkFields(view, [])).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('valueAt', () => {
  const row = { id: 'US1', name: { givenName: null }, emails: [{ value: 'a@b' }] };
  test.each([
    ['id', 'US1'],
    ['name.givenName', null],
    ['name.familyName', undefined],
    ['name.givenName.more', undefined],
    ['emails.0.value', 'a@b'],
    ['emails.1.value', undefined],
    ['emails.length', undefined],
    ['id.length', undefined],
    ['constructor', undefined],
    ['__proto__.toString', undefined],
  ])('finds at %s the value %j', (path, expected) => {
    expect(valueAt(row, path)).toEqual(expected);
  });
});

describe('picker', () => {
  const row = {
    id: 'US1',
    name: { givenName: 'A', familyName: null },
    emails: [{ value: 'a' }, { value: 'b', type: 'work' }],
  };

  test.each([
    [['name.givenName'], { name: { givenName: 'A' } }],
    [['name.familyName'], { name: { familyName: null } }],
    [['name.givenName', 'name'], { name: row.name }],
    [['name', 'name.givenName'], { name: row.name }],
    [['emails.0.value'], { emails: [{ value: 'a' }] }],
    [['emails.1.value'], { emails: [null, { value: 'b' }] }],
    [['emails.1.value', 'emails.1.type', 'id'], { emails: [null, { value: 'b', type: 'work' }], id: 'US1' }],
    [['missing', 'name.missing', 'emails.9.value'], {}],
  ])('with %j keeps these members, nested as before', (paths, expected) => {
    expect(JSON.stringify(project(paths)(row))).toBe(JSON.stringify(expected));
  });

  test('does not change the row', () => {
    const before = JSON.stringify(row);
    project(['name', 'name.givenName', 'emails.1'])(row);
    expect(JSON.stringify(row)).toBe(before);
  });

  test('gives an empty object for a row that is none', () => {
    expect([null, 'text', 3, undefined].map(project(['id']))).toEqual([{}, {}, {}, {}]);
  });

  test('keeps each value at its path', () => {
    const name = fc.constantFrom('a', 'b', '0', '1', '__proto__', 'constructor');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.integer(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree')),
      ),
    }));
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'));
    fc.assert(
      fc.property(tree, fc.array(path, { minLength: 1 }), (value, paths) => {
        const picked = project(paths)(value);
        for (const each of paths) expect(valueAt(picked, each)).toEqual(valueAt(value, each));
        expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(picked));
      }),
    );
  });
});
