import type { AssignmentIndex } from '../../../organization/assignments.ts';
import type { UserReference } from '../../../organization/references.ts';
import type { UserIndex } from '../../../organization/users.ts';
import type { ApiReader, Mutation } from '../../../twilio/mutation.ts';
import type { AssignmentRef } from '../../../twilio/role-assignment-mutations.ts';
import type { Change, ChangeResult, ChangeStatus, PlannedGrant, Sent } from '../change.ts';
import type { Members } from '../record-checks.ts';

/** Returns the name of a role or a scope by its SID. */
export type LabelFor = (sid: string) => string;

/** One thing that a change sets, gives or takes away, in a person's words. */
export interface ChangeDetail {
  /** `-` takes access away, `+` gives access or creates, `~` changes something else. */
  sign: '-' | '+' | '~';
  /** The thing, such as `Role` or `Family name`. */
  what: string;
  /** The earlier value; absent where there is none. */
  from?: string | undefined;
  to?: string | undefined;
  /** The reason, where it is another for each change of a plan. */
  why?: string | undefined;
}

/** The current users and role assignments, as far as a plan or a run concerns them. */
export interface CurrentState {
  directory: UserIndex;
  holdings: AssignmentIndex;
}

/** The state that an undo starts from. */
export interface UndoState extends CurrentState {
  /** New SIDs of role assignments that other undos restored, by the earlier SID of each. */
  restoredSids: ReadonlyMap<string, string>;
}

/** The change that undoes another, or the reason why there is none. */
export type Inverse = { step: Change } | { note: string };

/** The addresses and external ids that a change gives to its user, and those that it frees for others. */
export interface KeyChanges {
  claims: UserReference[];
  releases: UserReference[];
}

/** The behaviour of one kind of change. */
export interface ChangeKind<C extends Change = Change> {
  /** Builds the request, its result and its verification. @param createdUser SID of the user that an earlier change of the item created */
  toMutation(change: C, createdUser: string | undefined): Mutation<Sent>;
  /** Reads the current status of a change that was planned, or perhaps sent, earlier. */
  checkStatus(change: C, createdUser: string | undefined, api: ApiReader): Promise<ChangeStatus>;
  /** False for a change whose effect no read can show. Sending such a change twice is safe. */
  isVerifiable(change: C): boolean;
  /** Describes the change in a few words, for plans and reports. */
  describe(change: C, label: LabelFor): string;
  /** Says the same part by part, for plans that are grouped by person. */
  details(change: C, label: LabelFor): ChangeDetail[];
  /** The user that the change concerns, if it names one. */
  user(change: C): { id: string } | { userName: string } | undefined;
  /** The role assignment that it creates or deletes. */
  assignment(change: C): PlannedGrant | AssignmentRef | undefined;
  /** The addresses and external ids that it moves; absent for kinds that move none. Only one user can have each. */
  keys?(change: C): KeyChanges;
  /** Identifiers that the change records, mainly of its user, as columns and values. @param sid SID in its result */
  names(change: C, sid: string | undefined): [column: string, value: unknown][];
  /** Differences between the current state and the planned one, one a line. */
  conflicts(change: C, now: CurrentState): string[];
  /** True when the change removes access from a user. */
  removesAccess(change: C): boolean;
  /** SID of the existing user who gets a role, or can sign in again, by this change. */
  givesAccessTo(change: C): string | undefined;
  /** Finds the change that undoes a completed one; `createdUser` as in {@link toMutation}. */
  inverse(done: C, made: ChangeResult, createdUser: string | undefined, now: UndoState): Inverse;
  /**
   * Checks the members, because the file that they come from may have been edited.
   *
   * @param createsUser true when an earlier change of the item creates a user
   * @throws PlanFormatError
   */
  check(members: Members, createsUser: boolean): void;
}
