import { isChangeable, unknownState } from '../../twilio/users.ts';
import type { Change, ChangeResult } from '../plan/change.ts';
import { kindOf } from '../plan/change-kinds.ts';
import { describeChange } from '../plan/describe.ts';
import type { Inverse, UndoState } from '../plan/kinds/change-kind.ts';
import type { Item } from '../plan/plan.ts';
import { isDone, itemsWithProgress } from './outcomes.ts';
import type { Intent, Outcome, StoredRun } from './records.ts';

/** A step that took effect, and what it left. */
interface Done {
  step: Change;
  made: ChangeResult;
}

/** The users that a run has touched: those that have to be read to undo it. */
export async function affectedUsers(kept: StoredRun): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { item, steps } of itemsWithProgress(kept)) {
    for (const { step, made } of doneSteps(item, steps)) {
      const id = changedUser(step, made);
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

/** SID of the user whom a change concerned; of a user that it created, from its result. */
function changedUser(step: Change, made: ChangeResult): string | undefined {
  const user = kindOf(step).user(step);
  if (user === undefined) return undefined;
  return 'id' in user ? user.id : made.sid;
}

function doneSteps(item: Item, ends: readonly (Intent | Outcome | undefined)[]): Done[] {
  return item.steps.flatMap((step, number) => {
    const last = ends[number];
    return isDone(last) ? [{ step, made: last }] : [];
  });
}

/** The items that take a run back, the last first; what others have changed since is left alone, and that is noted. */
export async function invertRun(kept: StoredRun, now: UndoState): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { item, steps } of itemsWithProgress(kept)) {
    const done = doneSteps(item, steps);
    if (done.length === 0) continue;
    const made = done.find(({ step }) => step.do === 'create-user')?.made.sid;
    const inverse = done.reverse().map((one) => inverseOf(one, made, now));
    const notes = inverse.flatMap((each) => ('note' in each ? each.note : []));
    items.unshift({
      row: item.row,
      steps: inverse.flatMap((each) => ('step' in each ? each.step : [])),
      ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    });
  }
  return items;
}

function inverseOf({ step, made }: Done, createdUser: string | undefined, now: UndoState): Inverse {
  const kind = kindOf(step);
  const changesUser = kind.assignment(step) === undefined;
  const id = changesUser ? changedUser(step, made) : undefined;
  const user = id === undefined ? undefined : now.directory.find({ id });
  if (user !== undefined && !isChangeable(user)) {
    return { note: `${unknownState(user)}, so they are left alone` };
  }
  if (made.found) return { note: `Not done by this run, so it is left alone: ${describeChange(step)}` };
  return kind.inverse(step, made, createdUser, now);
}
