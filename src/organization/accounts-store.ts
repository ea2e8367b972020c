import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { replacePrivateFile } from '../platform/fs/atomic-write.ts';
import { withLock } from '../platform/fs/lock.ts';
import { ensurePrivateDir, readPrivateFile, type Warn } from '../platform/fs/private-files.ts';
import { canonicalSid, isSid } from '../twilio/sids.ts';
import { type AccountLevel, accountLevels, inOrder, type NamedAccount, nameProblem } from './accounts.ts';

/** The file's content. Members of unknown name are kept: a newer version may have written them. */
interface AccountsFile {
  organizations: Record<string, { accounts: NamedAccount[] }>;
}

function accountsFile(dir: string): string {
  return path.join(dir, 'accounts.json');
}

/**
 * The named accounts of an organization, from `accounts.json` of the directory; none without the file.
 *
 * @throws failure, naming the file and the problem, when it can't be read or has another form
 */
export async function readAccounts(dir: string, organization: string, warn?: Warn): Promise<NamedAccount[]> {
  return accountsOf(await readFile(dir, warn), organization);
}

/**
 * Changes the list of an organization; nothing is written when nothing is different. No other process changes the file
 * meanwhile, so `change` must build on the accounts that it is given.
 */
export async function updateAccounts(
  dir: string,
  organization: string,
  change: (accounts: readonly NamedAccount[]) => readonly NamedAccount[],
  warn?: Warn,
): Promise<void> {
  const file = accountsFile(dir);
  await ensurePrivateDir(dir, warn);
  await withLock(file, async (stillHeld) => {
    const found = await readFile(dir, warn);
    const before = accountsOf(found, organization);
    const accounts = inOrder(change(before));
    if (isDeepStrictEqual(accounts, before)) return;
    const key = canonicalSid(organization);
    const organizations = { ...found.organizations, [key]: { ...found.organizations[key], accounts } };
    await replacePrivateFile(
      file,
      `${JSON.stringify({ ...found, organizations }, undefined, 2)}\n`,
      stillHeld,
    );
  });
}

function accountsOf({ organizations }: AccountsFile, organization: string): NamedAccount[] {
  const key = canonicalSid(organization);
  return Object.hasOwn(organizations, key) ? (organizations[key]?.accounts ?? []) : [];
}

async function readFile(dir: string, warn: Warn | undefined): Promise<AccountsFile> {
  const file = accountsFile(dir);
  const text = await readPrivateFile(dir, file, warn);
  if (text === undefined) return { organizations: {} };
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // The parser's own message quotes the text.
    throw unusable(file, 'it is not JSON');
  }
  const problem = problemOf(value);
  if (problem !== undefined) throw unusable(file, problem);
  return value as AccountsFile;
}

function unusable(file: string, why: string): AppError {
  return new AppError('failure', `${file} can't be used: ${why}`, {
    hint: 'Correct it, or move it away and name the accounts again: twilio-org accounts import FILE',
  });
}

/** The first problem of a value that should be the file's content. */
function problemOf(value: unknown): string | undefined {
  if (!isObject(value) || !isObject(value.organizations)) return 'there is no object "organizations"';
  for (const [organization, list] of Object.entries(value.organizations)) {
    if (!isSid('OR', organization))
      return `${JSON.stringify(organization)} is not the SID of an organization`;
    if (!isObject(list) || !Array.isArray(list.accounts)) return `${organization} has no list "accounts"`;
    const sids = new Set<string>();
    for (const account of list.accounts) {
      const problem = accountProblem(account);
      if (problem !== undefined) return `${problem} in the list of ${organization}`;
      const { sid } = account as NamedAccount;
      if (sids.has(canonicalSid(sid))) return `${sid} is twice in the list of ${organization}`;
      sids.add(canonicalSid(sid));
    }
  }
  return undefined;
}

function accountProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'an account is not an object';
  const { sid, name, level, source } = value;
  if (typeof sid !== 'string' || !isSid('AC', sid)) return 'an account has no SID (AC…)';
  if (typeof name !== 'string') return `${sid} has no name`;
  const problem = nameProblem(name);
  if (problem !== undefined) return `the name of ${sid} ${problem},`;
  if (level !== undefined && !accountLevels.includes(level as AccountLevel))
    return `the level of ${sid} is not one of ${accountLevels.join(', ')},`;
  return source === undefined || typeof source === 'string'
    ? undefined
    : `the source of ${sid} is not a text,`;
}
