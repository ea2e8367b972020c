import { isObject } from '../../platform/core/json.ts';
import { isSid, type SidPrefix } from '../../twilio/sids.ts';
import { changeable, parseUser, type UserFields } from '../../twilio/users.ts';
import type { Change } from '../plan/change.ts';
import { doneWords, itemColumns } from '../plan/plan.ts';
import type { JournalRecord } from './records.ts';

/** What is wrong with a run or a saved plan, in words that follow the file's name. */
export class PlanFormatError extends Error {}

type Members = Record<string, unknown>;

type Check = (value: unknown) => boolean;

/**
 * Checks the lines of a run or a saved plan, from the first to the last: they may have been made, or changed, by anybody. Each
 * has the form that it should have, at a place where it may stand.
 */
export function lineChecker(): (value: JournalRecord) => JournalRecord {
  let begun = false;
  let complete = false;
  /** The number of steps of each item. */
  const steps: number[] = [];
  return (value) => {
    if (Object.hasOwn(checks, value.type)) checks[value.type]?.(value as unknown as Members);
    if (value.type === 'run' && begun) throw new PlanFormatError('it has two heads');
    begun = true;
    if (complete && (value.type === 'item' || value.type === 'planned')) {
      throw new PlanFormatError('there is more of its plan after the end of the plan');
    }
    if (value.type === 'item') steps.push(value.steps.length);
    else if (value.type === 'planned') complete = true;
    else if (value.type === 'intent' || value.type === 'outcome') {
      // Also what comes before the end of the plan is about no item of a plan.
      if (!complete || value.step >= (steps[value.item] ?? 0)) {
        throw new PlanFormatError(`it tells of step ${value.step} of item ${value.item}, and there is none`);
      }
    }
    return value;
  };
}

