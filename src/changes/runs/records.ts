import type { ChangeResult } from '../plan/change.ts';
import type { Item, Plan, PlanHeader } from '../plan/plan.ts';

/** The first line of a run's file. */
export interface RunHeader extends PlanHeader {
  type: 'run';
  version: 1;
  run: string;
  /** When it was planned; ISO 8601. */
  planned_at: string;
  /** The run that this one takes back. */
  undoes?: string;
}

/** What is written before a step is sent. */
export interface Intent {
  type: 'intent';
  /** From 0, as the items stand in the plan. */
  item: number;
  step: number;
  at: string;
}

/** What is written when it is known what came of a step, or that nobody knows. */
export interface Outcome extends ChangeResult {
  type: 'outcome';
  item: number;
  step: number;
  status: 'done' | 'failed' | 'unknown' | 'not sent';
  /** Why it is not done. */
  reason?: string;
  at: string;
}

/** A line for each time that a run is resumed: often by another person than the one who began it. */
export interface Resumption extends Pick<PlanHeader, 'actor' | 'client_id' | 'program'> {
  type: 'resumed';
  at: string;
}

export type JournalRecord =
  | RunHeader
  | ({ type: 'item' } & Item)
  | { type: 'planned'; size: number }
  | Resumption
  | Intent
  | Outcome;
/** How far each step of an item got: by item, then by step. */
export type JournalState = Map<number, (Intent | Outcome)[]>;

/** A plan in a file, and the state of its changes. */
export interface StoredRun {
  head: RunHeader;
  plan: Plan;
  /** The items of the plan from the last to the first, as often as they are asked for. */
  itemsBackwards: Plan['items'];
  state: JournalState;
  /** Each resumption, the earliest first. */
  resumed: Resumption[];
}
