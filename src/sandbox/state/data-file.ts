import { readFile } from 'node:fs/promises';
import { AppError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';
import { replacePrivateFile } from '../../platform/fs/atomic-write.ts';
import { createUserStore, type User } from '../scim/user-store.ts';
import type { AccessToken, Account, Assignment, RefreshToken, State } from './state.ts';

/** The part of the state that the file holds, as JSON. */
interface StoredState {
  version: 1;
  seed: number;
  organizationSid: string;
  ownerSid: string;
  userLimit: number;
  counter: number;
  accounts: readonly Account[];
  verifiedDomains: string[];
  suspended: string[];
  emailFixed: string[];
  users: User[];
  assignments: readonly Assignment[];
  accessTokens: [string, AccessToken][];
  refreshTokens: [string, RefreshToken][];
}

/** The state of an earlier run, or undefined if there is no file. Throws for a file that no sandbox wrote. */
export async function loadState(file: string): Promise<State | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const stored = parseState(text);
  if (stored === undefined) {
    throw new AppError('usage', `${file} does not hold the state of a sandbox`, {
      hint: 'Name another file, or remove this one to start with a new state',
    });
  }
  const { seed, organizationSid, ownerSid, userLimit, counter, accounts, verifiedDomains } = stored;
  return {
    ...{ seed, organizationSid, ownerSid, userLimit, counter, accounts, verifiedDomains },
    users: createUserStore(stored.users),
    assignments: [...stored.assignments],
    suspended: new Set(stored.suspended),
    emailFixed: new Set(stored.emailFixed),
    accessTokens: new Map(stored.accessTokens),
    refreshTokens: new Map(stored.refreshTokens),
    codes: new Map(),
    journal: [],
    consents: new Map(),
  };
}

/** Replaces the file atomically; only its owner may read it. */
export async function saveState(file: string, state: State): Promise<void> {
  const { seed, organizationSid, ownerSid, userLimit, counter, accounts, verifiedDomains, assignments } =
    state;
  const stored: StoredState = {
    version: 1,
    ...{ seed, organizationSid, ownerSid, userLimit, counter, accounts, verifiedDomains, assignments },
    suspended: [...state.suspended],
    emailFixed: [...state.emailFixed],
    users: [...state.users.all()],
    accessTokens: [...state.accessTokens],
    refreshTokens: [...state.refreshTokens],
  };
  try {
    await replacePrivateFile(file, JSON.stringify(stored));
  } catch (error) {
    throw new AppError('failure', `The state of the sandbox can't be written to ${file}`, {
      hint: 'Check that its directory exists and is writable',
      cause: error,
    });
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isObject(error) && error.code === 'ENOENT') return undefined;
    throw new AppError('failure', `${file} can't be read`, {
      hint: 'Check the path and its permissions',
      cause: error,
    });
  }
}

function parseState(text: string): StoredState | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStoredState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStoredState(value: unknown): value is StoredState {
  if (!isObject(value) || value.version !== 1) return false;
  const { seed, userLimit, counter, organizationSid, ownerSid } = value;
  return (
    [seed, userLimit, counter].every((number) => typeof number === 'number') &&
    [organizationSid, ownerSid].every(isText) &&
    isListOf(value.verifiedDomains, isText) &&
    isListOf(value.suspended, isText) &&
    isListOf(value.emailFixed, isText) &&
    isListOf(value.accounts, (account) => hasTexts(account, ['sid', 'friendlyName', 'level'])) &&
    isListOf(value.users, isUser) &&
    isListOf(value.assignments, isAssignment) &&
    isListOf(value.accessTokens, isAccessTokenEntry) &&
    isListOf(value.refreshTokens, isTokenEntry)
  );
}

function isUser(value: unknown): boolean {
  if (!hasTexts(value, ['id', 'userName'])) return false;
  return (
    Array.isArray(value.emails) && typeof value.active === 'boolean' && hasTexts(value.meta, ['version'])
  );
}

function isAssignment(value: unknown): boolean {
  return hasTexts(value, ['sid', 'role_sid', 'scope', 'identity']) && typeof value.order === 'number';
}

function isTokenEntry(value: unknown): boolean {
  const [token, grant]: unknown[] = Array.isArray(value) ? value : [];
  const named = isText(token) && hasTexts(grant, ['clientId', 'organizationSid', 'subject']);
  return named && isListOf(grant.scopes, isText);
}

function isAccessTokenEntry(value: unknown): boolean {
  const [, grant]: unknown[] = Array.isArray(value) ? value : [];
  return isTokenEntry(value) && isObject(grant) && typeof grant.expiresAt === 'number';
}

function hasTexts(value: unknown, names: string[]): value is Record<string, unknown> {
  return isObject(value) && names.every((name) => isText(value[name]));
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
