import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileOrder } from '../../../../src/cli/filter/order.ts';
import { userRolesView, userView } from '../../../../src/cli/output/views.ts';

const rows = [
  {
    id: '1',
    userName: 'b@x',
    active: true,
    meta: { created: '2025-01-01T00:00:00+02:00' },
    emails: [{ value: 'z' }],
  },
  { id: '2', userName: 'A@x', active: false, meta: { created: '2024-12-31T23:00:00Z' }, displayName: '' },
  { id: '3', userName: 'a@x', active: true, meta: {}, displayName: 'Äpfel' },
  { id: '4', userName: 'c@x', meta: { created: '2023-01-01T00:00:00Z' }, emails: [{ value: 'Y' }] },
];

describe('an order', () => {
  test.each<[keys: string[], ids: string]>([
    [['userName'], '2314'],
    [['-userName'], '4123'],
    [['userName:desc'], '4123'],
    [['userName:ASC'], '2314'],
    [['active', 'userName'], '2314'],
    [['active:desc', '-userName'], '1324'],
    [['meta.created'], '4123'],
    [['-meta.created'], '2143'],
    [['emails'], '4123'],
    [['emails.0.value:desc'], '1423'],
    [['displayName'], '3124'],
    [['locale'], '1234'],
  ])('by %j', (keys, ids) => {
    const sorted = compileOrder(userView, keys).sorted(rows) as typeof rows;
    expect(sorted.map(({ id }) => id).join('')).toBe(ids);
    expect(rows[0]?.id).toBe('1');
  });

  test.each<[keys: string[], message: string, hint: string]>([
    [['usrName', 'id', 'x:desc'], 'Unknown fields "usrName", "x" in --sort', 'Did you mean userName?'],
    [['userName:down'], 'Unknown field "userName:down" in --sort', 'Known fields: id,'],
    [['roles'], '--sort roles: it has several values', 'roles.role_sid, roles.role_name'],
  ])('by %j is refused', (keys, message, hint) => {
    expect(() => compileOrder(userRolesView(), keys)).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  test('keeps all rows, equal ones in their order', () => {
    const row = fc.record({
      userName: fc.constantFrom('a', 'A', 'b', null),
      active: fc.option(fc.boolean()),
    });
    fc.assert(
      fc.property(fc.array(row), (found) => {
        const indexed = found.map((each, index) => ({ ...each, id: String(index) }));
        const sorted = compileOrder(userView, ['userName']).sorted(indexed) as typeof indexed;
        const group = (wanted: string | undefined) =>
          indexed.filter(({ userName }) => userName?.toLowerCase() === wanted);
        expect(sorted).toEqual([...group('a'), ...group('b'), ...group(undefined)]);
      }),
    );
  });
});
