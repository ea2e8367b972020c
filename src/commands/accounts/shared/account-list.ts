import type { Context } from '../../../cli/context.ts';
import type { NamedAccount } from '../../../organization/accounts.ts';
import { updateAccounts } from '../../../organization/accounts-store.ts';
import { usageError } from '../../../platform/core/errors.ts';
import { pluralize } from '../../../platform/core/text.ts';
import type { View } from '../../../platform/terminal/view.ts';
import { canonicalSid, isSid } from '../../../twilio/sids.ts';

const levelsInWords = { account: 'Account', 'sub-account': 'Subaccount' } as const;

const columns = ['sid', 'name', 'level'];

export const accountView: View = {
  fields: [...columns, 'source'],
  columns,
  people: {
    list: [
      { heading: 'Name', value: 'name' },
      {
        heading: 'Level',
        value: ({ level }: NamedAccount) => (level == null ? undefined : levelsInWords[level]),
      },
      {
        heading: 'Name from',
        value: ({ source }: { source: string }) => (source === 'twilio' ? 'Twilio' : ''),
      },
      { heading: 'SID', value: 'sid' },
    ],
  },
};

/** An account as programs get it: every member is always there. */
export function accountRow({ sid, name, level = undefined, source }: NamedAccount) {
  return { sid, name, level: level ?? null, source: source ?? 'own' };
}

/** The accounts of the list that is used. @throws where it can't be read */
export async function listedAccounts(ctx: Context): Promise<readonly NamedAccount[]> {
  if (!ctx.env.TWILIO_ORG_ACCOUNTS_FILE) await requireOrganization(ctx);
  const { accounts } = await ctx.scopes();
  if (accounts.unusable !== undefined) throw accounts.unusable;
  return accounts.accounts;
}

/** The organization whose list is used. @throws usage where it is not known */
export async function requireOrganization(ctx: Context): Promise<string> {
  const { organizationSid } = await ctx.settings();
  if (organizationSid === undefined) {
    throw usageError(
      'The organization whose accounts have these names is unknown',
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (isSid('OR', organizationSid)) return canonicalSid(organizationSid);
  throw usageError(
    `"${organizationSid}" is not the SID of an organization`,
    'Give OR and 32 hexadecimal digits',
  );
}

const changeColumns = [...columns, 'outcome'];

export const changesView: View = { fields: changeColumns, columns: changeColumns };

export async function printChanges(ctx: Context, changes: readonly AccountChange[]): Promise<void> {
  await ctx.out.list(
    changesView,
    changes.map(({ account: { sid, name, level }, outcome }) => ({
      sid,
      name,
      level: level ?? null,
      outcome,
    })),
  );
}

/** The change of one account's entry. */
export interface AccountChange {
  account: NamedAccount;
  /** Absent for an account that had no name. */
  before?: NamedAccount | undefined;
  /** `kept`: Twilio has another name, and the one that the administrator gave stays. */
  outcome: 'added' | 'changed' | 'kept' | 'unchanged';
}

/** @throws usage where TWILIO_ORG_ACCOUNTS_FILE names the list, which the program only reads */
export function requireOwnList({ env }: Context): void {
  const file = env.TWILIO_ORG_ACCOUNTS_FILE;
  if (!file) return;
  throw usageError(
    `The names of accounts come from ${file} (TWILIO_ORG_ACCOUNTS_FILE), which this command does not change`,
    'Edit that file, or unset the variable to use the list of this machine',
  );
}

/**
 * Changes the organization's own list, unless this is a dry run.
 *
 * @throws usage where TWILIO_ORG_ACCOUNTS_FILE names the list, which the program only reads
 */
export async function changeAccounts<T>(
  ctx: Context,
  change: (accounts: readonly NamedAccount[]) => { accounts: readonly NamedAccount[]; result: T },
): Promise<T> {
  requireOwnList(ctx);
  const organization = await requireOrganization(ctx);
  let result: T | undefined;
  const warn = (text: string) => ctx.messages.warn(text);
  await updateAccounts(
    ctx.configDir,
    organization,
    (before) => {
      const changed = change(before);
      result = changed.result;
      return ctx.flags.dryRun ? before : changed.accounts;
    },
    warn,
  );
  if (ctx.flags.dryRun) ctx.messages.note('Dry run: nothing was changed');
  return result as T;
}

/** Adds accounts to a list. An account without a level keeps the one it has. */
export function withAccounts(
  list: readonly NamedAccount[],
  added: readonly NamedAccount[],
): { accounts: NamedAccount[]; result: AccountChange[] } {
  const all = new Map(list.map((account) => [canonicalSid(account.sid), account]));
  const result = added.map((wanted): AccountChange => {
    const before = all.get(wanted.sid);
    const isSameName = before?.name === wanted.name;
    const { source: _, ...kept } = before ?? {};
    const account = { ...(isSameName ? before : kept), ...wanted };
    all.set(wanted.sid, account);
    const isSame = isSameName && before?.level === account.level;
    return { account, before, outcome: before === undefined ? 'added' : isSame ? 'unchanged' : 'changed' };
  });
  return { accounts: [...all.values()], result };
}

/** `2 added, 1 changed`. */
export function countsInWords(changes: readonly AccountChange[]): string {
  const counts = (['added', 'changed', 'kept', 'unchanged'] as const).flatMap((outcome) => {
    const count = changes.filter((change) => change.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  return `${pluralize(changes.length, 'account')}: ${counts.join(', ') || 'none'}`;
}
