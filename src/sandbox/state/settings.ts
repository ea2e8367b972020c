import { usageError } from '../../platform/core/errors.ts';
import { allScopes, parseScopes } from '../oauth/scopes.ts';

export interface SandboxOptions {
  /** The port to listen on, on 127.0.0.1 only. 0, the default, is any free port. */
  port?: number;
  /** The initial number of users, 25 by default; the same users for the same seed. */
  users?: number;
  /** The seed of the generated data and the injected failures, 1 by default. */
  seed?: number;
  /** The initial number of role assignments, at most 50 per user; by default one to three for each active user. */
  assignments?: number;
  /**
   * A file that keeps the state between runs. Its content overrides `users`, `seed` and `assignments`. It is written a fraction of a
   * second after a change and at the end. One sandbox at a time may use it.
   */
  data?: string;
  /** Delay of every response in milliseconds, after the request took effect. */
  latency?: number;
  /** Max requests per second, except for the consent page; more get 429. */
  rateLimit?: number;
  /** True to count the requests in each second of the clock, instead of a token bucket with a burst of as many. Needs `rateLimit`. */
  rateLimitWindow?: boolean;
  /** True, the default, to send Retry-After with 429. */
  retryAfter?: boolean;
  /**
   * The fraction, 0 to 1, of API requests that fail with 500, 502 or 503. Half of the writes among them take effect before they fail. The
   * consent page and the token endpoint never fail: a lost response there would end the login permanently.
   */
  fail?: number;
  /** True to refuse a list of role assignments without Identity or Scope with 25203. */
  requireAssignmentFilter?: boolean;
  /** True to allow a role assignment to be created twice. Twilio's documents leave it open; by default it is refused. */
  allowDuplicates?: boolean;
  /** The Redirect URL saved in the authorization-code app, http://127.0.0.1:8477/callback by default. */
  redirectUri?: string;
  /**
   * The issuer in the metadata (RFC 8414), the sandbox's own origin by default. If it is given, callbacks contain it as well (RFC 9207).
   */
  issuer?: string;
  /** The scopes of the apps, all nine by default. */
  scopes?: readonly string[];
  /** Lifetime of an access token in seconds, 3,600 by default. At Twilio it is a setting of the app: 1 minute to 30 days. */
  tokenLifetime?: number;
  /** The status of 25020 (version conflict): 412, or 409 as on some of Twilio's pages. */
  versionConflict?: number;
  /** The status of 25022 (duplicate user name or external id): 409, or 400 as in one of Twilio's descriptions. */
  duplicateUser?: number;
  /** The clock, in milliseconds since the Unix epoch. */
  now?: () => number;
}

export type Settings = Required<Omit<SandboxOptions, 'data' | 'assignments' | 'rateLimit' | 'issuer'>> &
  Pick<SandboxOptions, 'data' | 'assignments' | 'rateLimit' | 'issuer'>;

/** The options with their defaults. Throws a usage error for an invalid value. */
export function resolveOptions(options: SandboxOptions): Settings {
  const settings: Settings = {
    port: 0,
    users: 25,
    seed: 1,
    latency: 0,
    rateLimitWindow: false,
    retryAfter: true,
    fail: 0,
    requireAssignmentFilter: false,
    allowDuplicates: false,
    tokenLifetime: 3600,
    versionConflict: 412,
    duplicateUser: 409,
    redirectUri: 'http://127.0.0.1:8477/callback',
    now: Date.now,
    ...options,
    scopes: parseScopes(options.scopes ?? allScopes),
  };
  checkInteger('port', settings.port, 0, 65_535);
  checkInteger('number of users', settings.users, 1, 1_000_000);
  checkInteger('seed', settings.seed, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('latency', settings.latency, 0, 3_600_000);
  checkInteger('rate limit', settings.rateLimit ?? 1, 1, maxRateLimit);
  if (settings.rateLimitWindow && settings.rateLimit === undefined) {
    throw usageError('There is no rate limit for the window', 'Add the limit, such as --rate-limit 20');
  }
  checkInteger('number of role assignments', settings.assignments ?? 0, 0, settings.users * 50);
  checkInteger('lifetime of a token', settings.tokenLifetime, 1, 30 * 86_400);
  checkStatus('a version conflict', settings.versionConflict, [412, 409]);
  checkStatus('a duplicate user', settings.duplicateUser, [409, 400]);
  if (!(settings.fail >= 0 && settings.fail <= 1)) {
    throw usageError(`The fraction of failures can't be ${settings.fail}`, 'Give a number from 0 to 1');
  }
  checkRedirectUri(settings.redirectUri);
  if (settings.issuer !== undefined && !URL.canParse(settings.issuer)) {
    throw usageError(`${settings.issuer} can't be an issuer`, 'Give a URL, such as https://id.example');
  }
  return settings;
}

const maxRateLimit = 1_000_000;

export function isRateLimit(value: number): boolean {
  return isWithin(value, 1, maxRateLimit);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (isWithin(value, min, max)) return;
  throw usageError(`The ${name} can't be ${value}`, `Give a whole number from ${min} to ${max}`);
}

function checkStatus(of: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw usageError(`The status of ${of} can't be ${value}`, `Give ${known.join(' or ')}`);
}

/** The Redirect URL must be absolute and have no fragment (RFC 6749, section 3.1.2). */
function checkRedirectUri(uri: string): void {
  const protocol = URL.canParse(uri) ? new URL(uri).protocol : '';
  if (['http:', 'https:'].includes(protocol) && !uri.includes('#')) return;
  throw usageError(`${uri} can't be a Redirect URL`, 'Give an http or https URL without a # part');
}
