import {
  type AccountLevel,
  accountLevels,
  inOrder,
  type NamedAccount,
  nameProblem,
} from '../../organization/accounts.ts';
import { AppError } from '../../platform/core/errors.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import { openRegularFile } from '../../platform/fs/private-files.ts';
import { canonicalSid, isSid, sidMistake } from '../../twilio/sids.ts';
import type { Columns } from './columns.ts';
import { rowsOf } from './open.ts';
import type { Row } from './row.ts';
import { type RowError, throwIfInvalid } from './row-errors.ts';

/** The columns of a list of accounts, as `accounts export` writes it. */
export const accountColumns: Columns = {
  names: {
    sid: ['accountsid', 'account', 'scope'],
    name: ['friendlyname', 'accountname'],
    level: [],
  },
  required: ['sid', 'name'],
};

/**
 * The accounts that rows name. An account that they name twice in the same way counts once.
 *
 * @throws usage with every error of every row
 */
export async function readAccountRows(name: string, rows: AsyncIterable<Row>): Promise<NamedAccount[]> {
  const errors: RowError[] = [];
  const accounts = new Map<string, { line: number; account: NamedAccount }>();
  for await (const row of rows) {
    errors.push(...row.faults);
    if (row.malformed) continue;
    const found = accountErrors(row);
    errors.push(...found);
    if (found.length > 0) continue;
    const account = accountIn(row);
    const before = accounts.get(account.sid);
    if (before === undefined) accounts.set(account.sid, { line: row.line, account });
    else if (JSON.stringify(before.account) !== JSON.stringify(account))
      errors.push({
        line: row.line,
        column: 'sid',
        problem: `line ${before.line} has another name or level for it`,
      });
  }
  throwIfInvalid(name, errors);
  return [...accounts.values()].map(({ account }) => account);
}

function accountErrors({ line, cells }: Row): RowError[] {
  const errors: RowError[] = [];
  const [sid, name, level] = [cells.get('sid'), cells.get('name'), cells.get('level')];
  const add = (column: string, problem: string | undefined) => {
    if (problem !== undefined) errors.push({ line, column, problem });
  };
  add('sid', sid === undefined ? 'a value is required' : accountSidProblem(sid));
  const problem = name === undefined ? undefined : nameProblem(name);
  add('name', name === undefined ? 'a value is required' : problem && `"${name}" ${problem}`);
  if (level !== undefined && parseAccountLevel(level) === undefined)
    add('level', `"${level}" is not a level. Known levels: ${accountLevels.join(', ')}`);
  return errors;
}

/** The reason why a text is not the SID of an account. */
export function accountSidProblem(text: string): string | undefined {
  if (isSid('AC', text)) return undefined;
  const mistake = sidMistake(text, 'AC').replace(/\. $/, '');
  return `"${text}" is not the SID of an account (AC…)${mistake && `. ${mistake}`}`;
}

/** A level in the words of this program, of Twilio's roles, or of Twilio's other pages. */
function parseAccountLevel(text: string): AccountLevel | undefined {
  const plain = text.toLowerCase().replace(/[\s_-]/g, '');
  return accountLevels.find((level) => level.replace('-', '') === plain);
}

function accountIn({ cells }: Row): NamedAccount {
  const level = parseAccountLevel(cells.get('level') ?? '');
  return {
    sid: canonicalSid(cells.get('sid') ?? ''),
    name: cells.get('name') ?? '',
    ...(level === undefined ? {} : { level }),
  };
}

const variable = 'TWILIO_ORG_ACCOUNTS_FILE';

/** The accounts of the file that TWILIO_ORG_ACCOUNTS_FILE names. @throws usage where it can't be used */
export async function readAccountsFile(file: string): Promise<NamedAccount[]> {
  try {
    const handle = await openRegularFile(file).catch(inputErrorHandler(file));
    const bytes = await handle.readFile().finally(() => handle.close());
    return inOrder(await readAccountRows(file, rowsOf(file, bytes, accountColumns)));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw error.withMessage(`${variable}: ${error.message}`);
  }
}
