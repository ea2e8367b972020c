import type { User, UserStore } from '../scim/user-store.ts';

/** Everything the sandbox remembers. Tests may change it behind a client's back; what is not said to be kept ends with the process. */
export interface State {
  readonly seed: number;
  readonly organizationSid: string;
  readonly accounts: readonly Account[];
  /** E-mail domains that users of the organization may have, in lower case. */
  readonly verifiedDomains: string[];
  readonly users: UserStore;
  /** The user nobody can change through the API. */
  ownerSid: string;
  /** SIDs of users that can't be changed. SCIM has no word for it: such a user shows as `active: false`. */
  readonly suspended: Set<string>;
  /** SIDs of users whose e-mail and user name can't be changed. */
  readonly emailFixed: Set<string>;
  /** How many users there may be. */
  userLimit: number;
  /** By growing `order`. */
  readonly assignments: Assignment[];
  /** By the token itself. */
  readonly accessTokens: Map<string, AccessToken>;
  /** By the token itself. */
  readonly refreshTokens: Map<string, RefreshToken>;
  /** By the code itself; not kept between runs. */
  readonly codes: Map<string, AuthorizationCode>;
  /** Open consent pages by their one-time token; not kept between runs. */
  readonly consents: Map<string, PendingConsent>;
  /** Every change that took effect, in order; not kept between runs. */
  readonly journal: StoredOutcome[];
  /** Counts up; what is new takes its SID, its order and its nanoseconds from it. */
  counter: number;
}

export interface Account {
  readonly sid: string;
  readonly friendlyName: string;
  readonly level: 'ACCOUNT' | 'SUB_ACCOUNT';
  /** Whether the organization manages it: only then is it a scope. */
  readonly managed: boolean;
}

export interface Assignment {
  readonly sid: string;
  readonly role_sid: string;
  readonly scope: string;
  readonly identity: string;
  readonly resource_type: string | null;
  readonly resource_id: string | null;
  /** The place in the listing, not shown: pages stay in step with it while assignments come and go. */
  readonly order: number;
}

/** A change that took effect, to compare with what a client says of it. */
export type StoredOutcome =
  | { readonly effect: 'user created' | 'user changed'; readonly user: User }
  | { readonly effect: 'assignment created' | 'assignment deleted'; readonly assignment: Assignment };

/** What a token stands for. */
export interface Grant {
  readonly clientId: string;
  readonly organizationSid: string;
  /** The user that approved access, or the client itself. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

export interface AccessToken extends Grant {
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export type RefreshToken = Grant;

/** A request to the consent page that was found good. */
export interface PendingConsent extends Grant {
  readonly redirectUri: string;
  readonly state: string | undefined;
  /** PKCE, S256 (RFC 7636, section 4.2). */
  readonly codeChallenge: string | undefined;
  readonly offline: boolean;
  readonly expiresAt: number;
}

export type AuthorizationCode = Omit<PendingConsent, 'state'>;

/** The next number of the counter. */
export function count(state: State): number {
  state.counter += 1;
  return state.counter;
}

/** Changes a user as a request would: the version grows and the time of the last change is set. */
export function mutateUser(state: State, user: User, attributes: Partial<User>, now: number): User {
  const version = `W/${Number(user.meta.version.replace('W/', '')) + 1}`;
  const lastModified = timestamp(now, count(state));
  const changed = { ...user, ...attributes, meta: { ...user.meta, lastModified, version } };
  state.users.put(changed);
  state.journal.push({ effect: 'user changed', user: changed });
  return changed;
}

/** A time with nanoseconds, as the API writes it; what is finer than a millisecond is made up from `salt`. */
export function timestamp(now: number, salt: number): string {
  const nanoseconds = String((salt * 104_729) % 1_000_000).padStart(6, '0');
  return new Date(now).toISOString().replace('Z', `${nanoseconds}Z`);
}

/** Drops what has expired. */
export function deleteExpired(entries: Map<string, { readonly expiresAt: number }>, now: number): void {
  for (const [key, { expiresAt }] of entries) {
    if (expiresAt <= now) entries.delete(key);
  }
}
