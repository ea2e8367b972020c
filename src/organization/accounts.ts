import { comparableText } from '../platform/core/comparable-text.ts';
import type { AppError } from '../platform/core/errors.ts';
import { pushTo } from '../platform/core/push-to.ts';
import { similarTo } from '../platform/core/similar.ts';
import { sortedBy } from '../platform/core/sorted-by.ts';
import { canonicalSid } from '../twilio/sids.ts';

/** The levels of accounts: at the top of the organization, or below another account. */
export const accountLevels = ['account', 'sub-account'] as const;

export type AccountLevel = (typeof accountLevels)[number];

/** An account with the name that people know it by. */
export interface NamedAccount {
  sid: string;
  name: string;
  /** Absent where it is not known. */
  level?: AccountLevel;
  /** Twilio's preview endpoint gave the name; otherwise the administrator did. */
  source?: 'twilio';
}

/** Accounts by name, and names by SID. */
export interface AccountIndex {
  readonly accounts: readonly NamedAccount[];
  /** The reason why the list can't be used; it is then empty. */
  readonly unusable?: AppError | undefined;
  /** The accounts of that name, in any case. */
  named(text: string): readonly NamedAccount[];
  find(sid: string): NamedAccount | undefined;
  /** The name for people, with the SID where several accounts share it; undefined where none is known. */
  label(sid: string): string | undefined;
  /** The name as a scope, if it stands for this account alone, or else the SID. */
  displayName(sid: string): string;
  /** Names that are spelled nearly like the text, or contain it. */
  similar(text: string): readonly string[];
}

export function indexAccounts(accounts: readonly NamedAccount[], unusable?: AppError): AccountIndex {
  const bySid = new Map(accounts.map((account) => [canonicalSid(account.sid), account]));
  const byName = new Map<string, NamedAccount[]>();
  for (const account of accounts) {
    const key = nameKey(account.name);
    pushTo(byName, key, account);
  }
  const find = (sid: string) => bySid.get(canonicalSid(sid));
  const named = (text: string) => byName.get(nameKey(text)) ?? [];
  return {
    accounts,
    unusable,
    named,
    find,
    label(sid) {
      const name = find(sid)?.name;
      return name === undefined || named(name).length === 1 ? name : `${name} (${sid})`;
    },
    displayName(sid) {
      const name = find(sid)?.name;
      return name !== undefined && named(name).length === 1 ? name : sid;
    },
    similar(text) {
      const names = accounts.map(({ name }) => name);
      const wanted = nameKey(text);
      const containing = wanted === '' ? [] : names.filter((name) => nameKey(name).includes(wanted));
      return [...new Set(containing.length > 0 ? containing : similarTo(text, names))].slice(0, 5);
    },
  };
}

export const noAccounts = indexAccounts([]);

/** Equal for names that people take for the same. */
function nameKey(name: string): string {
  return comparableText(name).replace(/\s+/g, ' ').trim();
}

const maxNameLength = 255;

/** The reason why a text can't be the name of an account, as the end of a sentence about it. */
export function nameProblem(name: string): string | undefined {
  const key = nameKey(name);
  if (key === '') return 'is empty';
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return 'contains a line break or another control character';
  if (name.length > maxNameLength) return `has more than ${maxNameLength} characters`;
  if (key === 'org') return 'stands for the whole organization';
  // A digit, so that a name such as "Accountancy" is one.
  if (/^(or|ac|us|ix|iy|oq|sk)(?=\w*\d)\w{8,}$/.test(key)) return 'looks like a SID';
  return undefined;
}

/** A name that a service gives, as one line without control characters. */
export function cleanName(name: string): string {
  return name
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, maxNameLength)
    .trim();
}

/** By name, so that a list in git changes only where an account does. */
export function inOrder(accounts: readonly NamedAccount[]): NamedAccount[] {
  return sortedBy(accounts, ({ name, sid }) => `${nameKey(name)}\0${sid}`);
}
