import type { AppError } from '../../platform/core/errors.ts';

/**
 * Twilio's codes for requests that stay refused however often they are sent: invalid values, a duplicate, a user or a scope that
 * the role can't be given to, the Owner. Codes that a person can resolve elsewhere, such as an unverified domain, are not here.
 */
const permanent = new Set<number | undefined>([
  20001, 25001, 25002, 25003, 25004, 25005, 25006, 25008, 25009, 25010, 25011, 25012, 25013, 25014, 25015,
  25016, 25022, 25100, 25101, 25102, 25200, 25201, 25202,
]);

/** True when `runs resume` may succeed after these errors: it checks the same change and sends it again. */
export function canResume(errors: readonly AppError[]): boolean {
  return errors.some((error) => !isPermanent(error));
}

function isPermanent({ kind, code, status }: AppError): boolean {
  if (permanent.has(code)) return true;
  // Without a response, this program found that others changed the same thing. It leaves that alone each time.
  if (kind === 'conflict') return status === undefined;
  // A request that Twilio calls invalid with a code that is not known here stays invalid.
  return kind === 'failure' && status !== undefined && status >= 400 && status < 500 && !mayChange.has(code);
}

/** Domain not verified, limit of users reached, a business rule: what is refused today may be allowed tomorrow. */
const mayChange = new Set<number | undefined>([25007, 25017, 25018, 25019, 25105, 25106, 25107, 25203]);
