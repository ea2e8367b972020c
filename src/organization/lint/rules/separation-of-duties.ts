import type { RoleAssignment } from '../../../twilio/role-assignments.ts';
import { canonicalSid } from '../../../twilio/sids.ts';
import type { Doubt, HeldRole } from '../../permissions/decide.ts';
import { doubtsInWords } from '../../permissions/doubts.ts';
import type { Holding } from '../../permissions/holders.ts';
import { abilityKey, holdingsBy, mayHave } from '../abilities.ts';
import type { Ability, Separation } from '../policy.ts';
import { defineRule, type Found } from '../rule.ts';
import { removalOf, type Subject } from '../subject.ts';

export const separationOfDuties = defineRule({
  id: 'separation-of-duties',
  summary: 'people with roles or permissions that must be kept apart',
  help: 'One person alone could do what should take two. The rule works where the file of rules has `separate`. Removing either side fixes it; the command removes the second one.',
  severity: 'error',
  *check(subject) {
    if (subject.separations.length === 0) return;
    for (const { identity, held } of subject.holders) {
      for (const separation of subject.separations) yield* conflictsOf(subject, identity, held, separation);
    }
  },
});

function* conflictsOf(
  subject: Subject,
  person: string,
  held: readonly HeldRole[],
  { abilities, sameScope, severity, place }: Separation,
): Iterable<Found> {
  const { assumeInheritance } = subject;
  if (abilities.filter((ability) => mayHave(held, ability)).length < 2) return;
  const scopes = sameScope
    ? new Set(held.map(({ assignment }) => canonicalSid(assignment.scope)))
    : [undefined];
  const certain = new Set<string>();
  const undecided: [pair: string, found: Found][] = [];
  for (const scope of scopes) {
    const found = new Map<Ability, readonly Holding[]>();
    const holdingsOf = (ability: Ability) => {
      const holdings = found.get(ability) ?? holdingsBy(held, ability, { scope, assumeInheritance });
      found.set(ability, holdings);
      return holdings;
    };
    for (const [a, b] of pairs(abilities)) {
      const left = holdingsOf(a);
      const right = left.length === 0 ? left : holdingsOf(b);
      if (right.length === 0) continue;
      const pair = [abilityKey(a), abilityKey(b)].sort();
      const doubts = [...new Set([...doubtsOf(left), ...doubtsOf(right)])];
      const where = scope === undefined ? '' : ` ${subject.inScope(scope)}`;
      const both = `${subject.personName(person)} ${inWords(a, b)}${where}`;
      const conflict: Found = {
        person,
        ...(scope === undefined ? {} : { scope }),
        message:
          doubts.length === 0
            ? `${both}, which are to be kept apart`
            : `It is undecided whether ${both}: ${doubtsInWords(doubts)}`,
        assignments: [...new Set([...left, ...right].map(({ assignment }) => assignment))],
        fix: doubts.length === 0 ? removalOf(certainOf(right)) : null,
        key: pair,
        severity,
        place,
        ...(doubts.length === 0 ? {} : { doubts }),
      };
      if (doubts.length > 0) undecided.push([pair.join(' '), conflict]);
      else {
        certain.add(pair.join(' '));
        yield conflict;
      }
    }
  }
  // A person who certainly has both in one scope needs no doubt about another.
  for (const [pair, found] of undecided) if (!certain.has(pair)) yield found;
}

/** The assignments that certainly give the ability: a fix removes no others. */
function certainOf(holdings: readonly Holding[]): RoleAssignment[] {
  return holdings.flatMap(({ answer, assignment }) => (answer === 'yes' ? assignment : []));
}

/** The doubts that keep all holdings from being certain; none where one of them is. */
function doubtsOf(holdings: readonly Holding[]): Doubt[] {
  if (holdings.some(({ answer }) => answer === 'yes')) return [];
  return holdings.flatMap(({ doubts }) => doubts);
}

function* pairs<T>(list: readonly T[]): Iterable<[T, T]> {
  for (const [index, one] of list.entries()) for (const other of list.slice(index + 1)) yield [one, other];
}

function inWords(a: Ability, b: Ability): string {
  const words = (ability: Ability) =>
    ability.role === undefined ? `may do ${ability.name}` : `has the role ${ability.name}`;
  if (a.role !== undefined && b.role !== undefined) return `has the roles ${a.name} and ${b.name}`;
  return `${words(a)} and ${words(b)}`;
}
