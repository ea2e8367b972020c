import { expect, test } from 'vitest';
import { throwIfInvalid } from '../../../../src/changes/input/row-errors.ts';
import {
  RowErrors,
  type RowPolicy,
  type UserRow,
  type UserRows,
  validateRows,
} from '../../../../src/changes/planners/import-users.ts';
import { planItem, planItems, readState } from '../../../../src/changes/planners/import-users-plan.ts';
import { noAccounts } from '../../../../src/organization/accounts.ts';
import type { KnownScopes } from '../../../../src/organization/references.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { ada, adasRole, sid } from '../../../support/changes.ts';
import { organizationWith } from '../../../support/organization.ts';

const settings: KnownScopes = { organizationSid: sid('OR', 1), accounts: noAccounts };
const admin = { sid: adasRole.role_sid, friendly_name: 'Admin' };
const owner = { sid: sid('IX', 3), friendly_name: 'Chief', lowest_level: 'ORGANIZATION' };
const billing = { sid: sid('IX', 2), friendly_name: 'Billing' };

function row(
  line: number,
  given: Record<string, string>,
  ...templateRoles: Record<string, string>[]
): UserRow {
  const cells = new Map(Object.entries(given));
  const roles = [
    { cells },
    ...templateRoles.map((role, index) => ({
      cells: new Map(Object.entries(role)),
      place: `role ${index + 1}`,
      fixed: new Set(Object.keys(role)),
    })),
  ];
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

async function validated(people: UserRows, policy: RowPolicy = {}) {
  const errors = new RowErrors('team.yaml');
  const found = await validateRows(people, settings, policy, errors);
  throwIfInvalid(people.name, errors.all);
  return found;
}

async function stateOf(rows: UserRow[], policy: RowPolicy = {}, users: User[] = [ada]) {
  const { organization, reads } = organizationWith({
    users,
    roles: [admin, billing, owner],
    assignments: [adasRole],
  });
  const people = rowsOf(...rows);
  const errors = new RowErrors('team.yaml');
  const found = await validateRows(people, settings, policy, errors);
  const state = await readState(organization, settings, people, found, policy, errors);
  throwIfInvalid(people.name, errors.all);
  return { reads, state };
}

async function planned(one: UserRow, policy: RowPolicy = {}, users?: User[]) {
  return planItem(one, (await stateOf([one], policy, users)).state, policy);
}

test('valid rows say what they name', async () => {
  const rows = rowsOf(
    row(2, { email: 'Ada@example.com', role: 'Admin', scope: 'org' }),
    row(3, { email: 'kim@example.com', active: 'no' }, { role: 'Billing', scope: sid('AC', 1) }),
  );
  expect(await validated(rows)).toEqual({
    users: [{ userName: 'Ada@example.com' }, { userName: 'kim@example.com' }],
    hasRoles: true,
    scopes: new Set(['org', sid('AC', 1)]),
    deactivates: true,
    isPartial: false,
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
  expect(await errorsOf(validated(rowsOf(row(2, cells))))).toContain(message);
});

test('rows about the same user are refused, by address in any case and by external id', async () => {
  const message = await errorsOf(
    validated(
      rowsOf(
        row(2, { email: 'a@b.example', externalId: 'E7' }),
        row(3, { email: 'A@b.example' }),
        row(4, { email: 'c@b.example', externalId: 'E7' }),
      ),
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
  const message = await errorsOf(stateOf(rows));
  expect(message.match(/there is no role Owner/g)).toHaveLength(2);
  expect(message.match(/there is no role Boss/g)).toHaveLength(1);
});

test('the SID of another user is refused, one that nobody has is ignored', async () => {
  expect(await errorsOf(stateOf([row(2, { email: 'new@b.example', id: ada.id })]))).toContain(
    'line 2, id: this is the SID of ada@example.com. To change the address of that user: --match id',
  );
  expect((await planned(row(2, { email: 'new@b.example', sid: sid('US', 9) }))).steps).toHaveLength(1);
});

test('rows without roles read neither roles nor assignments', async () => {
  const { reads, state } = await stateOf([row(2, { email: 'ada@example.com' })]);
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
  const { state } = await stateOf(rows);
  const lines: unknown[] = [];
  for await (const item of planItems(rowsOf(...rows), state, {})) lines.push(item.row.line);
  expect(lines).toEqual([2, 3]);
});

const grace: User = { ...ada, id: sid('US', 2), userName: 'grace@example.com', externalId: 'E2' };
const noId: User = { ...ada, id: sid('US', 3), userName: 'kim@example.com', externalId: null };
const everybody = [ada, grace, noId];

/** The items of rows with these cells, from line 2 on, as their line and changed fields. */
async function changesOf(given: Record<string, string>[], policy: RowPolicy): Promise<string[]> {
  const rows = given.map((cells, index) => row(index + 2, cells));
  const { state } = await stateOf(rows, policy, everybody);
  const found: string[] = [];
  for await (const { row: at, steps, note } of planItems(rowsOf(...rows), state, policy)) {
    const fields = steps.map((step) => (step.do === 'update-user' ? JSON.stringify(step.fields) : step.do));
    found.push([at.line, at.email, ...fields, ...(note === undefined ? [] : [note])].join(' '));
  }
  return found;
}

test.each<[string, RowPolicy, Record<string, string>[], string[]]>([
  [
    'a known SID with another address',
    { match: 'id' },
    [{ id: ada.id, email: 'ada.king@example.com' }],
    ['2 ada@example.com {"email":"ada.king@example.com"}'],
  ],
  [
    'a SID in the column sid, without an address',
    { match: 'id' },
    [{ sid: ada.id, displayName: 'A' }],
    ['2 ada@example.com {"displayName":"A"}'],
  ],
  [
    'the same address in another case and Unicode form',
    { match: 'id' },
    [{ id: ada.id, email: 'ADA@example.com' }],
    ['2 ada@example.com'],
  ],
  [
    'a known external id with another address',
    { match: 'external-id' },
    [{ externalId: 'E1', email: 'ada.king@example.com' }],
    ['2 ada@example.com {"email":"ada.king@example.com"}'],
  ],
  [
    'an external id that nobody has',
    { match: 'external-id' },
    [{ externalId: 'E9', email: 'new@example.com' }],
    ['2 new@example.com create-user'],
  ],
  [
    'a chain of addresses, whose last row has to come first',
    { match: 'id' },
    [
      { id: ada.id, email: grace.userName },
      { id: grace.id, email: noId.userName },
      { id: noId.id, email: 'free@example.com' },
    ],
    [
      '4 kim@example.com {"email":"free@example.com"}',
      '3 grace@example.com {"email":"kim@example.com"}',
      '2 ada@example.com {"email":"grace@example.com"}',
    ],
  ],
  [
    'an external id that moves to a new user after it was cleared',
    {},
    [
      { email: 'new@example.com', externalId: 'E1' },
      { email: ada.userName, externalId: '<clear>' },
    ],
    ['3 ada@example.com {"externalId":null}', '2 new@example.com create-user'],
  ],
  [
    'an inactive user who is not there',
    {},
    [{ email: 'old@example.com', active: 'false' }],
    [
      '2 old@example.com No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive',
    ],
  ],
  [
    'an inactive user who is to be created',
    { createInactive: true },
    [{ email: 'old@example.com', active: 'false' }],
    ['2 old@example.com create-user'],
  ],
  [
    'fields to clear, of which one is empty already',
    {},
    [{ email: noId.userName, displayName: ' <Clear> ', externalId: '<clear>' }],
    ['2 kim@example.com {"displayName":null}'],
  ],
])('%s', async (_, policy, given, wanted) => {
  expect(await changesOf(given, policy)).toEqual(wanted);
});

test.each<[string, RowPolicy, Record<string, string>[], string[]]>([
  [
    'the external id of another user',
    {},
    [{ email: grace.userName, externalId: 'E1' }],
    [`line 2, externalId: E1 is the external id of ada@example.com (${ada.id})`],
  ],
  [
    'a new address beside a known external id',
    {},
    [{ email: 'ada.king@example.com', externalId: 'E1' }],
    [
      `line 2, externalId: E1 is the external id of ada@example.com (${ada.id}). To change the address of that user: --match external-id`,
    ],
  ],
  [
    'the address of another user',
    { match: 'id' },
    [{ id: ada.id, email: 'GRACE@example.com' }],
    [`line 2, email: GRACE@example.com is the address of ${grace.id}, who has the external id E2`],
  ],
  [
    'a new external id for a known address',
    { match: 'external-id' },
    [{ externalId: 'E9', email: noId.userName }],
    [
      `line 2, email: kim@example.com is the address of ${noId.id}, who has no external id. To give the external id to that user: --match email`,
    ],
  ],
  [
    'two users who exchange their addresses',
    { match: 'id' },
    [
      { id: ada.id, email: grace.userName },
      { id: grace.id, email: ada.userName },
    ],
    [
      'line 2, email: grace@example.com belongs to another user, and the rows exchange addresses',
      'line 3, email: ada@example.com belongs to another user, and the rows exchange addresses',
    ],
  ],
  [
    'a SID that nobody has',
    { match: 'id' },
    [{ id: sid('US', 9) }],
    [`line 2, id: there is no user ${sid('US', 9)}`],
  ],
  ['no SID', { match: 'id' }, [{ id: 'ada' }], ['line 2, id: "ada" is not the SID of a user (US…)']],
  [
    'no key',
    { match: 'external-id' },
    [{ email: 'a@b.example' }],
    ['line 2, externalId: a value is required'],
  ],
  [
    'an external id that nobody has, without an address',
    { match: 'external-id' },
    [{ externalId: 'E9' }],
    ['line 2, externalId: no user has the external id E9, and a new user needs an e-mail address'],
  ],
  [
    'words for no value, and an id that a spreadsheet has changed',
    {},
    [{ email: 'a@b.example', givenName: 'NULL', displayName: 'Null', externalId: '12345678901234500000' }],
    [
      'line 2, givenName: "NULL" stands for no value: leave the cell empty. As the name of a person, write Null',
      'line 2, externalId: "12345678901234500000" is an id whose last digits a spreadsheet has made zeros',
    ],
  ],
  [
    'a key to clear',
    { match: 'external-id' },
    [{ externalId: '<clear>', email: 'a@b.example' }],
    ['line 2, externalId: the column that recognises users'],
  ],
  ['an address to clear', {}, [{ email: '<clear>' }], ["line 2, email: an e-mail address can't be cleared"]],
  [
    'the word for clearing within a name',
    {},
    [{ email: 'a@b.example', givenName: 'Dr <clear>' }],
    ['line 2, givenName: <clear> empties a field only'],
  ],
  [
    'a role of another level, an unknown one and a bad address together',
    {},
    [
      { email: 'a@b.example', role: 'Chief', scope: sid('AC', 1) },
      { email: 'c@b.example', role: 'Nix', scope: 'org' },
      { email: 'nobody' },
    ],
    [
      'line 2, scope: the role Chief can be given only in the organization (org)',
      'line 3, role: there is no role Nix',
      'line 4, email: ',
    ],
  ],
  [
    'another organization',
    {},
    [{ email: 'a@b.example', role: 'Admin', scope: sid('OR', 7) }],
    [`line 2, scope: ${sid('OR', 7)} is another organization than that of this login`],
  ],
])('rows with %s are refused', async (_, policy, given, wanted) => {
  const message = await errorsOf(changesOf(given, policy));
  for (const text of wanted) expect(message).toContain(text);
});

test('a role of a template that can not be given is told of the template, once', async () => {
  const role = { role: 'Chief', scope: sid('AC', 1) };
  const rows = [2, 3].map((line) => row(line, { email: `u${line}@b.example` }, role));
  const message = await errorsOf(stateOf(rows));
  expect(message).toContain('team.yaml has an error');
  expect(message.match(/team\.yaml, role 1: the role Chief can be given only/g)).toHaveLength(1);
});

test('a role that the user has already is no fault, whatever its level', async () => {
  const held = { ...adasRole, role_sid: owner.sid, scope: sid('AC', 1) };
  const cells = { email: ada.userName, role: 'Chief', scope: sid('AC', 1) };
  const { organization } = organizationWith({ users: [ada], roles: [owner], assignments: [held] });
  const people = rowsOf(row(2, cells));
  const errors = new RowErrors();
  const found = await validateRows(people, settings, {}, errors);
  await readState(organization, settings, people, found, {}, errors);
  expect(errors.all).toEqual([]);
});

test.each<[string, RowPolicy, Record<string, string>, boolean | undefined, boolean]>([
  ['stays inactive', {}, {}, undefined, true],
  ['is activated by the row', {}, { active: 'true' }, true, false],
  ['is activated by the flag', { reactivate: true }, {}, true, false],
  ['is inactive by the row in spite of the flag', { reactivate: true }, { active: 'no' }, undefined, true],
])('a role for a user who %s', async (_, policy, cells, active, warns) => {
  const rehire = { ...ada, active: false };
  const one = row(2, { email: ada.userName, role: 'Billing', scope: 'org', ...cells });
  const { steps, warning } = await planned(one, policy, [rehire]);
  const fields = steps.flatMap((step) => (step.do === 'update-user' ? step.fields.active : []));
  expect(fields).toEqual(active === undefined ? [] : [active]);
  expect(warning !== undefined).toBe(warns);
});

test('a long input is compared with the organization in one pass, and the errors of a line keep their order', async () => {
  const grace = { ...ada, id: sid('US', 9), userName: 'grace@b.example', externalId: 'emp-9' };
  const { organization } = organizationWith({ users: [ada, grace], roles: [admin], assignments: [] });
  const cells = { email: 'new@b.example', id: ada.id, externalId: 'emp-9', role: 'Nix', scope: 'org' };
  const { rows } = rowsOf(
    row(2, cells),
    row(3, { ...cells, email: 'other@b.example', externalId: 'emp-10' }),
  );
  let passes = 0;
  const people: UserRows = {
    name: 'people.csv',
    rows() {
      passes += 1;
      return rows();
    },
  };
  const errors = new RowErrors();
  const found = await validateRows(people, settings, {}, errors);
  await readState(organization, settings, people, found, {}, errors);
  expect(passes).toBe(2);
  const inLine = (wanted: number) =>
    errors.all.flatMap(({ line, column }) => (line === wanted ? [column] : []));
  expect([inLine(2), inLine(3)]).toEqual([
    ['id', 'role', 'externalId'],
    ['id', 'role'],
  ]);
});
