import type { User, UserStore } from '../scim/user-store.ts';

/** The state of the sandbox. Tests may change it directly. */
export interface State {
  readonly seed: number;
  readonly organizationSid: string;
  readonly accounts: readonly Account[];
  /** E-mail domains that users of the organization may have, in lower case. */
  readonly verifiedDomains: string[];
  readonly users: UserStore;
  /** The user that the API refuses to change. */
  ownerSid: string;
  /** SIDs of users that can't be changed. SCIM has no state for them: they show as `active: false`. */
  readonly suspended: Set<string>;
  /** SIDs of users whose e-mail and user name can't be changed. */
  readonly emailFixed: Set<string>;
  /** The max number of users. */
  userLimit: number;
  /** Sorted by `order`. */
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
  /** Grows with every change; new objects get their SID, order and nanoseconds from it. */
  counter: number;
}

export interface Account {
  readonly sid: string;
  readonly friendlyName: string;
  readonly level: 'ACCOUNT' | 'SUB_ACCOUNT';
  /** True if the organization manages it; only then is it a scope. */
  readonly managed: boolean;
  /** `active` when absent. */
  readonly status?: 'active' | 'suspended' | 'pending_closure' | 'closed';
}

export interface Assignment {
  readonly sid: string;
  readonly role_sid: string;
  readonly scope: string;
  readonly identity: string;
  readonly resource_type: string | null;
  readonly resource_id: string | null;
  /** The position in the listing, which responses leave out. It keeps pages stable while assignments come and go. */
  readonly order: number;
}

/** A change that took effect. Tests compare it with the outcome that a client reports. */
export type StoredOutcome =
  | { readonly effect: 'user created' | 'user changed'; readonly user: User }
  | { readonly effect: 'assignment created' | 'assignment deleted'; readonly assignment: Assignment };

/** The access that a token gives. */
export interface Grant {
  readonly clientId: string;
  readonly organizationSid: string;
  /** The user who approved access, or the client itself. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

export interface AccessToken extends Grant {
  /** Milliseconds since the Unix epoch. */
  expiresAt: number;
}

export type RefreshToken = Grant;

/** A valid request to the consent page. */
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

/** Changes a user as a request would: with a new version and time of the last change. */
export function mutateUser(state: State, user: User, attributes: Partial<User>, now: number): User {
  const version = `W/${Number(user.meta.version.replace('W/', '')) + 1}`;
  const lastModified = timestamp(now, count(state));
  const changed = { ...user, ...attributes, meta: { ...user.meta, lastModified, version } };
  state.users.put(changed);
  state.journal.push({ effect: 'user changed', user: changed });
  return changed;
}

/** A time with nanoseconds, as the API writes it. The digits below a millisecond derive from `salt`. */
export function timestamp(now: number, salt: number): string {
  const nanoseconds = String((salt * 104_729) % 1_000_000).padStart(6, '0');
  return new Date(now).toISOString().replace('Z', `${nanoseconds}Z`);
}

export function deleteExpired(entries: Map<string, { readonly expiresAt: number }>, now: number): void {
  for (const [key, { expiresAt }] of entries) {
    if (expiresAt <= now) entries.delete(key);
  }
}
