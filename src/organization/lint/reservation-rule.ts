import { doubtsInWords } from '../permissions/doubts.ts';
import { abilityKey, holdingsBy } from './abilities.ts';
import { onResource, resourceKey, sameGrants } from './grants.ts';
import { personMatcher } from './person-pattern.ts';
import type { Reservation } from './policy.ts';
import { defineRule, type Rule } from './rule.ts';
import { removalOf } from './subject.ts';

/** A rule of the file: nobody but these people may have the role, or may do it. */
export function reservationRule(reservation: Reservation, scopeName: (sid: string) => string): Rule {
  const { id, ability, scope, only, place } = reservation;
  const what = ability.role === undefined ? `may do ${ability.name}` : `has the role ${ability.name}`;
  const where = scope === undefined ? '' : ` ${scopeName(scope)}`;
  const isAllowed = personMatcher(only);
  return defineRule({
    id,
    summary: reservation.summary ?? `only the people of the rule may have this: ${ability.name}${where}`,
    help: `A rule of ${place.file}, line ${place.line}. Remove the role, or add the person to \`only\`.`,
    severity: reservation.severity ?? 'error',
    *check(subject) {
      const { holders, assumeInheritance } = subject;
      for (const { identity: person, user, held } of holders) {
        const holdings = holdingsBy(held, ability, { scope, assumeInheritance });
        if (holdings.length === 0 || isAllowed(person, user)) continue;
        for (const group of sameGrants(holdings, ({ assignment }) => assignment)) {
          const [{ assignment, doubts, answer }] = group;
          const given = group.map((each) => each.assignment);
          const isCertain = answer === 'yes';
          // A doubt about an account is about a role of the organization, which may or may not apply there.
          const at = isCertain ? assignment.scope : (scope ?? assignment.scope);
          const has = `${subject.personName(person)} ${what} ${subject.inScope(at)}${onResource(assignment)}`;
          yield {
            person,
            role: assignment.role_sid,
            scope: assignment.scope,
            message: isCertain
              ? `${has}, and is not among the people of the rule`
              : `It is undecided whether ${has}: ${doubtsInWords(doubts)}`,
            assignments: given,
            fix: isCertain ? removalOf(given) : null,
            key: [abilityKey(ability), scope ?? '', ...resourceKey(assignment)],
            place,
            ...(isCertain ? {} : { doubts }),
          };
        }
      }
    },
  });
}
