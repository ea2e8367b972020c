import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { Role } from '../../twilio/roles.ts';
import { canonicalSid, isSid } from '../../twilio/sids.ts';
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
  /** Undefined asks about the scope itself: a role for one resource in it is a near miss. */
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

interface Applied {
  one: HeldRole;
  reach: Reached;
  policy: RoleAnswer;
}

/**
 * Answers a question from the roles of one person. The answer is `yes` or `no` only where the published model decides:
 * policy format 1, paths with or without a trailing `*`, and `deny` over `allow` within one role.
 */
export function decide(question: Question, held: readonly HeldRole[]): Decision {
  const findings = findingsOf(question, held);
  return { answer: answerFrom(findings), findings };
}

/** @param isAsked true for the roles that findings are needed of; the others may still deny */
function findingsOf(
  question: Question,
  held: readonly HeldRole[],
  isAsked: (one: HeldRole) => boolean = () => true,
): Finding[] {
  const applied: Applied[] = [];
  const misses: Finding[] = [];
  for (const one of held) {
    const place = placeOf(one.assignment, question);
    const policy = answerOf(one.role, question.wanted);
    if (place.miss === undefined) applied.push({ one, reach: place, policy });
    else if (isAsked(one)) misses.push(...missOf(one, place.miss, policy));
  }
  const denying = applied.filter(({ policy }) => policy.deny.coverage !== 'none');
  const findings: Finding[] = [];
  for (const each of applied) {
    const finding = isAsked(each.one) ? findingOf(each, denying) : undefined;
    if (finding !== undefined) findings.push(finding);
  }
  return misses.length === 0 ? findings : [...findings, ...misses];
}

/** A question that may leave the place open. */
export type OpenQuestion = Omit<Question, 'scope'> & { scope?: string | undefined };

/** Answers the question in each place in which the person has a role: `yes` where one of them answers so. */
export function decideAnywhere(question: OpenQuestion, held: readonly HeldRole[]): Decision {
  const findings = findingsAnywhere(question, held);
  return { answer: answerFrom(findings), findings };
}

/**
 * The findings of each question that an open one stands for: one for each scope in which the person has a role, and one for each
 * resource, unless it names them. Each assignment answers in its own place.
 */
export function findingsAnywhere(open: OpenQuestion, held: readonly HeldRole[]): Finding[] {
  const [only] = held;
  // The usual person has one role.
  if (only !== undefined && held.length === 1) return findingsOf(questionAt(open, only), held);
  const questions = new Map<string, Question>();
  for (const one of held) {
    const question = questionAt(open, one);
    const { type = '', id = '' } = question.resource ?? {};
    questions.set(`${canonicalSid(question.scope)} ${type} ${id}`, question);
  }
  return [...questions.values()].flatMap((question) =>
    findingsOf(question, held, ({ assignment }) => {
      const isOfScope = open.scope !== undefined || equalsIgnoreCase(assignment.scope, question.scope);
      if (!isOfScope || open.resource !== undefined) return isOfScope;
      const own = resourceOf(assignment);
      return own?.type === question.resource?.type && own?.id === question.resource?.id;
    }),
  );
}

/** The question in the place of a role, as far as it is open. */
function questionAt({ wanted, scope, resource, assumeInheritance }: OpenQuestion, { assignment }: HeldRole) {
  return {
    wanted,
    scope: scope ?? assignment.scope,
    resource: resource ?? resourceOf(assignment),
    assumeInheritance,
  };
}

function resourceOf(assignment: RoleAssignment): Resource | undefined {
  return isLimited(assignment)
    ? { type: assignment.resource_type ?? '', id: assignment.resource_id ?? '' }
    : undefined;
}

function answerFrom(findings: readonly Finding[]): Decision['answer'] {
  const has = (effect: Finding['effect']) => findings.some((finding) => finding.effect === effect);
  return has('grants') ? 'yes' : has('undecided') ? 'undecided' : 'no';
}

interface Reached {
  how: Reach;
  /** False where only inheritance would let it apply. */
  isCertain: boolean;
  miss?: undefined;
}

