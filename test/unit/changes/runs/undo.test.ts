import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { UndoState } from '../../../../src/changes/plan/kinds/change-kind.ts';
import { type Item, planFromItems } from '../../../../src/changes/plan/plan.ts';
import { readPlanFile, writePlanFile } from '../../../../src/changes/runs/plan-file.ts';
import type { StoredRun } from '../../../../src/changes/runs/records.ts';
import { affectedUsers, invertRun } from '../../../../src/changes/runs/undo.ts';
import { AssignmentIndex } from '../../../../src/organization/assignments.ts';
import type { RoleAssignment } from '../../../../src/twilio/role-assignments.ts';
import type { User } from '../../../../src/twilio/users.ts';
import { home } from '../../../support/cli.ts';
import {
  changes,
  collect,
  done,
  grantNumber,
  itemOf,
  sid,
  storedRun,
  userNumber,
} from '../../../support/plans.ts';

function now(users: User[], held: RoleAssignment[] = []): UndoState {
  return {
    directory: { find: (reference) => users.find(({ id }) => 'id' in reference && id === reference.id) },
    holdings: new AssignmentIndex(held),
    restoredSids: new Map(),
  };
}

const heldNumber = (number: number, user = number): RoleAssignment => ({
  ...grantNumber(number, sid('US', user)),
  identity: sid('US', user),
  sid: sid('IY', number),
});

const inverse = (run: StoredRun, state: UndoState): Promise<Item[]> => collect(invertRun(run, state));

describe('the plan of an undo', () => {
  test('begins with the last item of the run', async () => {
    const items = [1, 2, 3].map((number) => itemOf(number, changes.deactivate(number)));
    const run = storedRun(items, [done(0, 0), done(1, 0), done(2, 0)]);
    const inactive = [1, 2, 3].map((number) => userNumber(number, { active: false }));
    expect((await inverse(run, now(inactive))).map(({ row }) => row.email)).toEqual([
      'p3@example.com',
      'p2@example.com',
      'p1@example.com',
    ]);
  });

  test('undoes the changes of one item in reverse order', async () => {
    const run = storedRun(
      [itemOf(1, changes.createUser(1), changes.giveRole(1, null), changes.giveRole(2, null))],
      [
        done(0, 0, { sid: sid('US', 1) }),
        done(0, 1, { sid: sid('IY', 1) }),
        done(0, 2, { sid: sid('IY', 2) }),
      ],
    );
    const [item] = await inverse(run, now([userNumber(1)], [heldNumber(1), heldNumber(2, 1)]));
    expect(item?.steps.map((step) => ('assignment' in step ? step.assignment.sid : step.do))).toEqual([
      sid('IY', 2),
      sid('IY', 1),
      'update-user',
    ]);
  });

  test('leaves out items and changes that were not done', async () => {
    const run = storedRun(
      [
        itemOf(1, changes.deactivate(1)),
        itemOf(2, changes.deactivate(2)),
        itemOf(3, changes.removeRole(3), changes.deactivate(3)),
      ],
      [
        done(0, 0, { status: 'failed' }),
        { type: 'intent', item: 1, step: 0, at: '' },
        done(2, 0),
        done(2, 1, { status: 'unknown' }),
      ],
    );
    const items = await inverse(run, now([1, 2, 3].map((number) => userNumber(number))));
    expect(items).toEqual([itemOf(3, { do: 'create-assignment', grant: grantNumber(3) })]);
  });

  test.each([{}, { sid: sid('US', 1) }])(
    'leaves alone changes that others made before the run, and says so: %j',
    async (made) => {
      const run = storedRun([itemOf(1, changes.deactivate(1))], [done(0, 0, { found: true, ...made })]);
      const [item] = await inverse(run, now([userNumber(1, { active: false })]));
      expect(item).toMatchObject({ steps: [], note: expect.stringContaining('deactivate p1@example.com') });
    },
  );

  test('leaves alone a role that others gave before the run', async () => {
    const run = storedRun([itemOf(1, changes.giveRole(1))], [done(0, 0, { found: true, sid: sid('IY', 1) })]);
    const [item] = await inverse(run, now([userNumber(1)], [heldNumber(1)]));
    expect(item).toMatchObject({ steps: [], note: expect.stringContaining('Not done by this run') });
  });

  test('leaves alone users whom others have changed since, and says what', async () => {
    const run = storedRun(
      [itemOf(1, { do: 'update-user', user: userNumber(1), fields: { displayName: 'Ada' } })],
      [done(0, 0)],
    );
    const [item] = await inverse(run, now([userNumber(1, { displayName: 'Countess' })]));
    expect(item).toMatchObject({ steps: [], note: expect.stringContaining('displayName') });
  });

  test('is made item by item: the first needs only the last item of the run', async () => {
    const read: number[] = [];
    const items = [1, 2, 3].map((number) => itemOf(number, changes.deactivate(number)));
    const run = storedRun(items, [done(0, 0), done(1, 0), done(2, 0)]);
    function* itemsBackwards() {
      for (const item of items.toReversed()) {
        read.push(items.indexOf(item));
        yield item;
      }
    }
    for await (const item of invertRun({ ...run, itemsBackwards }, now([]))) {
      expect(item.row.email).toBe('p3@example.com');
      break;
    }
    expect(read).toEqual([2]);
  });

  test('is the same from a file as from memory, each time it is read', async () => {
    const items = Array.from({ length: 400 }, (_, index) => itemOf(index, changes.deactivate(index)));
    const inMemory = storedRun(
      items,
      items.map((_, index) => done(index, 0)),
    );
    const file = join(mkdtempSync(join(home, 'undo-')), 'run.jsonl');
    await writePlanFile(file, inMemory.head, planFromItems(inMemory.head, items).items);
    const stored = { ...(await readPlanFile(file)), state: inMemory.state };
    const state = now(items.map((_, index) => userNumber(index, { active: false })));
    const expected = await inverse(inMemory, state);
    expect(expected).toHaveLength(400);
    expect(await inverse(stored, state)).toEqual(expected);
    expect(await inverse(stored, state)).toEqual(expected);
  });
});

test('the users to read before an undo are those of the changes that were done, each once', async () => {
  const run = storedRun(
    [
      itemOf(1, changes.createUser(1), changes.giveRole(1, null)),
      itemOf(2, changes.removeRole(2), changes.deactivate(2)),
      itemOf(3, changes.deactivate(3)),
    ],
    [done(0, 0, { sid: sid('US', 1) }), done(1, 0), done(1, 1)],
  );
  expect((await affectedUsers(run)).sort()).toEqual([sid('US', 1), sid('US', 2)]);
});
