import type { AssignmentIndex } from '../../organization/assignments.ts';
import type { UserIndex } from '../../organization/users.ts';
import { fieldNames, fieldValue } from '../../twilio/user-fields.ts';
import { isChangeable, type User, type UserFields, unknownState } from '../../twilio/users.ts';
import type { Change, ChangeResult } from '../plan/change.ts';
import { describeChange } from '../plan/describe.ts';
import type { Item } from '../plan/plan.ts';
import { sidNow } from './given-again.ts';
import { isDone, itemsWithProgress } from './outcomes.ts';
import type { Intent, Outcome, StoredRun } from './records.ts';

/** What there is now of what a run changed. */
export interface CurrentState {
  directory: UserIndex;
  holdings: AssignmentIndex;
  /** The SIDs under which other undos gave role assignments back, by the SID that each had before. */
  givenAgain: ReadonlyMap<string, string>;
}

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
      const id = step.do === 'create-user' ? made.sid : whose(step);
      if (id != null) ids.add(id);
    }
  }
  return [...ids];
}

function whose(step: Change): string | null | undefined {
  if (step.do === 'update-user' || step.do === 'delete-user') return step.user.id;
  if (step.do === 'create-assignment') return step.grant.identity;
  return step.do === 'delete-assignment' ? step.assignment.identity : undefined;
}

function doneSteps(item: Item, ends: readonly (Intent | Outcome | undefined)[]): Done[] {
  return item.steps.flatMap((step, number) => {
    const last = ends[number];
    return isDone(last) ? [{ step, made: last }] : [];
  });
}

/** The items that take a run back, the last first; what others have changed since is left alone, and that is noted. */
export async function invertRun(kept: StoredRun, now: CurrentState): Promise<Item[]> {
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

type Inverse = { step: Change } | { note: string };

function inverseOf(
  { step, made }: Done,
  madeUser: string | undefined,
  { directory, holdings, givenAgain }: CurrentState,
): Inverse {
  const touched = 'user' in step ? step.user.id : step.do === 'create-user' ? (made.sid ?? '') : undefined;
  const current = touched === undefined ? undefined : directory.find({ id: touched });
  if (current !== undefined && !isChangeable(current))
    return { note: `${unknownState(current)}, so they are left alone` };
  if (made.found) return { note: `Not done by this run, so it is left alone: ${describeChange(step)}` };
  switch (step.do) {
    case 'create-user': {
      const user = directory.find({ id: made.sid ?? '' });
      const { email, ...fields } = step.fields;
      if (user === undefined) return { note: `${email} is not there any more` };
      if (!user.active) return { note: `${email} is not active any more` };
      const others = changedByOthers(user, { active: true, ...fields });
      if (others.length > 0) return leftAlone(user, others);
      return { step: { do: 'update-user', user, fields: { active: false } } };
    }
    case 'update-user': {
      const user = directory.find({ id: step.user.id });
      if (user === undefined) return { note: `${step.user.userName} is not there any more` };
      const before: UserFields = Object.fromEntries(
        fieldNames(step.fields).map((name) => [name, fieldValue(step.user, name) ?? null]),
      );
      if (changedByOthers(user, before).length === 0)
        return { note: `${user.userName} is as before already` };
      const others = changedByOthers(user, step.fields);
      if (others.length > 0) return leftAlone(user, others);
      return { step: { do: 'update-user', user, fields: before } };
    }
    case 'delete-user': {
      const user = directory.find({ id: step.user.id });
      if (user === undefined) return { note: `${step.user.userName} is not there any more` };
      if (user.active) return { note: `${user.userName} is active again already` };
      return { step: { do: 'update-user', user, fields: { active: true } } };
    }
    case 'create-assignment': {
      const identity = step.grant.identity ?? madeUser ?? '';
      const own = made.sid === undefined ? undefined : sidNow(made.sid, givenAgain);
      const held = holdings.of(identity).find(({ sid }) => sid === own);
      if (held === undefined) {
        const other = holdings.find({ ...step.grant, identity });
        const since =
          other === undefined
            ? ''
            : `; the same role was given again since, as ${other.sid}: it is left alone`;
        return { note: `${made.sid} is taken away already${since}` };
      }
      return { step: { do: 'delete-assignment', assignment: held, ...whoseOf(step) } };
    }
    case 'delete-assignment': {
      const { sid, identity, role_sid, scope, resource_type, resource_id } = step.assignment;
      if (identity === undefined || role_sid === undefined || scope === undefined) {
        return { note: `What ${sid} stood for is not known: it can't be given back` };
      }
      const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
      const grant = { role_sid, scope, identity, ...resource };
      const held = holdings.find(grant);
      if (held !== undefined) return { note: `The role of ${sid} is given again already (${held.sid})` };
      return { step: { do: 'create-assignment', grant, ...whoseOf(step) } };
    }
    case 'send-request':
      return { note: `${describeChange(step)} was sent with \`api\`: it can't be undone from here` };
  }
}

function whoseOf({ whose }: { whose?: string }): { whose?: string } {
  return whose === undefined ? {} : { whose };
}

/** The fields that have another value than the run gave them. */
function changedByOthers(user: User, fields: UserFields): string[] {
  return fieldNames(fields).filter((name) => fieldValue(user, name) !== (fields[name] ?? undefined));
}

function leftAlone(user: User, others: readonly string[]): Inverse {
  return {
    note: `${user.userName} is left alone: ${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} changed since`,
  };
}
