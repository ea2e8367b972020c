import { isObject } from '../../platform/core/json.ts';
import { isChangeKind, kindOf } from '../plan/change-kinds.ts';
import { doneWords, itemColumns } from '../plan/plan.ts';
import {
  type Check,
  checkMembers,
  checkSid,
  isCount,
  isFlag,
  isList,
  isOneOf,
  isText,
  isTextOrNull,
  isTexts,
  type Members,
  optional,
  PlanFormatError,
} from '../plan/record-checks.ts';
import type { JournalRecord } from './records.ts';

/**
 * Checks the form and the order of the lines of a run or a saved plan, from the first to the last. Anyone may have edited the
 * file.
 */
export function lineChecker(): (value: JournalRecord) => JournalRecord {
  let begun = false;
  let complete = false;
  /** The number of steps of each item. */
  const steps: number[] = [];
  return (value) => {
    checkForm(value);
    if (value.type === 'run' && begun) throw new PlanFormatError('it has two headers');
    begun = true;
    if (complete && (value.type === 'item' || value.type === 'planned')) {
      throw new PlanFormatError('its plan continues after the end of the plan');
    }
    if (value.type === 'item') steps.push(value.steps.length);
    else if (value.type === 'planned') complete = true;
    else if (value.type === 'intent' || value.type === 'outcome') {
      // A record before the end of the plan is invalid as well.
      if (!complete || value.step >= (steps[value.item] ?? 0)) {
        throw new PlanFormatError(
          `it records step ${value.step} of item ${value.item}, which does not exist`,
        );
      }
    }
    return value;
  };
}

/** Checks the form of a line, and drops unknown members of an item's row. */
export function checkForm(value: JournalRecord): void {
  if (Object.hasOwn(checks, value.type)) checks[value.type]?.(value as unknown as Members);
}

/** Safe in a path, where a later change puts it. */
const isName: Check = (value) => isText(value) && /^\w+$/.test(value as string);

/** The name of a run, as in `runs list`. */
const isRun: Check = (value) => isText(value) && /^[0-9]{8}-[0-9]{9}-[0-9a-f]{4}$/.test(value as string);
const isTime: Check = (value) => isText(value) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value as string);
const isVerb: Check = (value) => isText(value) && /^[a-z-]+( [a-z-]+)*$/.test(value as string);
const isCell: Check = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value);
const step = { item: isCount, step: isCount, at: optional(isText) };

const checks: Partial<Record<string, (line: Members) => void>> = {
  run: (line) =>
    checkMembers(line, 'its head', {
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
    checkMembers(line, 'a resumption', {
      at: isText,
      actor: optional(isText),
      client_id: optional(isText),
      program: optional(isText),
    }),
  intent: (line) => checkMembers(line, 'an intent', step),
  outcome: (line) =>
    checkMembers(line, 'an outcome', {
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
  checkMembers(item, 'an item', {
    row: (row) => isObject(row) && Object.values(row).every(optional(isCell)),
    steps: isList(isObject),
    independent: optional(isFlag),
    rests: optional(isList(isObject)),
    sid: optional(isName),
    note: optional(isText),
    warning: optional(isText),
    cells: optional(isTexts),
  });
  const count = (item.steps as Members[]).length;
  // A change may only depend on an earlier one, so that no two wait for each other.
  const isEarlier = ([step, needed]: [string, unknown]) =>
    /^\d+$/.test(step) && Number(step) < count && isCount(needed) && (needed as number) < Number(step);
  checkMembers(item, 'an item', {
    needs: optional((needs) => isObject(needs) && Object.entries(needs).every(isEarlier)),
  });
  let createsUser = false;
  for (const step of item.steps as Members[]) {
    if (!isChangeKind(step.do)) throw new PlanFormatError('a step has an unknown kind');
    kindOf({ do: step.do }).check(step, createsUser);
    if (!optional(isText)(step.whose)) throw new PlanFormatError('a name is not text');
    createsUser ||= step.do === 'create-user';
  }
  // Unknown columns of a row are never shown.
  item.row = Object.fromEntries(
    Object.entries(item.row as Members).filter(([name]) => isOneOf(...itemColumns)(name)),
  );
  for (const rest of (item.rests ?? []) as Members[]) {
    if ('user' in rest) checkSid('US', rest.user);
    else if ('holder' in rest) {
      checkSid('US', rest.holder);
      checkMembers(rest, 'what an item rests on', { assignments: isList(isText) });
    } else {
      checkSid('IY', rest.assignment);
      checkSid('US', rest.identity);
    }
  }
}
