import { glob } from '../../platform/core/glob.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import type { User } from '../../twilio/users.ts';
import { referenceKey } from '../references.ts';
import type { PersonPattern } from './policy.ts';

export type IsPerson = (sid: string, user: User | undefined) => boolean;

/** Tells the people whom one of the patterns names. */
export function personMatcher(patterns: readonly PersonPattern[]): IsPerson {
  const keys = new Set(patterns.flatMap((each) => ('pattern' in each ? [] : [referenceKey(each)])));
  const globs = patterns.flatMap((each) => ('pattern' in each ? [glob(each.pattern)] : []));
  return (sid, user) =>
    keys.has(referenceKey({ id: canonicalSid(sid) })) ||
    (user !== undefined &&
      (keys.has(referenceKey({ userName: user.userName })) ||
        (Boolean(user.externalId) && keys.has(referenceKey({ externalId: user.externalId ?? '' }))) ||
        globs.some((matches) => matches(user.userName))));
}