const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || isText(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

/** As it may stand in a path, where a later step puts it. */
const isName: Check = (value) => isText(value) && /^\w+$/.test(value as string);

/** As `runs list` names a run. */
const isRun: Check = (value) => isText(value) && /^[0-9]{8}-[0-9]{9}-[0-9a-f]{4}$/.test(value as string);
const isTime: Check = (value) => isText(value) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value as string);
const isVerb: Check = (value) => isText(value) && /^[a-z-]+( [a-z-]+)*$/.test(value as string);
const isCell: Check = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
const isList =
  (isEach: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(isEach);
const isTexts: Check = (value) => isObject(value) && Object.values(value).every(isText);
const isOneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

function members(value: unknown, what: string, form: Record<string, Check>): asserts value is Members {
  const wrong = isObject(value)
    ? Object.entries(form).find(([name, check]) => !check(value[name]))
    : (['everything'] as const);
  if (wrong !== undefined) throw new PlanFormatError(`"${wrong[0]}" of ${what} is missing or makes no sense`);
}

const step = { item: isCount, step: isCount, at: optional(isText) };

const checks: Partial<Record<string, (line: Members) => void>> = {
  run: (line) =>
    members(line, 'its head', {
      run: isRun,
      planned_at: isTime,
      undoes: optional(isRun),
      command: isText,
      profile: isText,
      organization_sid: isTextOrNull,
      api_url: isText,
      done: optional(isOneOf(...doneWords)),
      offboarding: optional(
        (work) => isObject(work) && isTextOrNull(work.reason) && isTextOrNull(work.copied_to),
      ),
      client_id: optional(isText),
      verb: optional(isVerb),
      actor: optional(isText),
      program: optional(isText),
      role_names: optional(isTexts),
      columns: isList(isOneOf(...itemColumns)),
    }),
  item: checkItem,
  resumed: (line) =>
    members(line, 'a resumption', {
      at: isText,
      actor: optional(isText),
      client_id: optional(isText),
      program: optional(isText),
    }),
  intent: (line) => members(line, 'an intent', step),
  outcome: (line) =>
    members(line, 'an outcome', {
      ...step,
      status: isOneOf('done', 'failed', 'unknown', 'not sent'),
      reason: optional(isText),
      sid: optional(isName),
      version: optional(isText),
      found: optional(isFlag),
      http_status: optional(isCount),
      request_id: optional(isText),
    }),
};

function checkItem(item: Members): void {
  members(item, 'an item', {
    row: (row) => isObject(row) && Object.values(row).every(optional(isCell)),
    steps: isList(isObject),
    independent: optional(isFlag),
    rests: optional(isList(isObject)),
    sid: optional(isName),
    note: optional(isText),
    cells: optional(isTexts),
  });
  const count = (item.steps as Members[]).length;
  // Each step needs an earlier one, so that no two wait for each other.
  const isEarlier = ([step, needed]: [string, unknown]) =>
    /^\d+$/.test(step) && Number(step) < count && isCount(needed) && (needed as number) < Number(step);
  members(item, 'an item', {
    needs: optional((needs) => isObject(needs) && Object.entries(needs).every(isEarlier)),
  });
  let makesUser = false;
  for (const step of item.steps as Members[]) {
    const kind = isText(step.do) ? (step.do as string) : '';
    if (!Object.hasOwn(kinds, kind)) throw new PlanFormatError('a step is of no known kind');
    kinds[kind as Change['do']](step, makesUser);
    if (!optional(isText)(step.whose)) throw new PlanFormatError('a name is no text');
    makesUser ||= kind === 'create-user';
  }
  // Nothing is shown of a row under a name that is not known.
  item.row = Object.fromEntries(
    Object.entries(item.row as Members).filter(([name]) => isOneOf(...itemColumns)(name)),
  );
  for (const rest of (item.rests ?? []) as Members[]) {
    if ('user' in rest) sid('US', rest.user);
    else if ('holder' in rest) {
      sid('US', rest.holder);
      members(rest, 'what an item rests on', { assignments: isList(isText) });
    } else {
      sid('IY', rest.assignment);
      sid('US', rest.identity);
    }
  }
}

const fields: Record<keyof UserFields, Check> = {
  email: optional((email) => isText(email) && /^[^\s@]+@[^\s@]+$/.test(email as string)),
  givenName: optional(isTextOrNull),
  familyName: optional(isTextOrNull),
  displayName: optional(isTextOrNull),
  externalId: optional(isTextOrNull),
  locale: optional(isTextOrNull),
  timezone: optional(isTextOrNull),
  active: optional(isFlag),
};

/** Strictly: the guards judge by these what a step takes away. */
function checkFields(value: unknown, what: string): void {
  members(value, what, fields);
  const other = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (other !== undefined) throw new PlanFormatError(`"${other}" is no field of ${what}`);
}

const resource = { resource_type: optional(isTextOrNull), resource_id: optional(isTextOrNull) };

/** @param madeUser whether an earlier step of the item creates a user */
const kinds: Record<Change['do'], (step: Members, madeUser: boolean) => void> = {
  'create-user': (step) => {
    checkFields(step.fields, 'a user to create');
    members(step.fields, 'a user to create', { email: isText });
  },
  'update-user': (step) => {
    checkUser(step.user);
    checkFields(step.fields, 'a user to change');
  },
  'delete-user': ({ user }) => checkUser(user),
  'create-assignment': ({ grant }, madeUser) => {
    members(grant, 'a role to give', resource);
    sid('IX', grant.role_sid);
    if (grant.identity !== null || !madeUser) sid('US', grant.identity);
    if (typeof grant.scope !== 'string' || !(isSid('OR', grant.scope) || isSid('AC', grant.scope))) {
      throw new PlanFormatError('a scope is not one');
    }
  },
  'delete-assignment': ({ assignment }) => {
    const shown = { role_sid: optional(isText), scope: optional(isText), ...resource };
    members(assignment, 'a role to take away', shown);
    sid('IY', assignment.sid);
    // Whatever else is said of it could not be compared with what there is.
    if (Object.keys(assignment).length > 1) sid('US', assignment.identity);
  },
  'send-request': (step) =>
    members(step, 'a request', { method: isOneOf('POST', 'PUT', 'PATCH', 'DELETE'), path: isText }),
};

function checkUser(value: unknown): void {
  try {
    sid('US', changeable(parseUser(value)).id);
  } catch {
    throw new PlanFormatError('a user has another form');
  }
}

function sid(prefix: SidPrefix, value: unknown): void {
  if (typeof value !== 'string' || !isSid(prefix, value))
    throw new PlanFormatError(`what should be a SID (${prefix}…) is none`);
}
