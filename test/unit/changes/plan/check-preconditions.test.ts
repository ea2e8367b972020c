import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { checkPreconditions } from '../../../../src/changes/plan/check-preconditions.ts';
import { type Item, planFromItems } from '../../../../src/changes/plan/plan.ts';
import { holdsExactly, userUnchanged } from '../../../../src/changes/plan/preconditions.ts';
import { createOrganization } from '../../../../src/organization/organization.ts';
import { apiSource } from '../../../../src/organization/source.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import type { ApiReader } from '../../../../src/twilio/mutation.ts';
import type { RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { ada, adasRole, changes, header, item, sid } from '../../../support/changes.ts';

/** An organization with these users and role assignments. */
function organizationWith(users: User[], assignments: RoleAssignment[]) {
  const reads: string[] = [];
  const api: ApiReader = {
    url: 'http://127.0.0.1:1',
    async send({ method, path }) {
      reads.push(`${method} ${path}`);
      const url = new URL(path, api.url);
      const identity = url.searchParams.get('Identity');
      if (url.pathname.endsWith('/Roles'))
        return {
          content: [{ sid: adasRole.role_sid, name: 'Admin', type: 'builtin' }],
          meta: { next_page_url: null },
        };
      if (url.pathname.endsWith('/RoleAssignments')) {
        return {
          content: assignments.filter((one) => one.identity === identity),
          meta: { next_page_url: null },
        };
      }
      const filter = url.searchParams.get('filter');
      if (filter !== null) {
        const Resources = users.filter(({ userName }) => filter.includes(userName));
        return { Resources, totalResults: Resources.length };
      }
      if (url.pathname.endsWith('/Users')) return { Resources: users, totalResults: users.length };
      const user = users.find(({ id }) => url.pathname.endsWith(id));
      if (user === undefined) throw new AppError('not-found', 'No such user');
      return user;
    },
  };
  return {
    reads,
    organization: createOrganization(apiSource(api), {
      sizes: async () => ({}),
      check: async () => undefined,
    }),
  };
}

async function conflictsOf(
  items: Item[],
  users: User[] = [ada],
  assignments: RoleAssignment[] = [adasRole],
): Promise<string> {
  const { organization } = organizationWith(users, assignments);
  try {
    await checkPreconditions(organization, planFromItems(header, items));
    return '';
  } catch (error) {
    if (error instanceof AppError && error.kind === 'conflict') return error.message;
    throw error;
  }
}

describe('a saved plan is carried out while nothing has changed', () => {
  test.each<[string, Change]>([
    ['a user to create who is not there', changes['create-user']],
    ['a user to change', changes['update-user']],
    ['a user to deactivate', changes['delete-user']],
    ['a role to take away', changes['delete-assignment']],
    [
      'a role to take away, known by its SID alone',
      { do: 'delete-assignment', assignment: { sid: sid('IY', 9) } },
    ],
  ])('%s', async (_, change) => {
    expect(await conflictsOf([item(change)])).toBe('');
  });

  test('a role to give that the user does not hold', async () => {
    expect(await conflictsOf([item(changes['create-assignment'])], [ada], [])).toBe('');
  });

  test('an item without changes reads nothing', async () => {
    const { organization, reads } = organizationWith([], []);
    await checkPreconditions(organization, planFromItems(header, [item()]));
    expect(reads).toEqual([]);
  });
});

describe('a saved plan is refused when', () => {
  test('a user to create is there', async () => {
    const grace = { ...ada, id: sid('US', 2), userName: 'grace@example.com' };
    expect(await conflictsOf([item(changes['create-user'])], [ada, grace])).toContain('grace@example.com');
  });

  test.each([changes['update-user'], changes['delete-user']])(
    'a user of $do has changed or is gone',
    async (change) => {
      expect(await conflictsOf([item(change)], [{ ...ada, locale: 'de' }])).toContain('ada@example.com');
      expect(await conflictsOf([item(change)], [])).toContain('ada@example.com');
    },
  );

  test('a role to give is held already', async () => {
    expect(await conflictsOf([item(changes['create-assignment'])])).toContain(adasRole.sid);
  });

  test('a role to take away is gone, or another than the plan says', async () => {
    expect(await conflictsOf([item(changes['delete-assignment'])], [ada], [])).toContain(adasRole.sid);
    const other = { ...adasRole, role_sid: sid('IX', 2) };
    expect(await conflictsOf([item(changes['delete-assignment'])], [ada], [other])).toContain(adasRole.sid);
  });

  test('a user of a precondition has changed', async () => {
    const rests = [userUnchanged(ada)];
    expect(await conflictsOf([{ row: {}, steps: [], rests }])).toBe('');
    const changed = { ...ada, meta: { version: 'W/2' } };
    expect(await conflictsOf([{ row: {}, steps: [], rests }], [changed])).toContain('ada@example.com');
  });

  test('a user of a precondition holds other roles', async () => {
    const rests = [holdsExactly(ada.id, [adasRole])];
    expect(await conflictsOf([{ row: {}, steps: [], rests }])).toBe('');
    expect(await conflictsOf([{ row: {}, steps: [], rests }], [ada], [])).toContain('ada@example.com');
    const more = [adasRole, { ...adasRole, sid: sid('IY', 2), role_sid: sid('IX', 2) }];
    expect(await conflictsOf([{ row: {}, steps: [], rests }], [ada], more)).toContain('ada@example.com');
  });

  test('a role of a precondition is gone', async () => {
    const rests = [{ assignment: adasRole.sid, identity: ada.id, scope: adasRole.scope }];
    expect(await conflictsOf([{ row: {}, steps: [], rests }])).toBe('');
    expect(await conflictsOf([{ row: {}, steps: [], rests }], [ada], [])).toContain(adasRole.sid);
  });

  test('a row names another user than its change concerns', async () => {
    const row = { email: 'grace@example.com' };
    expect(await conflictsOf([{ ...item(changes['delete-user']), row }])).toContain('grace@example.com');
    for (const name of ['ADA@example.com', ada.id, 'external:E1']) {
      expect(await conflictsOf([{ ...item(changes['delete-user']), row: { user: name } }])).toBe('');
    }
  });

  test('a change calls the holder of its role by the name of another', async () => {
    const take = (whose: string) => item({ ...changes['delete-assignment'], whose });
    expect(await conflictsOf([take('grace@example.com')])).toContain('grace@example.com');
    expect(await conflictsOf([take('ADA@example.com')])).toBe('');
    const give = item({ ...changes['create-assignment'], whose: 'grace@example.com' });
    expect(await conflictsOf([give], [ada], [])).toContain('grace@example.com');
  });

  test('a row names another role or scope than its change gives or takes', async () => {
    const row = { role_sid: sid('IX', 2) };
    expect(await conflictsOf([{ ...item(changes['delete-assignment']), row }])).toContain(sid('IX', 2));
    const scope = { scope: sid('AC', 2) };
    expect(await conflictsOf([{ ...item(changes['delete-assignment']), row: scope }])).toContain(
      sid('AC', 2),
    );
    const same = { role_sid: adasRole.role_sid.toUpperCase(), scope: 'org' };
    expect(await conflictsOf([{ ...item(changes['delete-assignment']), row: same }])).toBe('');
  });

  test('it holds a request of the user, which no file keeps whole', async () => {
    await expect(conflictsOf([item(changes['send-request'])])).rejects.toMatchObject({ kind: 'usage' });
  });
});

test('a refusal names the first ten conflicts and counts the rest', async () => {
  const items = Array.from({ length: 12 }, (_, index) =>
    item({ do: 'create-user', fields: { email: `p${index}@example.com` } }),
  );
  const users = items.map((_, index) => ({
    ...ada,
    id: sid('US', index + 10),
    userName: `p${index}@example.com`,
  }));
  const { organization } = organizationWith(users, []);
  await expect(checkPreconditions(organization, planFromItems(header, items))).rejects.toMatchObject({
    message: expect.stringContaining('and 2 more'),
    hint: expect.stringContaining('Nothing was changed'),
  });
});
