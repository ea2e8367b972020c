import type { ChangeResult } from '../plan/change.ts';
import type { Item, Plan, PlanHeader } from '../plan/plan.ts';

/** The first line of a run's file. */
export interface RunHeader extends PlanHeader {
  type: 'run';
  version: 1;
  run: string;
  /** The time of planning; ISO 8601. */
  planned_at: string;
  /** The run that this one undoes. */
  undoes?: string;
}

/** Written before a change is sent. */
export interface Intent {
  type: 'intent';
  /** Index of the item in the plan, from 0. */
  item: number;
  step: number;
  at: string;
}

/** Written when the outcome of a change is known, or known to be unknown. */
export interface Outcome extends ChangeResult {
  type: 'outcome';
  item: number;
  step: number;
  status: 'done' | 'failed' | 'unknown' | 'not sent';
  /** The reason why it is not done. */
  reason?: string;
  at: string;
}

/** Written each time that a run is resumed, often by another person than the one who began it. */
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
/** The last record of each change that was begun: by item, then by step. */
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
