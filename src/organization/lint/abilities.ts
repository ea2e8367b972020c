import { canonicalSid } from '../../twilio/sids.ts';
import type { HeldRole } from '../permissions/decide.ts';
import { type Holding, holdingsOf, mayAllow, type Search } from '../permissions/holders.ts';
import type { Ability } from './policy.ts';

/** The assignments by which a person has the ability, or may have it. */
export function holdingsBy(
  held: readonly HeldRole[],
  { role, can }: Ability,
  { scope, assumeInheritance }: Pick<Search, 'scope' | 'assumeInheritance'>,
): Holding[] {
  // A search by role looks at the roles of the person one by one.
  if (role !== undefined) {
    const own = held.filter(({ assignment }) => canonicalSid(assignment.role_sid) === role);
    return own.length === 0 ? [] : holdingsOf(own, { scope, assumeInheritance });
  }
  return holdingsOf(held, { scope, assumeInheritance, wanted: can });
}

/** False where none of the roles gives the ability in any place. */
export function mayHave(held: readonly HeldRole[], { role, can }: Ability): boolean {
  if (can !== undefined) return mayAllow(held, can);
  return held.some(({ assignment }) => canonicalSid(assignment.role_sid) === role);
}

/** Tells abilities apart without their names. */
export function abilityKey({ role, can }: Ability): string {
  return role ?? can?.text ?? '';
}
