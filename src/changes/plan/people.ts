import type { Change } from './change.ts';
import { kindOf } from './change-kinds.ts';
import { detailsOf } from './describe.ts';
import type { ChangeDetail, LabelFor } from './kinds/change-kind.ts';
import type { Item, PlanHeader } from './plan.ts';

/** A person as a plan names them: by e-mail address, or by what else is known. */
export interface Person {
  who: string;
  /** Their name, where it is known. */
  name?: string | undefined;
}

/** All that a plan changes for one person. */
export interface PersonChanges extends Person {
  details: ChangeDetail[];
  /** Lines of the input. */
  lines: string[];
  /** Reasons why there is nothing to change. */
  notes: string[];
  warnings: string[];
  /** Number of the plan's items about them. */
  items: number;
}

/** Names for the SIDs of a plan. */
export interface PlanLabels {
  /** Roles and scopes. */
  label: LabelFor;
  /** The address and the name of a user, where this command has read them. */
  person(reference: { id: string } | { userName: string }): Person | undefined;
}

/** The person whom a change concerns. Their address is taken from what is sent; a row names them where the change does not. */
export function personOf({ row }: Pick<Item, 'row'>, change: Change | undefined, labels: PlanLabels): Person {
  const other = change !== undefined && 'whose' in change ? change.whose : undefined;
  const user = change === undefined ? undefined : kindOf(change).user(change);
  const known = user === undefined ? undefined : labels.person(user);
  if (change?.do === 'update-user' || change?.do === 'delete-user') {
    return { who: change.user.userName, name: known?.name ?? labels.person(change.user)?.name };
  }
  if (change?.do === 'create-user') return { who: change.fields.email };
  if (known !== undefined) return known;
  const named = other ?? row.email ?? row.userName ?? row.user;
  const id = user !== undefined && 'id' in user ? user.id : undefined;
  const who = String(named ?? id ?? row.identity ?? row.id ?? Object.values(row)[0] ?? '');
  return labels.person({ userName: who }) ?? { who };
}

/** People whose changes are collected at the same time. A person who comes again later gets a second group. */
const maxOpen = 1_000;

/** The changes of a plan by person, in the order in which they first come. A person without changes or notes is left out. */
export async function* changesByPerson(
  items: AsyncIterable<Item> | Iterable<Item>,
  labels: PlanLabels,
): AsyncGenerator<PersonChanges> {
  const open = new Map<string, PersonChanges>();
  const groupOf = (person: Person): PersonChanges => {
    const key = person.who.toLowerCase();
    const group = open.get(key) ?? { ...person, details: [], lines: [], notes: [], warnings: [], items: 0 };
    group.name ??= person.name;
    open.set(key, group);
    return group;
  };
  for await (const item of items) {
    const { steps, note, warning, row } = item;
    const own = steps.find((step) => !('whose' in step)) ?? steps[0];
    const group = groupOf(personOf(item, own, labels));
    group.items += 1;
    if (row.line !== undefined) group.lines.push(String(row.line));
    if (note !== undefined) group.notes.push(note);
    if (warning !== undefined) group.warnings.push(warning);
    for (const step of steps) {
      groupOf('whose' in step ? personOf(item, step, labels) : group).details.push(
        ...detailsWithReason(item, step, labels.label),
      );
    }
    while (open.size > maxOpen) yield* taken(open);
  }
  while (open.size > 0) yield* taken(open);
}

function* taken(open: Map<string, PersonChanges>): Generator<PersonChanges> {
  const [first] = open;
  if (first === undefined) return;
  open.delete(first[0]);
  const [, group] = first;
  if (group.details.length + group.notes.length + group.warnings.length > 0) yield group;
}

/** The reason for the changes of an item, as a person knows it: warnings, notes, the reason of an offboarding, the line. */
export function reasonOf(
  { row, note, warning }: Pick<Item, 'row' | 'note' | 'warning'>,
  head: PlanHeader,
): string {
  const line = row.line === undefined ? undefined : `line ${row.line}`;
  return [warning, note, head.offboarding?.reason, line, reasonInRow({ row })].filter(Boolean).join('; ');
}

/** The parts of a change, with the reason that a row gives for it. */
export function detailsWithReason(item: Pick<Item, 'row'>, step: Change, label: LabelFor): ChangeDetail[] {
  const why = reasonInRow(item);
  const details = detailsOf(step, label);
  return why === undefined ? details : details.map((detail) => ({ ...detail, why }));
}

/** The place in a file that asks for the changes of an item, and its own reason. */
export function reasonInRow({ row }: Pick<Item, 'row'>): string | undefined {
  const parts = [row.why, row.because].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join('; ');
}
