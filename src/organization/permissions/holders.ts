import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import {
  type Doubt,
  decide,
  type Finding,
  type HeldRole,
  isLimited,
  placeOf,
  type Question,
  type Reach,
} from './decide.ts';

/** The people who hold a role, or who may do something; in one scope, or wherever they have a role. */
export interface Search extends Omit<Question, 'wanted' | 'scope'> {
  /** SIDs of roles; undefined for any. */
  roles?: ReadonlySet<string> | undefined;
  wanted?: Question['wanted'] | undefined;
  scope?: string | undefined;
}

/** One person, role and place. */
export interface Holding extends HeldRole {
  answer: 'yes' | 'undecided';
  how: Reach;
  /** The pattern that allows. */
  allow?: string | undefined;
  doubts: readonly Doubt[];
}

/** Finds the holdings of one person, from all of their roles in the scopes of the search. */
export function holdingsOf(held: readonly HeldRole[], search: Search): Holding[] {
  const isWanted = ({ assignment }: HeldRole) =>
    search.roles === undefined || search.roles.has(assignment.role_sid.toLowerCase());
  const found =
    search.wanted === undefined
      ? held.flatMap((one) => holdingByRole(one, search))
      : questionsOf(held, search).flatMap((question) => holdingsByPermission(held, question, search));
  return found.filter(isWanted);
}

function holdingByRole(one: HeldRole, { scope, resource, assumeInheritance }: Search): Holding[] {
  const { assignment } = one;
  // Without a scope or a resource, each assignment is listed as it is.
  if (scope === undefined && resource === undefined) {
    return [{ ...one, answer: 'yes', how: isLimited(assignment) ? 'resource only' : 'here', doubts: [] }];
  }
  const place = placeOf(assignment, { scope: scope ?? assignment.scope, resource, assumeInheritance });
  // A role for one resource is a role in that scope, and is listed as such.
  if ('miss' in place) {
    const isListed = place.miss === 'resource only' && equalsIgnoreCase(assignment.scope, scope);
    return isListed ? [{ ...one, answer: 'yes', how: 'resource only', doubts: [] }] : [];
  }
  const { how, isCertain } = place;
  return [
    isCertain
      ? { ...one, answer: 'yes', how, doubts: [] }
      : { ...one, answer: 'undecided', how, doubts: ['inheritance'] },
  ];
}

/**
 * The questions that the search stands for: without a scope one for each scope in which the person has a role, without a
 * resource one for each resource as well.
 */
function questionsOf(
  held: readonly HeldRole[],
  { wanted, scope, resource, assumeInheritance }: Search,
): Question[] {
  if (wanted === undefined) return [];
  const questions = new Map<string, Question>();
  for (const { assignment } of held) {
    const question = {
      wanted,
      scope: scope ?? assignment.scope,
      resource: resource ?? resourceOf(assignment),
      assumeInheritance,
    };
    const { type = '', id = '' } = question.resource ?? {};
    questions.set([question.scope.toLowerCase(), type, id].join(' '), question);
  }
  return [...questions.values()];
}

function resourceOf(assignment: RoleAssignment): Question['resource'] {
  return isLimited(assignment)
    ? { type: assignment.resource_type ?? '', id: assignment.resource_id ?? '' }
    : undefined;
}

/** An assignment answers the question of its own scope and resource, where the search leaves them open. */
function holdingsByPermission(held: readonly HeldRole[], question: Question, search: Search): Holding[] {
  return decide(question, held)
    .findings.filter(({ assignment }) => {
      const own = resourceOf(assignment);
      const isOfScope = search.scope !== undefined || equalsIgnoreCase(assignment.scope, question.scope);
      const isOfResource =
        search.resource !== undefined ||
        (own?.type === question.resource?.type && own?.id === question.resource?.id);
      return isOfScope && isOfResource;
    })
    .flatMap(holdingOf);
}

function holdingOf({ assignment, role, effect, how, allow, doubts = [] }: Finding): Holding[] {
  if (how === undefined || (effect !== 'grants' && effect !== 'undecided')) return [];
  return [{ assignment, role, answer: effect === 'grants' ? 'yes' : 'undecided', how, allow, doubts }];
}
