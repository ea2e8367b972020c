import { describe, expect, test } from 'vitest';
import type { Change, ChangeOf, ChangeResult } from '../../../../src/changes/plan/change.ts';
import {
  changeKinds,
  checkStatus,
  isChangeKind,
  kindOf,
  toMutation,
} from '../../../../src/changes/plan/change-kinds.ts';
import type { UndoState } from '../../../../src/changes/plan/kinds/change-kind.ts';
import { AssignmentIndex } from '../../../../src/organization/assignments.ts';
import type { ApiReader } from '../../../../src/twilio/mutation.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { ada, adasRole, changes, deactivation, sid, userIndex } from '../../../support/changes.ts';

test('the list has every kind of change', () => {
  expect(changeKinds.toSorted()).toEqual(Object.keys(changes).toSorted());
  for (const name of ['toString', 'rename-user', undefined, 1]) expect(isChangeKind(name)).toBe(false);
});

describe('the request of a change', () => {
  const requestOf = (change: Change, createdUser?: string) => {
    const { method, path, headers } = toMutation(change, createdUser).request;
    return { method, path, ...(headers === undefined ? {} : { headers }) };
  };

  test.each<[Change, object]>([
    [changes['create-user'], { method: 'POST', path: '/scim/v2/Users' }],
    [
      changes['update-user'],
      { method: 'PUT', path: `/scim/v2/Users/${ada.id}`, headers: { 'if-match': 'W/1' } },
    ],
    [changes['delete-user'], { method: 'DELETE', path: `/scim/v2/Users/${ada.id}` }],
    [changes['create-assignment'], { method: 'POST', path: '/v2/Organizations/RoleAssignments' }],
    [
      changes['delete-assignment'],
      { method: 'DELETE', path: `/v2/Organizations/RoleAssignments/${adasRole.sid}` },
    ],
  ])('$do has its method, path and condition', (change, expected) => {
    expect(requestOf(change)).toEqual(expected);
  });

  test('a role for a new user goes to the user that was created', () => {
    const change: Change = { ...changes['create-assignment'], grant: { ...adasRole, identity: null } };
    expect(toMutation(change, sid('US', 2)).request.body).toMatchObject({ identity: sid('US', 2) });
    expect(() => toMutation(change, undefined)).toThrow(Error);
  });

  test('a request of the user is not kept, so it can not be sent again', () => {
    expect(() => toMutation(changes['send-request'], undefined)).toThrow(`POST /v1/Users/${ada.id}`);
  });
});

describe('the result of a change', () => {
  test('of a user has the SID and the version', () => {
    expect(toMutation(changes['update-user'], undefined).parse(ada)).toEqual({
      made: { sid: ada.id, version: 'W/1' },
      object: ada,
    });
  });

  test('of a role has its SID', () => {
    expect(toMutation(changes['create-assignment'], undefined).parse(adasRole).made).toEqual({
      sid: adasRole.sid,
    });
    expect(toMutation(changes['delete-assignment'], undefined).parse(undefined).made).toEqual({
      sid: adasRole.sid,
    });
  });

  test('that others made is marked as found', () => {
    const mutation = toMutation(changes['create-assignment'], undefined);
    expect(mutation.asFound?.(mutation.parse(adasRole)).made).toEqual({ sid: adasRole.sid, found: true });
  });
});

