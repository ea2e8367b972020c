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
    const separations = subject.separations.map((each) => ({ ...each, pairs: pairsOf(each.abilities) }));
    for (const { identity, held } of subject.holders) {
      for (const separation of separations) {
        if (mayHaveTwo(held, separation.abilities)) yield* conflictsOf(subject, identity, held, separation);
      }
    }
  },
});

interface PairedSeparation extends Separation {
  /** The same for all people, and so made once. */
  pairs: readonly Pair[];
}

/** Two abilities that are kept apart. */
interface Pair {
  a: Ability;
  b: Ability;
  key: readonly string[];
  words: string;
}

function conflictsOf(
  subject: Subject,
  person: string,
  held: readonly HeldRole[],
  { pairs, sameScope, severity, place }: PairedSeparation,
): readonly Found[] {
  const { assumeInheritance } = subject;
  const scopes = sameScope
    ? new Set(held.map(({ assignment }) => canonicalSid(assignment.scope)))
    : [undefined];
  const conflicts: Found[] = [];
  const certain = new Set<Pair>();
  const undecided: [pair: Pair, found: Found][] = [];
  for (const scope of scopes) {
    const found = new Map<Ability, readonly Holding[]>();
    const holdingsOf = (ability: Ability) => {
      const holdings = found.get(ability) ?? holdingsBy(held, ability, { scope, assumeInheritance });
      found.set(ability, holdings);
      return holdings;
    };
    for (const pair of pairs) {
      const left = holdingsOf(pair.a);
      const right = left.length === 0 ? left : holdingsOf(pair.b);
      if (right.length === 0) continue;
      const doubts = [...new Set([...doubtsOf(left), ...doubtsOf(right)])];
      const where = scope === undefined ? '' : ` ${subject.inScope(scope)}`;
      const both = `${subject.personName(person)} ${pair.words}${where}`;
      const conflict: Found = {
        person,
        ...(scope === undefined ? {} : { scope }),
        message:
          doubts.length === 0
            ? `${both}, which are to be kept apart`
            : `It is undecided whether ${both}: ${doubtsInWords(doubts)}`,
        assignments: [...new Set([...left, ...right].map(({ assignment }) => assignment))],
        fix: doubts.length === 0 ? removalOf(certainOf(right)) : null,
        key: pair.key,
        severity,
        place,
        ...(doubts.length === 0 ? {} : { doubts }),
      };
      if (doubts.length > 0) undecided.push([pair, conflict]);
      else {
        certain.add(pair);
        conflicts.push(conflict);
      }
    }
  }
  // A person who certainly has both in one scope needs no doubt about another.
  for (const [pair, found] of undecided) if (!certain.has(pair)) conflicts.push(found);
  return conflicts;
}

function mayHaveTwo(held: readonly HeldRole[], abilities: readonly Ability[]): boolean {
  let count = 0;
  for (const ability of abilities) if (mayHave(held, ability)) count += 1;
  return count >= 2;
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

function pairsOf(abilities: readonly Ability[]): Pair[] {
  return abilities.flatMap((a, index) =>
    abilities.slice(index + 1).map((b) => {
      return { a, b, key: [abilityKey(a), abilityKey(b)].sort(), words: inWords(a, b) };
    }),
  );
}

function inWords(a: Ability, b: Ability): string {
  const words = (ability: Ability) =>
    ability.role === undefined ? `may do ${ability.name}` : `has the role ${ability.name}`;
  if (a.role !== undefined && b.role !== undefined) return `has the roles ${a.name} and ${b.name}`;
  return `${words(a)} and ${words(b)}`;
}
