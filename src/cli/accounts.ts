import { type AccountIndex, indexAccounts, noAccounts } from '../organization/accounts.ts';
import { readAccounts } from '../organization/accounts-store.ts';
import type { Workspace } from '../organization/workspace/workspace.ts';
import { AppError } from '../platform/core/errors.ts';

type Source = Pick<Workspace, 'env' | 'configDir' | 'log'>;

/**
 * The accounts by name: of the file that TWILIO_ORG_ACCOUNTS_FILE names, or else of the organization's list. A list that
 * can't be used is warned about; only a command that needs a name of it fails.
 */
export async function loadAccounts(from: Source, organizationSid: string | undefined): Promise<AccountIndex> {
  try {
    return indexAccounts(await readList(from, organizationSid));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    from.log.warn(`Accounts are shown without their names: ${error.message}`);
    return indexAccounts([], error);
  }
}

async function readList(from: Source, organizationSid: string | undefined) {
  const { env, log } = from;
  if (env.TWILIO_ORG_ACCOUNTS_FILE) {
    const { readAccountsFile } = await import('../changes/input/account-list.ts');
    return readAccountsFile(env.TWILIO_ORG_ACCOUNTS_FILE);
  }
  const dir = directoryOf(from);
  if (organizationSid === undefined || dir === undefined) return noAccounts.accounts;
  return readAccounts(dir, organizationSid, (text) => log.warn(text));
}

/** Undefined where there is no home: credentials of the environment work without one. */
function directoryOf(from: Source): string | undefined {
  try {
    return from.configDir;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