describe('the status of a change that was planned some time ago', () => {
  /** An API with this user, or none. */
  function api(user: User | undefined): ApiReader {
    return {
      url: 'http://127.0.0.1:1',
      async send({ path }) {
        if (path.includes('RoleAssignments'))
          return { content: user ? [adasRole] : [], meta: { next_page_url: null } };
        if (path.includes('filter')) return { Resources: user ? [user] : [], totalResults: user ? 1 : 0 };
        return user;
      },
    };
  }
  const statusOf = (change: Change, user: User | undefined) => checkStatus(change, undefined, api(user));

  test('a user to create is to do, or there already', async () => {
    const change = changes['create-user'];
    const grace = { ...ada, userName: 'grace@example.com', name: { givenName: 'Grace' } };
    expect(await statusOf(change, undefined)).toEqual({ is: 'to do', step: change });
    expect(await statusOf(change, grace)).toMatchObject({ is: 'done', made: { sid: ada.id } });
    expect(await statusOf(change, { ...grace, name: null })).toMatchObject({ is: 'superseded' });
  });

  test('a user to change is done when the fields hold', async () => {
    const after = { ...ada, displayName: 'Ada King', meta: { version: 'W/2' } };
    expect(await statusOf(changes['update-user'], after)).toMatchObject({
      is: 'done',
      made: { sid: ada.id, version: 'W/2' },
    });
  });

  test('a user to change is sent on the current version when others changed other fields', async () => {
    const now = { ...ada, locale: 'de', meta: { version: 'W/2' } };
    expect(await statusOf(changes['update-user'], now)).toEqual({
      is: 'to do',
      step: { ...changes['update-user'], user: now },
    });
  });

  test('a user to change is left to others who changed the same field', async () => {
    const now = { ...ada, displayName: 'Countess', meta: { version: 'W/2' } };
    expect(await statusOf(changes['update-user'], now)).toMatchObject({
      is: 'superseded',
      why: expect.stringContaining('displayName'),
    });
  });

  test('a user whose state Twilio does not tell is left alone', async () => {
    const { active: _, ...silent } = ada;
    expect(await statusOf(changes['update-user'], silent)).toMatchObject({ is: 'superseded' });
    expect(await statusOf(changes['delete-user'], silent)).toMatchObject({ is: 'superseded' });
  });

  test('a user to deactivate is done when inactive', async () => {
    expect(await statusOf(changes['delete-user'], ada)).toMatchObject({ is: 'to do' });
    expect(await statusOf(changes['delete-user'], { ...ada, active: false })).toMatchObject({ is: 'done' });
  });

  test('roles are looked up', async () => {
    expect(await statusOf(changes['create-assignment'], ada)).toMatchObject({ is: 'done' });
    expect(await statusOf(changes['create-assignment'], undefined)).toMatchObject({ is: 'to do' });
    expect(await statusOf(changes['delete-assignment'], ada)).toMatchObject({ is: 'to do' });
    expect(await statusOf(changes['delete-assignment'], undefined)).toMatchObject({ is: 'done' });
  });

  test('a request of the user has none', async () => {
    await expect(statusOf(changes['send-request'], ada)).rejects.toMatchObject({ kind: 'usage' });
  });

  test('a role known by its SID alone can not be verified', () => {
    const change: Change = { do: 'delete-assignment', assignment: { sid: adasRole.sid } };
    expect(kindOf(change).isVerifiable(change)).toBe(false);
    for (const each of Object.values(changes)) expect(kindOf(each).isVerifiable(each)).toBe(true);
  });
});

describe('access', () => {
  const removes = (change: Change) => kindOf(change).removesAccess(change);
  const gives = (change: Change) => kindOf(change).givesAccessTo(change);
  const inactive = { ...ada, active: false };

  test('is removed by deactivating an active user and by taking a role away', () => {
    expect([deactivation, changes['delete-user'], changes['delete-assignment']].map(removes)).toEqual([
      true,
      true,
      true,
    ]);
    const harmless: Change[] = [
      changes['create-user'],
      changes['update-user'],
      changes['create-assignment'],
      changes['send-request'],
      { do: 'delete-user', user: inactive },
      { do: 'update-user', user: inactive, fields: { active: false } },
    ];
    expect(harmless.map(removes)).toEqual(harmless.map(() => false));
  });

  test('counts as removed where it is unknown whether the user is active', () => {
    const { active: _, ...silent } = ada;
    expect(removes({ do: 'delete-user', user: silent })).toBe(true);
  });

  test('is given by activating an inactive user and by a role for an existing user', () => {
    expect(gives({ do: 'update-user', user: inactive, fields: { active: true } })).toBe(ada.id);
    expect(gives(changes['create-assignment'])).toBe(ada.id);
    expect(gives({ do: 'update-user', user: ada, fields: { active: true } })).toBeUndefined();
    expect(gives({ do: 'create-assignment', grant: { ...adasRole, identity: null } })).toBeUndefined();
    expect(gives(deactivation)).toBeUndefined();
  });
});

