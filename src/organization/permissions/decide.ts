import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { Role } from '../../twilio/roles.ts';
import { isSid } from '../../twilio/sids.ts';
import type { PermissionPattern } from './pattern.ts';
import { answerOf, type PolicyDoubt, type RoleAnswer } from './role-policy.ts';

/** A resource that an assignment can be limited to. */
export interface Resource {
  type: string;
  id: string;
}

/** A question about one person: may they do this, in this scope? */
export interface Question {
  wanted: PermissionPattern;
  /** SID of the organization or of an account. */
  scope: string;
  /** Undefined asks about the whole scope. */
  resource?: Resource | undefined;
  /** An assumption on what Twilio does not publish: a role of the organization applies in its accounts. */
  assumeInheritance?: boolean | undefined;
}

/** A role that the person has. */
export interface HeldRole {
  assignment: RoleAssignment;
  /** Undefined for a role that is not among those that can be read. */
  role: Role | undefined;
}

/** The way in which an assignment reaches a place. */
export type Reach = 'here' | 'organization-wide' | 'resource only';

/** The reason why an assignment does not apply in the place of the question. */
export type Miss = 'another scope' | 'another resource' | 'resource only' | 'organization only' | 'denied';

export type Doubt =
  | PolicyDoubt
  /** Twilio does not publish whether roles of the organization apply in its accounts. */
  | 'inheritance'
  /** Twilio does not publish whether the `deny` of one role removes what another allows. */
  | 'denied by another role';

/** One assignment's part in the answer. */
export interface Finding extends HeldRole {
  effect: 'grants' | 'undecided' | 'denies' | 'near miss';
  how?: Reach;
  /** The pattern that allows, and the one that denies. */
  allow?: string | undefined;
  deny?: string | undefined;
  doubts?: readonly Doubt[];
  miss?: Miss;
  /** The assignments whose `deny` leaves this one undecided. */
  deniedBy?: readonly RoleAssignment[];
}

export interface Decision {
  answer: 'yes' | 'no' | 'undecided';
  /** The assignments that bear on the question; others are left out. */
  findings: readonly Finding[];
}

interface Applied extends HeldRole {
  how: Reach;
  /** False where only inheritance would let it apply. */
  isCertain: boolean;
  policy: RoleAnswer;
}

/**
 * Answers a question from the roles of one person. The answer is `yes` or `no` only where the published model decides:
 * policy format 1, paths with or without a trailing `*`, and `deny` over `allow` within one role.
 */
export function decide(question: Question, held: readonly HeldRole[]): Decision {
  const applied: Applied[] = [];
  const misses: Finding[] = [];
  for (const one of held) {
    const place = placeOf(one.assignment, question);
    const policy = answerOf(one.role, question.wanted);
    if ('how' in place) applied.push({ ...one, ...place, policy });
    else if (policy.isAllowed === true)
      misses.push({ ...one, effect: 'near miss', allow: policy.allow.pattern, miss: place.miss });
  }
  const findings = [...applied.flatMap((one) => findingOf(one, applied)), ...misses];
  return { answer: answerFrom(findings), findings };
}

/** Answers the question in each scope in which the person has a role: `yes` where one of them answers so. */
export function decideAnywhere(question: Omit<Question, 'scope'>, held: readonly HeldRole[]): Decision {
  const scopes = new Map(held.map(({ assignment: { scope } }) => [scope.toLowerCase(), scope]));
  const findings = [...scopes.values()].flatMap((scope) =>
    decide({ ...question, scope }, held).findings.filter(({ assignment }) =>
      equalsIgnoreCase(assignment.scope, scope),
    ),
  );
  return { answer: answerFrom(findings), findings };
}

function answerFrom(findings: readonly Finding[]): Decision['answer'] {
  const has = (effect: Finding['effect']) => findings.some((finding) => finding.effect === effect);
  return has('grants') ? 'yes' : has('undecided') ? 'undecided' : 'no';
}

/** The way in which the assignment reaches the place of the question, or the reason why it does not. */
export function placeOf(
  assignment: RoleAssignment,
  { scope, resource, assumeInheritance }: Omit<Question, 'wanted'>,
): { how: Reach; isCertain: boolean } | { miss: Miss } {
  const isHere = equalsIgnoreCase(assignment.scope, scope);
  // One organization is read at a time, so any organization is the one of the account.
  const isInherited = !isHere && isSid('AC', scope) && isSid('OR', assignment.scope);
  if (!isHere && !isInherited) return { miss: 'another scope' };
  if (isLimited(assignment)) {
    if (resource === undefined) return { miss: 'resource only' };
    if (!isOf(assignment, resource)) return { miss: 'another resource' };
  }
  if (isInherited && assumeInheritance === false) return { miss: 'organization only' };
  const how = isLimited(assignment) ? 'resource only' : isHere ? 'here' : 'organization-wide';
  return { how, isCertain: isHere || assumeInheritance === true };
}

/** True for an assignment that applies to one resource alone. */
export function isLimited({ resource_type, resource_id }: RoleAssignment): boolean {
  return (resource_type ?? null) !== null || (resource_id ?? null) !== null;
}

function isOf({ resource_type, resource_id }: RoleAssignment, { type, id }: Resource): boolean {
  return resource_type === type && resource_id === id;
}

function findingOf(one: Applied, all: readonly Applied[]): Finding[] {
  const { assignment, role, how, isCertain, policy } = one;
  const base = { assignment, role, how, allow: policy.allow.pattern, deny: policy.deny.pattern };
  if (policy.isAllowed === false) {
    if (policy.deny.coverage !== 'all') return [];
    const isRemoved = policy.allow.coverage !== 'none';
    return [{ ...base, effect: 'denies', ...(isRemoved ? { miss: 'denied' } : {}) }];
  }
  const doubts: Doubt[] = policy.doubt === undefined ? [] : [policy.doubt];
  if (!isCertain) doubts.push('inheritance');
  // A second assignment of the same role has the same policy, which has been looked at.
  const deniers = all.filter(
    (other) =>
      other.policy.deny.coverage !== 'none' &&
      !equalsIgnoreCase(other.assignment.role_sid, assignment.role_sid),
  );
  if (deniers.length > 0) doubts.push('denied by another role');
  if (doubts.length === 0) return [{ ...base, effect: 'grants' }];
  const deniedBy = deniers.map((other) => other.assignment);
  return [{ ...base, effect: 'undecided', doubts, ...(deniedBy.length > 0 ? { deniedBy } : {}) }];
}