/** The way in which the assignment reaches the place of the question, or the reason why it does not. */
export function placeOf(
  assignment: RoleAssignment,
  { scope, resource, assumeInheritance }: Omit<Question, 'wanted'>,
): Reached | { miss: Miss } {
  const isHere = equalsIgnoreCase(assignment.scope, scope);
  const isInherited = !isHere && isAbove(assignment.scope, scope);
  if (!isHere && !isInherited) return { miss: 'another scope' };
  if (isLimited(assignment)) {
    if (resource === undefined) return { miss: 'resource only' };
    if (!isOf(assignment, resource)) return { miss: 'another resource' };
  }
  if (isInherited && assumeInheritance === false) return { miss: 'organization only' };
  const how = isLimited(assignment) ? 'resource only' : isHere ? 'here' : 'organization-wide';
  return { how, isCertain: isHere || assumeInheritance === true };
}

/** False for an assignment that has no part in any answer about the scope. */
export function isNear({ scope: own }: RoleAssignment, scope: string): boolean {
  return equalsIgnoreCase(own, scope) || isAbove(own, scope);
}

/** One organization is read at a time, so any organization is the one of the account. */
function isAbove(own: string, scope: string): boolean {
  return isSid('OR', own) && isSid('AC', scope);
}

/** True for an assignment that applies to one resource alone. */
export function isLimited({ resource_type, resource_id }: RoleAssignment): boolean {
  return (resource_type ?? null) !== null || (resource_id ?? null) !== null;
}

function isOf({ resource_type, resource_id }: RoleAssignment, { type, id }: Resource): boolean {
  return resource_type === type && resource_id === id;
}

/** A role that is elsewhere: it allows or may allow there, or denies for a resource of the scope. */
function missOf(one: HeldRole, miss: Miss, { isAllowed, allow, deny, doubt }: RoleAnswer): Finding[] {
  const base = { ...one, allow: allow.pattern, miss };
  if (isAllowed !== false)
    return [{ ...base, effect: 'near miss', ...(doubt === undefined ? {} : { doubts: [doubt] }) }];
  if (miss !== 'resource only' || deny.coverage !== 'all') return [];
  return [{ ...base, effect: 'denies', how: 'resource only', deny: deny.pattern }];
}

/** @param denying the roles of the person that deny, or may deny, a part of it in the same place */
function findingOf({ one, reach, policy }: Applied, denying: readonly Applied[]): Finding | undefined {
  const { assignment, role } = one;
  const { how, isCertain } = reach;
  const [allow, deny] = [policy.allow.pattern, policy.deny.pattern];
  if (policy.isAllowed === false) {
    const isRemoved = policy.allow.coverage !== 'none';
    if (policy.deny.coverage !== 'all' && !isRemoved) return undefined;
    const denies: Finding = { assignment, role, how, allow, deny, effect: 'denies' };
    return isRemoved ? { ...denies, miss: 'denied' } : denies;
  }
  // A second assignment of the same role has the same policy, which has been looked at.
  const deniedBy = denying.flatMap(({ one: { assignment: other } }) =>
    equalsIgnoreCase(other.role_sid, assignment.role_sid) ? [] : [other],
  );
  const doubts = doubtsOf(policy.doubt, isCertain, deniedBy.length > 0);
  if (doubts.length === 0) return { assignment, role, how, allow, deny, effect: 'grants' };
  const undecided: Finding = { assignment, role, how, allow, deny, effect: 'undecided', doubts };
  return deniedBy.length > 0 ? { ...undecided, deniedBy } : undecided;
}

export const noDoubts: readonly Doubt[] = [];
export const inheritanceAlone: readonly Doubt[] = ['inheritance'];

function doubtsOf(doubt: PolicyDoubt | undefined, isCertain: boolean, isDenied: boolean): readonly Doubt[] {
  // The usual ones are shared: a list has them in tens of thousands of rows.
  if (doubt === undefined && !isDenied) return isCertain ? noDoubts : inheritanceAlone;
  return [
    ...(doubt === undefined ? [] : [doubt]),
    ...(isCertain ? [] : inheritanceAlone),
    ...(isDenied ? (['denied by another role'] as const) : []),
  ];
}
