import type { Change } from '../../changes/plan/change.ts';
import { detailsOf } from '../../changes/plan/describe.ts';
import { type PlanLabels, personOf } from '../../changes/plan/people.ts';
import type { Item } from '../../changes/plan/plan.ts';
import { type ItemResult, isFailed } from '../../changes/runs/outcomes.ts';
import { escapeControl } from '../../platform/terminal/escape.ts';
import type { Context } from '../context.ts';

/** True where a person reads the result: on a terminal, unless a format or fields were asked for. */
export function isForPerson({ out, flags, runtime: { stdout, env } }: Context): boolean {
  const isChosen = flags.output !== undefined || flags.fields !== undefined || Boolean(env.TWILIO_ORG_OUTPUT);
  return stdout.isTTY === true && out.format.name === 'table' && !isChosen;
}

/** A sentence for each part of a change, made of the request that was sent. */
export function sentencesOf(item: Item, labels: PlanLabels): string[] {
  return item.steps.flatMap((step) => sentences(item, step, labels)).map(escapeControl);
}

function sentences(item: Item, step: Change, labels: PlanLabels): string[] {
  const { who, name } = personOf(item, step, labels);
  return detailsOf(step, labels.label).map(({ sign, what, from, to }) => {
    if (step.do === 'create-user') return `Created ${who}: ${to}`;
    if (step.do === 'send-request') return `Sent ${to}`;
    if (what === 'Role') {
      return sign === '+' ? `${name ?? who} now has ${to}` : `${name ?? who} no longer has ${from}`;
    }
    if (what === 'Status') return sign === '+' ? `${who} can sign in again` : `${who} can no longer sign in`;
    return `${what} of ${who}: ${from} → ${to}`;
  });
}

/** True when the run itself made changes of the item. */
export function isChangedBy({ outcome }: ItemResult): boolean {
  return !isFailed({ outcome }) && outcome !== 'not tried' && outcome !== 'unchanged';
}
