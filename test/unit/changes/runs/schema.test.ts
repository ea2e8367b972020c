import { describe, expect, test } from 'vitest';
import { PlanFormatError } from '../../../../src/changes/plan/record-checks.ts';
import type { JournalRecord } from '../../../../src/changes/runs/records.ts';
import { lineChecker } from '../../../../src/changes/runs/schema.ts';
import { ada, adasRole, changes, header, sid } from '../../../support/changes.ts';

type Line = Record<string, unknown>;

const head: Line = {
  ...header,
  type: 'run',
  version: 1,
  run: '20261126-225105000-0a1b',
  planned_at: '2026-11-26T22:51:05.000Z',
};
const one = (...steps: unknown[]): Line => ({ type: 'item', row: {}, steps });
const planned: Line = { type: 'planned', size: 1 };

/** Checks the lines one after another, as they would be read from a file. */
function check(...lines: Line[]): JournalRecord[] {
  return lines.map(lineChecker() as unknown as (line: Line) => JournalRecord);
}

const refused = (...lines: Line[]) => expect(() => check(...lines)).toThrow(PlanFormatError);

describe('the order of lines', () => {
  test('is the head, the items, the end of the plan, and what happened', () => {
    const lines = [
      head,
      one(changes['delete-user']),
      planned,
      { type: 'intent', item: 0, step: 0, at: 'x' },
      { type: 'outcome', item: 0, step: 0, status: 'done', at: 'x' },
      { type: 'resumed', at: 'x' },
    ];
    expect(check(...lines)).toHaveLength(lines.length);
  });

  test('has one head', () => refused(head, head));
  test('has no item after the end of the plan', () => refused(head, planned, one()));
  test('has one end of the plan', () => refused(head, planned, planned));
  test('has no record before the end of the plan', () =>
    refused(head, one(changes['delete-user']), { type: 'intent', item: 0, step: 0 }));
  test('has no record of an item or a change that is not planned', () => {
    refused(head, one(changes['delete-user']), planned, { type: 'intent', item: 1, step: 0 });
    refused(head, one(changes['delete-user']), planned, {
      type: 'outcome',
      item: 0,
      step: 1,
      status: 'done',
    });
  });
});

describe('the head', () => {
  test.each([
    ['run', '../../etc/passwd'],
    ['planned_at', 'yesterday'],
    ['verb', 'users; rm'],
    ['columns', ['password']],
    ['done', 'destroyed'],
    ['organization_sid', 1],
    ['role_names', { IX1: 1 }],
    ['undoes', 'x'],
  ])('is refused with another form of %s', (name, value) => refused({ ...head, [name]: value }));
});

describe('a change', () => {
  test.each(Object.values(changes))('of the kind $do is accepted', (change) => {
    expect(check(head, one(change))).toHaveLength(2);
  });

  const changed = (kind: keyof typeof changes, members: Line) => one({ ...changes[kind], ...members });

  test.each<[string, Line]>([
    ['of no known kind', one({ do: 'rename-user' })],
    ['named as a member of every object', one({ do: 'toString' })],
    ['without a kind', one({})],
    ['that is a text', one('create-user')],
    ['that creates a user without an address', changed('create-user', { fields: {} })],
    [
      'that creates a user with an unknown field',
      changed('create-user', { fields: { email: 'a@b', admin: true } }),
    ],
    ['of a user whose id is no SID', changed('update-user', { user: { ...ada, id: '../x' } })],
    ['of a user whose state is unknown', changed('delete-user', { user: { ...ada, active: undefined } })],
    ['with a field of another type', changed('update-user', { fields: { active: 'no' } })],
    [
      'that gives a role whose SID is none',
      changed('create-assignment', { grant: { ...adasRole, role_sid: 'x' } }),
    ],
    [
      'that gives a role in a scope that is none',
      changed('create-assignment', { grant: { ...adasRole, scope: 'org' } }),
    ],
    ['that gives a role to nobody', changed('create-assignment', { grant: { ...adasRole, identity: null } })],
    ['that takes away what is no SID', changed('delete-assignment', { assignment: { sid: 'x' } })],
    [
      'that says more of a role than its SID, but not whose it is',
      changed('delete-assignment', { assignment: { sid: adasRole.sid, scope: adasRole.scope } }),
    ],
    ['that sends a GET', changed('send-request', { method: 'GET' })],
    ['with a name that is no text', changed('create-assignment', { whose: 1 })],
  ])('%s is refused', (_, line) => refused(head, line));

  test('may give a role to the user that an earlier one creates', () => {
    const forNew = { ...changes['create-assignment'], grant: { ...adasRole, identity: null } };
    check(head, one(changes['create-user'], forNew));
    refused(head, one(forNew, changes['create-user']));
  });
});

describe('an item', () => {
  test('keeps the columns that are known, and no others', () => {
    const [, item] = check(head, { ...one(), row: { email: 'a@example.com', heading: 'x' } });
    expect(item).toMatchObject({ row: { email: 'a@example.com' } });
    expect(item).not.toHaveProperty('row.heading');
  });

  test.each<[string, Line]>([
    ['a row of lists', { row: { email: [] } }],
    ['a dependency on itself', { needs: { 1: 1 } }],
    ['a dependency on a later change', { needs: { 0: 1 } }],
    ['a dependency of a change that is not there', { needs: { 2: 0 } }],
    ['a SID that can stand in no path', { sid: '../x' }],
    ['cells that are no texts', { cells: { a: 1 } }],
    ['a precondition on a user that is none', { rests: [{ user: 'x', version: null }] }],
    ['a precondition on roles of nobody', { rests: [{ holder: sid('US', 1) }] }],
    ['a precondition on a role that is none', { rests: [{ assignment: 'x', identity: ada.id, scope: '' }] }],
  ])('with %s is refused', (_, members) => {
    refused(head, { ...one(changes['delete-user'], changes['delete-user']), ...members });
  });

  test('with an earlier dependency is accepted', () => {
    check(head, { ...one(changes['delete-user'], changes['delete-user']), needs: { 1: 0 } });
  });
});

describe('an outcome', () => {
  test.each([
    ['status', 'perhaps'],
    ['sid', '../x'],
    ['found', 'yes'],
    ['http_status', 'ok'],
    ['item', -1],
    ['step', 0.5],
  ])('is refused with another form of %s', (name, value) => {
    const outcome = { type: 'outcome', item: 0, step: 0, status: 'done', at: 'x', [name]: value };
    refused(head, one(changes['delete-user']), planned, outcome);
  });
});