describe('the change that undoes another', () => {
  function inverse<C extends Change>(
    change: C,
    now: Partial<UndoState> & { users?: User[] },
    made: ChangeResult = {},
  ) {
    return kindOf(change).inverse(change, made, undefined, {
      directory: userIndex(...(now.users ?? [])),
      holdings: now.holdings ?? new AssignmentIndex([]),
      restoredSids: now.restoredSids ?? new Map(),
    });
  }
  const note = (text: string) => ({ note: expect.stringContaining(text) });

  test('deactivates a user that was created', () => {
    const grace = { ...ada, userName: 'grace@example.com', name: { givenName: 'Grace' } };
    const made = { sid: ada.id };
    expect(inverse(changes['create-user'], { users: [grace] }, made)).toEqual({
      step: { do: 'update-user', user: grace, fields: { active: false } },
    });
    expect(inverse(changes['create-user'], {}, made)).toEqual(note('grace@example.com'));
    expect(inverse(changes['create-user'], { users: [{ ...grace, active: false }] }, made)).toEqual(
      note('no longer active'),
    );
    expect(
      inverse(changes['create-user'], { users: [{ ...grace, name: { givenName: 'G' } }] }, made),
    ).toEqual(note('givenName'));
  });

  test('gives a user the old fields back, and empties those that were empty', () => {
    const change: ChangeOf<'update-user'> = {
      do: 'update-user',
      user: ada,
      fields: { displayName: 'Ada King', locale: 'de' },
    };
    const now = { ...ada, displayName: 'Ada King', locale: 'de', meta: { version: 'W/2' } };
    expect(inverse(change, { users: [now] })).toEqual({
      step: { do: 'update-user', user: now, fields: { displayName: 'Ada', locale: null } },
    });
  });

  test('leaves a user alone whose fields others have changed, or put back', () => {
    expect(inverse(changes['update-user'], { users: [{ ...ada, displayName: 'Countess' }] })).toEqual(
      note('displayName'),
    );
    expect(inverse(changes['update-user'], { users: [ada] })).toEqual(note('ada@example.com'));
    expect(inverse(changes['update-user'], {})).toEqual(note('ada@example.com'));
  });

  test('activates a user that was deactivated', () => {
    const inactive = { ...ada, active: false };
    expect(inverse(changes['delete-user'], { users: [inactive] })).toEqual({
      step: { do: 'update-user', user: inactive, fields: { active: true } },
    });
    expect(inverse(changes['delete-user'], { users: [ada] })).toEqual(note('active'));
    expect(inverse(changes['delete-user'], {})).toEqual(note('ada@example.com'));
  });

  test('takes a role away that was given, also under the SID that another undo gave it', () => {
    const holdings = new AssignmentIndex([adasRole]);
    const step = { do: 'delete-assignment', assignment: adasRole };
    const old = sid('IY', 7);
    expect(inverse(changes['create-assignment'], { holdings }, { sid: adasRole.sid })).toEqual({ step });
    const restoredSids = new Map([[old, adasRole.sid]]);
    expect(inverse(changes['create-assignment'], { holdings, restoredSids }, { sid: old })).toEqual({ step });
  });

  test('leaves a role alone that was given again since', () => {
    const holdings = new AssignmentIndex([adasRole]);
    const made = { sid: sid('IY', 7) };
    expect(inverse(changes['create-assignment'], { holdings }, made)).toEqual(note(adasRole.sid));
    expect(inverse(changes['create-assignment'], {}, made)).toEqual(note(made.sid));
  });

  test('ends where a journal that was edited by hand leads in a circle', () => {
    const [a, b] = [sid('IY', 7), sid('IY', 8)];
    const restoredSids = new Map([
      [a, b],
      [b, a],
    ]);
    expect(inverse(changes['create-assignment'], { restoredSids }, { sid: a })).toEqual(note(a));
  });

  test('gives a role back that was taken away', () => {
    const { sid: _, ...grant } = adasRole;
    expect(inverse({ ...changes['delete-assignment'], whose: 'ada@example.com' }, {})).toEqual({
      step: { do: 'create-assignment', grant, whose: 'ada@example.com' },
    });
    const holdings = new AssignmentIndex([{ ...adasRole, sid: sid('IY', 9) }]);
    expect(inverse(changes['delete-assignment'], { holdings })).toEqual(note(sid('IY', 9)));
  });

  test('gives a role on one resource back on that resource alone', () => {
    const { sid: _, ...grant } = { ...adasRole, resource_type: 'service', resource_id: 'VA1' };
    const change = { do: 'delete-assignment', assignment: { ...grant, sid: adasRole.sid } } as const;
    const step = { do: 'create-assignment', grant };
    expect(inverse(change, {})).toEqual({ step });
    // The role on everything is another one.
    expect(inverse(change, { holdings: new AssignmentIndex([adasRole]) })).toEqual({ step });
  });

  test('does not exist for a role known by its SID alone, nor for a request of the user', () => {
    const change: Change = { do: 'delete-assignment', assignment: { sid: adasRole.sid } };
    expect(inverse(change, {})).toEqual(note(adasRole.sid));
    expect(inverse(changes['send-request'], {})).toEqual(note('POST'));
  });
});
