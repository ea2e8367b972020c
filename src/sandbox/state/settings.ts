import { usageError } from '../../platform/core/errors.ts';
import { allScopes, parseScopes } from '../oauth/scopes.ts';

export interface SandboxOptions {
  /** The port to listen on, on 127.0.0.1 only; 0, the default, is any free one. */
  port?: number;
  /** How many users there are at first, 25 by default; the same ones for the same seed. */
  users?: number;
  /** What the seeded data and the injected failures follow from, 1 by default. */
  seed?: number;
  /** How many role assignments there are at first, at most 50 a user; by default one to three for each active user. */
  assignments?: number;
  /**
   * A file that keeps the state between runs. What it holds wins over `users`, `seed` and `assignments`. It is
   * written a fraction of a second after a change and at the end; one sandbox at a time.
   */
  data?: string;
  /** Milliseconds that every answer is held back, after the request took effect. */
  latency?: number;
  /** Requests per second, over everything but the consent page; what goes beyond gets 429. */
  rateLimit?: number;
  /** Whether 429 says when to come back, true by default. */
  retryAfter?: boolean;
  /**
   * The fraction, 0 to 1, of API requests that are answered with 500, 502 or 503. Half of the writes among them take effect before they
   * fail. The consent page and the token endpoint never fail: a lost answer there would end the login for good.
   */
  fail?: number;
  /** Whether listing role assignments without Identity or Scope is refused with 25203. */
  requireAssignmentFilter?: boolean;
  /** Whether a role assignment may be made twice, which Twilio's documents leave open; it is refused by default. */
  allowDuplicates?: boolean;
  /** The Redirect URL saved in the authorization-code app, http://127.0.0.1:8477/callback by default. */
  redirectUri?: string;
  /**
   * The issuer that the metadata names (RFC 8414), the sandbox's own origin by default. When it is given, callbacks
   * carry it too (RFC 9207).
   */
  issuer?: string;
  /** The scopes ticked in the apps, all nine by default. */
  scopes?: readonly string[];
  /** Seconds that an access token is good for, 3,600 by default. Twilio makes it a setting of the app: 1 minute to 30 days. */
  tokenLifetime?: number;
  /** The status of 25020 (another version): 412, or 409 as in some of Twilio's pages. */
  versionConflict?: number;
  /** The status of 25022 (a user name or external id that exists): 409, or 400 as in one of Twilio's descriptions. */
  duplicateUser?: number;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export type Settings = Required<Omit<SandboxOptions, 'data' | 'assignments' | 'rateLimit' | 'issuer'>> &
  Pick<SandboxOptions, 'data' | 'assignments' | 'rateLimit' | 'issuer'>;

/** The options with their defaults. Throws a usage error for a value that makes no sense. */
export function resolveOptions(options: SandboxOptions): Settings {
  const settings: Settings = {
    port: 0,
    users: 25,
    seed: 1,
    latency: 0,
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
  checkInteger('rate limit', settings.rateLimit ?? 1, 1, 1_000_000);
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

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw usageError(`The ${name} can't be ${value}`, `Give a whole number from ${least} to ${most}`);
}

function checkStatus(of: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw usageError(`The status of ${of} can't be ${value}`, `Give ${known.join(' or ')}`);
}

/** RFC 6749, section 3.1.2: absolute and without a fragment. */
function checkRedirectUri(uri: string): void {
  const protocol = URL.canParse(uri) ? new URL(uri).protocol : '';
  if (['http:', 'https:'].includes(protocol) && !uri.includes('#')) return;
  throw usageError(`${uri} can't be a Redirect URL`, 'Give an http or https URL without a # part');
}
