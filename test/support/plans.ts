import type { Change } from '../../src/changes/plan/change.ts';
import { type Item, type PlanHeader, planFromItems } from '../../src/changes/plan/plan.ts';
import type { Intent, JournalState, Outcome, StoredRun } from '../../src/changes/runs/records.ts';
import type { User } from '../../src/twilio/users.ts';

export const sid = (prefix: string, number: number) => `${prefix}${String(number).padStart(32, '0')}`;

export const planHeader: PlanHeader = {
  command: 'twilio-org users import in.csv',
  profile: 'default',
  organization_sid: sid('OR', 1),
  api_url: 'http://127.0.0.1:1',
  columns: ['email'],
};

export const userNumber = (number: number, fields: Partial<User> = {}): User => ({
  id: sid('US', number),
  userName: `p${number}@example.com`,
  active: true,
  ...fields,
});

export const grantNumber = (number: number, identity: string | null = sid('US', number)) => ({
  role_sid: sid('IX', number),
  scope: sid('OR', 1),
  identity,
});

export const changes = {
  createUser: (number: number): Change => ({
    do: 'create-user',
    fields: { email: `p${number}@example.com` },
  }),
  deactivate: (number: number): Change => ({
    do: 'update-user',
    user: userNumber(number),
    fields: { active: false },
  }),
  activate: (number: number): Change => ({
    do: 'update-user',
    user: userNumber(number, { active: false }),
    fields: { active: true },
  }),
  giveRole: (number: number, identity?: string | null): Change => ({
    do: 'create-assignment',
    grant: grantNumber(number, identity),
  }),
  removeRole: (number: number): Change => ({
    do: 'delete-assignment',
    assignment: { ...grantNumber(number), sid: sid('IY', number), identity: sid('US', number) },
  }),
};

export const itemOf = (number: number, ...steps: Change[]): Item => ({
  row: { email: `p${number}@example.com` },
  steps,
});

export const done = (item: number, step: number, made: Partial<Outcome> = {}): Outcome => ({
  type: 'outcome',
  item,
  step,
  status: 'done',
  at: '2026-03-14T09:15:00.000Z',
  ...made,
});

/** A run in memory, with these records of its journal. */
export function storedRun(items: readonly Item[], records: readonly (Intent | Outcome)[]): StoredRun {
  const state: JournalState = new Map();
  for (const record of records) {
    const steps = state.get(record.item) ?? [];
    steps[record.step] = record;
    state.set(record.item, steps);
  }
  const head = {
    ...planHeader,
    type: 'run' as const,
    version: 1 as const,
    run: '20260314-091500000-0001',
    planned_at: '2026-03-14T09:15:00.000Z',
  };
  const plan = planFromItems(head, items);
  return { head, plan, itemsBackwards: () => items.toReversed(), state, resumed: [] };
}

export async function collect<T>(values: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
