import { formatUserReference, referenceKey, type UserReference } from '../../organization/references.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { isChangeable, type User, unknownState } from '../../twilio/users.ts';
import type { Change, ChangeResult } from '../plan/change.ts';
import { kindOf } from '../plan/change-kinds.ts';
import { describeChange } from '../plan/describe.ts';
import type { Inverse, UndoState } from '../plan/kinds/change-kind.ts';
import type { Item } from '../plan/plan.ts';
import { isDone, itemsWithState, itemsWithStateBackwards } from './outcomes.ts';
import type { Intent, Outcome, StoredRun } from './records.ts';

/** A change that took effect, and its result. */
interface Done {
  step: Change;
  made: ChangeResult;
}

/** The SIDs of the users whom a run changed. An undo reads them again. */
export async function affectedUsers(kept: StoredRun): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { item, steps } of itemsWithState(kept)) {
    for (const { step, made } of doneSteps(item, steps)) {
      const id = changedUser(step, made);
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

/** The addresses and external ids that users had before a run. An undo reads who has them now. */
export async function earlierKeys(kept: StoredRun): Promise<UserReference[]> {
  const keys: UserReference[] = [];
  for await (const { item, steps } of itemsWithState(kept)) {
    for (const { step } of doneSteps(item, steps)) keys.push(...(kindOf(step).keys?.(step).releases ?? []));
  }
  return keys;
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

/**
 * The items that undo a run, from the last item of the run to the first. Each is made when it is asked for, so that none is kept
 * in memory. A change that others have made since stays, and a note says so.
 */
export async function* invertRun(kept: StoredRun, now: UndoState): AsyncGenerator<Item> {
  const released = new Set<string>();
  for await (const { item, steps } of itemsWithStateBackwards(kept)) {
    const done = doneSteps(item, steps);
    if (done.length === 0) continue;
    const made = done.find(({ step }) => step.do === 'create-user')?.made.sid;
    const inverse = done.reverse().flatMap((one) => withoutTaken(inverseOf(one, made, now), released, now));
    const notes = inverse.flatMap((each) => ('note' in each ? each.note : []));
    yield {
      row: namedAsNow(item.row, done, now),
      steps: inverse.flatMap((each) => ('step' in each ? each.step : [])),
      ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    };
  }
}

/** The row with the user's present address, by which an undo of a changed address names them. */
function namedAsNow(row: Item['row'], done: readonly Done[], { directory }: UndoState): Item['row'] {
  const id = done.map(({ step, made }) => changedUser(step, made)).find((each) => each !== undefined);
  const userName = id === undefined ? undefined : directory.find({ id })?.userName;
  if (userName === undefined) return row;
  const names = (['email', 'userName'] as const).filter(
    (name) => row[name] !== undefined && !equalsIgnoreCase(userName, row[name]),
  );
  return { ...row, ...Object.fromEntries(names.map((name) => [name, userName])) };
}

function inverseOf({ step, made }: Done, createdUser: string | undefined, now: UndoState): Inverse {
  const kind = kindOf(step);
  const changesUser = kind.assignment(step) === undefined;
  const id = changesUser ? changedUser(step, made) : undefined;
  const user = id === undefined ? undefined : now.directory.find({ id });
  if (user !== undefined && !isChangeable(user)) {
    return { note: `${unknownState(user)}, so they stay as they are` };
  }
  if (made.found) return { note: `Not done by this run, so it stays: ${describeChange(step)}` };
  return kind.inverse(step, made, createdUser, now);
}

/**
 * The change without the address or the external id that somebody else has now, and a note about each. One that an earlier
 * change of the undo frees is not taken.
 *
 * @param released keys that the undo frees; those of the change are added
 */
function withoutTaken(inverse: Inverse, released: Set<string>, { directory }: UndoState): Inverse[] {
  if (!('step' in inverse) || inverse.step.do !== 'update-user') return [inverse];
  const { user } = inverse.step;
  const fields = { ...inverse.step.fields };
  const kept: Inverse[] = [];
  for (const key of kindOf(inverse.step).keys?.(inverse.step).claims ?? []) {
    const holder = directory.find(key);
    if (holder === undefined || holder.id === user.id || released.has(referenceKey(key))) continue;
    delete fields['userName' in key ? 'email' : 'externalId'];
    kept.push({ note: takenNote(key, holder, user) });
  }
  if (Object.keys(fields).length === 0) return kept;
  const step: Change = { ...inverse.step, fields };
  for (const key of kindOf(step).keys?.(step).releases ?? []) released.add(referenceKey(key));
  return [{ step }, ...kept];
}

function takenNote(key: UserReference, holder: User, user: User): string {
  const name = formatUserReference(key);
  if ('userName' in key) return `${name} now belongs to ${holder.id}, so ${user.userName} keeps this address`;
  const external = user.externalId
    ? `keeps the external id ${user.externalId}`
    : 'stays without an external id';
  return `${name} now belongs to ${holder.userName} (${holder.id}), so ${user.userName} ${external}`;
}
