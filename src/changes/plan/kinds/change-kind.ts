import type { AssignmentIndex } from '../../../organization/assignments.ts';
import type { UserIndex } from '../../../organization/users.ts';
import type { ApiReader, Mutation } from '../../../twilio/mutation.ts';
import type { AssignmentRef } from '../../../twilio/role-assignment-mutations.ts';
import type { Change, ChangeResult, ChangeStatus, PlannedGrant, Sent } from '../change.ts';
import type { Members } from '../record-checks.ts';

/** The name of a role or a scope, by its SID. */
export type LabelFor = (sid: string) => string;

/** The current users and role assignments, as far as a plan or a run concerns them. */
export interface CurrentState {
  directory: UserIndex;
  holdings: AssignmentIndex;
}

/** The state that an undo starts from. */
export interface UndoState extends CurrentState {
  /** The SIDs under which other undos gave role assignments back, by the SID that each had before. */
  givenAgain: ReadonlyMap<string, string>;
}

/** The change that undoes another, or the reason why there is none. */
export type Inverse = { step: Change } | { note: string };

/** Everything in which the kinds of change differ. */
export interface ChangeKind<C extends Change = Change> {
  /** The request, its result and its verification. @param createdUser SID of the user that an earlier change of the item created */
  toMutation(change: C, createdUser: string | undefined): Mutation<Sent>;
  /** Reads the current status of a change that was planned, or perhaps sent, some time ago. */
  checkStatus(change: C, createdUser: string | undefined, api: ApiReader): Promise<ChangeStatus>;
  /** False for a change whose effect no read can show. Sending it twice does no harm. */
  isVerifiable(change: C): boolean;
  /** A few words for plans and reports. */
  describe(change: C, label: LabelFor): string;
  /** The user whom it concerns, where the change says so. */
  user(change: C): { id: string } | { userName: string } | undefined;
  /** The role assignment that it creates or deletes. */
  assignment(change: C): PlannedGrant | AssignmentRef | undefined;
  /** Every name that it has for its user, as columns and values. @param sid that of its result */
  names(change: C, sid: string | undefined): [column: string, value: unknown][];
  /** Differences between the current state and the state that it was planned for, one a line. */
  conflicts(change: C, now: CurrentState): string[];
  /** True when somebody has less access after it. */
  removesAccess(change: C): boolean;
  /** SID of the existing user who can sign in again, or gets a role, by it. */
  givesAccessTo(change: C): string | undefined;
  /** Undoes it after it was done; `createdUser` as in {@link toMutation}. */
  inverse(done: C, made: ChangeResult, createdUser: string | undefined, now: UndoState): Inverse;
  /**
   * Checks its members, which come from a file that anybody may have edited.
   *
   * @param createsUser true when an earlier change of the item creates a user
   * @throws PlanFormatError
   */
  check(members: Members, createsUser: boolean): void;
}
