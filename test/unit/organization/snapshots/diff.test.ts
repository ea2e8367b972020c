import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Difference,
  differences,
  keyOf,
  type SnapshotObject,
} from '../../../../src/organization/snapshots/diff.ts';

/** The first list with the differences made in it, by key. */
function applied(before: readonly SnapshotObject[], found: readonly Difference[]) {
  const objects = new Map(before.map((object) => [keyOf(object), object]));
  for (const { sid, after } of found) {
    if (after === null) objects.delete(sid);
    else objects.set(sid, after);
  }
  return objects;
}

const byKey = (objects: readonly SnapshotObject[]) =>
  new Map(objects.map((object) => [keyOf(object), object]));

const user = fc.record(
  {
    id: fc.constantFrom('US1', 'US2', 'US3', 'US4', 'US5'),
    userName: fc.constantFrom('ada@example.com', 'kim@example.com'),
    active: fc.boolean(),
    name: fc.option(fc.record({ givenName: fc.constantFrom('Ada', 'Kim') }, { requiredKeys: [] })),
    emails: fc.array(fc.record({ value: fc.string() }), { maxLength: 2 }),
    meta: fc.record({ version: fc.string(), lastModified: fc.string() }, { requiredKeys: [] }),
    more: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: ['id'] },
);
const users = fc
  .uniqueArray(user, { selector: ({ id }) => id })
  .map((list) => JSON.parse(JSON.stringify(list)));

/** Objects of the other kinds, whose members a diff takes as they come. */
const others = fc
  .uniqueArray(
    fc.record(
      {
        sid: fc.constantFrom('IY1', 'IY2', 'IY3', 'IY4'),
        scope: fc.constantFrom('org', 'eu'),
        resource_id: fc.option(fc.constantFrom('bg_1', 'bg_2')),
        policy: fc.option(fc.record({ allow: fc.array(fc.constantFrom('/a', '/b'), { maxLength: 2 }) })),
        more: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: ['sid'] },
    ),
    { selector: ({ sid }) => sid },
  )
  .map((list) => JSON.parse(JSON.stringify(list)));

/** A user without what changes with every write. */
function plain({ meta, ...others }: SnapshotObject): SnapshotObject {
  const { version: _, lastModified: __, ...rest } = (meta ?? {}) as Record<string, unknown>;
  return meta === undefined ? others : { ...others, meta: rest };
}

describe('differences', () => {
  it('make the second list when they are applied to the first', () => {
    fc.assert(
      fc.property(users, users, (before, after) => {
        const found = differences('user', before, after, { withMeta: true });
        expect(applied(before, found)).toEqual(byKey(after));
        expect(new Set(found.map(({ sid }) => sid)).size).toBe(found.length);
      }),
    );
  });

  it.each(['role-assignment', 'role', 'account'] as const)('of the kind %s do so as well', (kind) => {
    fc.assert(
      fc.property(others, others, (before, after) => {
        expect(applied(before, differences(kind, before, after))).toEqual(byKey(after));
      }),
    );
  });

  it('are those that are left when version and time are not looked at', () => {
    fc.assert(
      fc.property(users, users, (before, after) => {
        const found = differences('user', before, after);
        const made = [...applied(before, found).values()];
        expect(byKey(made.map(plain))).toEqual(byKey(after.map(plain)));
        const needed = differences('user', before.map(plain), after.map(plain));
        const summary = (all: readonly Difference[]) =>
          all.map(({ sid, fields }) => [sid, fields.toSorted()]);
        expect(summary(found)).toEqual(summary(needed));
      }),
    );
  });

  it('are none between equal lists, in whatever order', () => {
    fc.assert(
      fc.property(users, (list) => {
        expect(differences('user', list, list.toReversed(), { withMeta: true })).toEqual([]);
      }),
    );
  });

  it('name each member that was added, removed or changed by its path', () => {
    const before = { id: 'US1', active: true, name: { givenName: 'Ada' }, emails: [], locale: 'sv-SE' };
    const after = { id: 'US1', active: false, name: { givenName: 'Kim', familyName: 'B' }, emails: [] };
    expect(differences('user', [before], [after])[0]?.fields).toEqual([
      'active',
      'name.givenName',
      'name.familyName',
      'locale',
    ]);
  });
});
