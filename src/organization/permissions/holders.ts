import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import {
  type Doubt,
  type Finding,
  findingsAnywhere,
  type HeldRole,
  inheritanceAlone,
  isLimited,
  isNear,
  noDoubts,
  placeOf,
  type Question,
  type Reach,
} from './decide.ts';
import { answerOf } from './role-policy.ts';

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
  const { roles, wanted, scope, resource, assumeInheritance } = search;
  const isWanted = ({ assignment }: HeldRole) =>
    roles === undefined || roles.has(canonicalSid(assignment.role_sid));
  const found: Holding[] = [];
  if (wanted === undefined) {
    for (const one of held) {
      const holding = isWanted(one) ? holdingByRole(one, search) : undefined;
      if (holding !== undefined) found.push(holding);
    }
    return found;
  }
  const relevant = relevantOf(held, wanted, scope);
  if (relevant.length === 0) return found;
  for (const finding of findingsAnywhere({ wanted, scope, resource, assumeInheritance }, relevant)) {
    const holding = isWanted(finding) ? holdingOf(finding) : undefined;
    if (holding !== undefined) found.push(holding);
  }
  return found;
}

/** False where none of the roles allows it anywhere: most people have nothing to do with most questions. */
export function mayAllow(held: readonly HeldRole[], wanted: Question['wanted']): boolean {
  return held.some(({ role }) => answerOf(role, wanted).isAllowed !== false);
}

/** The roles that an answer depends on; none where no role near the scope allows it, which is so for most people. */
function relevantOf(
  held: readonly HeldRole[],
  wanted: Question['wanted'],
  scope: string | undefined,
): readonly HeldRole[] {
  let only: HeldRole | undefined;
  let [hasSeveral, allows] = [false, false];
  for (const one of held) {
    const { isAllowed, deny } = answerOf(one.role, wanted);
    if (isAllowed === false && deny.coverage === 'none') continue;
    if (scope !== undefined && !isNear(one.assignment, scope)) continue;
    allows ||= isAllowed !== false;
    hasSeveral = only !== undefined;
    only ??= one;
  }
  if (!allows || only === undefined) return [];
  // Several have a part in each other's answer, and the places of all others decide on the order.
  if (!hasSeveral) return [only];
  return scope === undefined ? held : held.filter(({ assignment }) => isNear(assignment, scope));
}

function holdingByRole(
  { assignment, role }: HeldRole,
  { scope, resource, assumeInheritance }: Search,
): Holding | undefined {
  // Without a scope or a resource, each assignment is listed as it is.
  if (scope === undefined && resource === undefined) {
    const how = isLimited(assignment) ? 'resource only' : 'here';
    return { assignment, role, answer: 'yes', how, allow: undefined, doubts: noDoubts };
  }
  const place = placeOf(assignment, { scope: scope ?? assignment.scope, resource, assumeInheritance });
  if (place.miss === undefined) {
    const { how, isCertain } = place;
    return isCertain
      ? { assignment, role, answer: 'yes', how, allow: undefined, doubts: noDoubts }
      : { assignment, role, answer: 'undecided', how, allow: undefined, doubts: inheritanceAlone };
  }
  // A role for one resource is a role in that scope, and is listed as such.
  if (place.miss !== 'resource only' || !equalsIgnoreCase(assignment.scope, scope)) return undefined;
  return { assignment, role, answer: 'yes', how: 'resource only', allow: undefined, doubts: noDoubts };
}

function holdingOf({ assignment, role, effect, how, allow, doubts }: Finding): Holding | undefined {
  if (how === undefined || (effect !== 'grants' && effect !== 'undecided')) return undefined;
  const answer = effect === 'grants' ? 'yes' : 'undecided';
  return { assignment, role, answer, how, allow, doubts: doubts ?? noDoubts };
}
