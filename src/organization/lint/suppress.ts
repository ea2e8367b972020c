import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { isNamed } from '../../twilio/roles.ts';
import type { Finding } from './finding.ts';
import { personMatcher } from './person-pattern.ts';
import type { Suppression } from './policy.ts';
import type { Found } from './rule.ts';
import { expiredSuppression, unusedSuppression } from './rules/suppressions.ts';
import type { Subject } from './subject.ts';

/** Suppressions at work: they are asked about each finding, and report about themselves at the end. */
export interface Suppressor {
  /** The active suppression of the finding. */
  of(finding: Finding): Suppression | undefined;
  /**
   * The suppressions that have expired, or matched nothing.
   *
   * @param unchecked rules that could not be applied: nothing is known of what they would find
   */
  problems(unchecked: ReadonlySet<string>): { expired: Found[]; unused: Found[] };
}

/** @param today the day in UTC, as YYYY-MM-DD: a suppression is active on its last day */
export function suppressorFor(
  suppressions: readonly Suppression[],
  subject: Pick<Subject, 'user' | 'roles'>,
  today: string,
): Suppressor {
  const used = new Set<Suppression>();
  const tests = suppressions.map((suppression) => ({ suppression, fits: fitsOf(suppression, subject) }));
  return {
    of(finding) {
      let active: Suppression | undefined;
      for (const { suppression, fits } of tests) {
        if (!fits(finding)) continue;
        used.add(suppression);
        if (today <= suppression.until) active ??= suppression;
      }
      return active;
    },
    problems(unchecked) {
      const isUnused = (each: Suppression) => !used.has(each) && !unchecked.has(each.rule ?? '');
      const expired = suppressions.filter(({ until }) => today > until);
      const unused = suppressions.filter((each) => isUnused(each) && today <= each.until);
      return {
        expired: expired.map((each) =>
          foundOf(
            each,
            `The suppression in line ${each.place.line} (${each.because}) expired after ${each.until}${isUnused(each) ? ', and matches nothing' : ''}`,
          ),
        ),
        unused: unused.map((each) =>
          foundOf(each, `The suppression in line ${each.place.line} (${each.because}) matches nothing`),
        ),
      };
    },
  };
}

function fitsOf(
  { rule, fingerprint, person, role, scope }: Suppression,
  { user, roles }: Pick<Subject, 'user' | 'roles'>,
): (finding: Finding) => boolean {
  const isPerson = person === undefined ? undefined : personMatcher([person]);
  return (finding) =>
    (rule === undefined || finding.rule === rule) &&
    (fingerprint === undefined || finding.fingerprint === fingerprint) &&
    (isPerson === undefined ||
      (finding.person !== undefined && isPerson(finding.person.sid, user(finding.person.sid)))) &&
    (role === undefined || isRole(finding, role, roles)) &&
    (scope === undefined || equalsIgnoreCase(scope, finding.scope));
}

function isRole({ role }: Finding, written: string, roles: Subject['roles']): boolean {
  if (role === undefined) return false;
  const known = roles.find(role.sid);
  return known === undefined ? equalsIgnoreCase(role.sid, written) : isNamed(known, written);
}

function foundOf(
  { rule, fingerprint, person, role, scope, until, place }: Suppression,
  message: string,
): Found {
  return {
    message,
    assignments: [],
    fix: null,
    // Its place is no part of it: lines move.
    key: [rule ?? '', fingerprint ?? '', JSON.stringify(person ?? ''), role ?? '', scope ?? '', until],
    place,
  };
}

/** Rules about suppressions, which no suppression can hide. */
export const suppressionRules: ReadonlySet<string> = new Set([expiredSuppression.id, unusedSuppression.id]);
