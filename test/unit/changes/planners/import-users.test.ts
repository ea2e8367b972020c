import { expect, test } from 'vitest';
import {
  planItem,
  planItems,
  type RowPolicy,
  readState,
  type UserRow,
  type UserRows,
  validateRows,
} from '../../../../src/changes/planners/import-users.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { ada, adasRole, sid } from '../../../support/changes.ts';
import { organizationWith } from '../../../support/organization.ts';

type Settings = Parameters<typeof validateRows>[1];
const settings = { organizationSid: sid('OR', 1) } as Settings;
const admin = { sid: adasRole.role_sid, friendly_name: 'Admin' };
const billing = { sid: sid('IX', 2), friendly_name: 'Billing' };

function row(
  line: number,
  given: Record<string, string>,
  ...templateRoles: Record<string, string>[]
): UserRow {
  const cells = new Map(Object.entries(given));
  const roles = [cells, ...templateRoles.map((role) => new Map(Object.entries(role)))];
  return { line, cells, given, faults: [], roles };
}

function rowsOf(...rows: UserRow[]): UserRows {
  return {
    name: 'people.csv',
    async *rows() {
      yield* rows;
    },
  };
}

async function errorsOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof AppError)) throw new Error('The rows were not refused');
  expect(error.kind).toBe('usage');
  return error.message;
}

async function stateOf(...rows: UserRow[]) {
  const { organization, reads } = organizationWith({
    users: [ada],
    roles: [admin, billing],
    assignments: [adasRole],
  });
  const people = rowsOf(...rows);
  return {
    reads,
    state: await readState(organization, settings, people, await validateRows(people, settings)),
  };
}

async function planned(one: UserRow, policy: RowPolicy = {}) {
  return planItem(one, (await stateOf(one)).state, policy);
}

test('valid rows say what they name', async () => {
  const rows = rowsOf(
    row(2, { email: 'Ada@example.com', role: 'Admin', scope: 'org' }),
    row(3, { email: 'kim@example.com', active: 'no' }, { role: 'Billing', scope: sid('AC', 1) }),
  );
  expect(await validateRows(rows, settings)).toEqual({
    emails: new Set(['ada@example.com', 'kim@example.com']),
    hasRoles: true,
    scopes: new Set(['org', sid('AC', 1)]),
    deactivates: true,
  });
});

test.each<[string, Record<string, string>, string]>([
  ['no e-mail address', {}, 'line 2, email: a value is required'],
  ['no address in its place', { email: 'ada' }, 'line 2, email: '],
  [
    'no boolean',
    { email: 'a@b.example', active: 'maybe' },
    'line 2, active: "maybe" is neither true nor false',
  ],
  ['a role without a scope', { email: 'a@b.example', role: 'Admin' }, 'line 2: a role needs a scope'],
  [
    'an impossible role',
    { email: 'a@b.example', role: 'IX1', scope: 'org' },
    'line 2, role: "IX1" is not a role',
  ],
  ['an impossible scope', { email: 'a@b.example', scope: 'mars' }, 'line 2, scope: "mars" is not a scope'],
  [
    'half a resource',
    { email: 'a@b.example', resource_id: '1' },
    'line 2: resource_type and resource_id go together',
  ],
])('a row with %s is refused', async (_, cells, message) => {
  expect(await errorsOf(validateRows(rowsOf(row(2, cells)), settings))).toContain(message);
});

test('rows about the same user are refused, by address in any case and by external id', async () => {
  const message = await errorsOf(
    validateRows(
      rowsOf(
        row(2, { email: 'a@b.example', externalId: 'E7' }),
        row(3, { email: 'A@b.example' }),
        row(4, { email: 'c@b.example', externalId: 'E7' }),
      ),
      settings,
    ),
  );
  expect(message).toContain(
    'line 3, email: already in line 2. Give further roles with role-assignments import',
  );
  expect(message).toContain('line 4, externalId: already in line 2');
});

test('an unknown role of the rows is reported in each row, one of a template once', async () => {
  const rows = [2, 3].map((line) =>
    row(line, { email: `u${line}@b.example`, role: 'Owner', scope: 'org' }, { role: 'Boss', scope: 'org' }),
  );
  const message = await errorsOf(stateOf(...rows));
  expect(message.match(/there is no role Owner/g)).toHaveLength(2);
  expect(message.match(/there is no role Boss/g)).toHaveLength(1);
});

test('the SID of another user is refused, one that nobody has is ignored', async () => {
  expect(await errorsOf(stateOf(row(2, { email: 'new@b.example', id: ada.id })))).toContain(
    'line 2, id: this is the SID of ada@example.com. To change an address: twilio-org users update',
  );
  expect((await planned(row(2, { email: 'new@b.example', sid: sid('US', 9) }))).steps).toHaveLength(1);
});

test('rows without roles read neither roles nor assignments', async () => {
  const { reads, state } = await stateOf(row(2, { email: 'ada@example.com' }));
  expect(reads).toEqual([expect.stringMatching(/^\/scim\/v2\/Users\?filter=/)]);
  expect(state.roles).toBeUndefined();
});

test('a new user is created, then gets each role once', async () => {
  const one = row(
    2,
    { email: 'new@b.example', givenName: 'New', role: 'Billing', scope: 'org' },
    { role: billing.sid, scope: sid('OR', 1) },
    { role: 'Admin', scope: 'org' },
  );
  const grant = { scope: sid('OR', 1), identity: null };
  expect(await planned(one)).toEqual({
    row: { line: 2, email: 'new@b.example' },
    cells: one.given,
    steps: [
      { do: 'create-user', fields: { givenName: 'New', email: 'new@b.example' } },
      { do: 'create-assignment', grant: { ...grant, role_sid: billing.sid } },
      { do: 'create-assignment', grant: { ...grant, role_sid: admin.sid } },
    ],
  });
});

test('an existing user changes in the fields that differ alone, and keeps a role they have', async () => {
  const cells = {
    email: 'ADA@example.com',
    displayName: 'Ada King',
    externalId: 'E1',
    role: 'Admin',
    scope: 'org',
  };
  expect(await planned(row(2, cells))).toMatchObject({
    sid: ada.id,
    steps: [{ do: 'update-user', user: ada, fields: { displayName: 'Ada King' } }],
    rests: [
      { user: ada.id, version: 'W/1' },
      { assignment: adasRole.sid, identity: ada.id, scope: adasRole.scope },
    ],
  });
  expect((await planned(row(2, { email: 'ada@example.com', displayName: 'Ada' }))).steps).toEqual([]);
});

test('--create-only skips existing users, and --update-only skips new ones', async () => {
  const [existing, missing] = [
    row(2, { email: 'ada@example.com', locale: 'sv-SE' }),
    row(3, { email: 'n@b.example' }),
  ];
  expect(await planned(existing, { createOnly: true })).toMatchObject({
    steps: [],
    note: 'The user already exists (--create-only)',
  });
  expect(await planned(missing, { updateOnly: true })).toMatchObject({
    steps: [],
    note: 'No such user (--update-only)',
  });
  expect((await planned(existing, { updateOnly: true })).steps).toHaveLength(1);
  expect((await planned(missing, { createOnly: true })).steps).toHaveLength(1);
});

test('every row becomes an item, in order', async () => {
  const rows = [row(2, { email: 'ada@example.com' }), row(3, { email: 'n@b.example' })];
  const { state } = await stateOf(...rows);
  const lines: unknown[] = [];
  for await (const item of planItems(rowsOf(...rows), state, {})) lines.push(item.row.line);
  expect(lines).toEqual([2, 3]);
});
