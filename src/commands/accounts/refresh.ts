import { accountsUrl, consentsToOrigin, rememberOrigin } from '../../cli/accounts-origin.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags } from '../../cli/flag-spec.ts';
import { cleanName, type NamedAccount, nameProblem } from '../../organization/accounts.ts';
import { AppError, type ErrorKind, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { listPreviewAccounts, type PreviewAccount } from '../../twilio/accounts.ts';
import { createSend } from '../../twilio/client.ts';
import {
  type AccountChange,
  changeAccounts,
  changesView,
  countsInWords,
  printChanges,
  requireOrganization,
  requireOwnList,
} from './shared/account-list.ts';

const flags = defineFlags({
  accountsApi: {
    value: 'api',
    summary: 'send the token to the preview endpoint for account names, or do not, without a question',
    choices: ['preview', 'none'],
  },
});

export const refreshCommand = defineCommand({
  name: 'accounts refresh',
  summary: "Get names of accounts from Twilio's preview endpoint, which may refuse",
  flags,
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org accounts refresh', 'twilio-org accounts refresh --accounts-api preview --dry-run'],
  notes: `The endpoint has an origin of its own (TWILIO_ORG_ACCOUNTS_URL), which is shown before the access token is sent there.
A name that you gave stays; a name from Twilio is updated. Levels do not come from Twilio: give them with accounts name --level.
`,
  run: refresh,
});

async function refresh(ctx: Context): Promise<void> {
  ctx.out.checkFields(changesView);
  requireOwnList(ctx);
  const organization = await requireOrganization(ctx);
  const origin = await accountsUrl(ctx);
  if (origin === undefined) {
    throw usageError(
      'The origin of the endpoint for account names is unknown',
      'Set TWILIO_ORG_ACCOUNTS_URL. Names that you give need no endpoint: twilio-org accounts name',
    );
  }
  if (!(await consentsToOrigin(ctx, origin))) {
    if (ctx.prompts.interactive) throw new AppError('cancelled', 'Nothing was sent and nothing was changed');
    throw usageError(
      `The access token is sent to ${origin} only with your consent. Nothing was sent`,
      'To allow it, add --accounts-api preview',
    );
  }
  const found = await readAccounts(ctx, origin, organization);
  await rememberOrigin(ctx, origin);
  const unusable: string[] = [];
  const changes = await changeAccounts(ctx, (list) => {
    const result: AccountChange[] = [];
    for (const account of found) {
      const change = changeOf(account, list);
      if (change === undefined) unusable.push(account.account_sid);
      else result.push(change);
    }
    const all = new Map(list.map((account) => [account.sid, account]));
    for (const { account } of result) all.set(account.sid, account);
    return { accounts: [...all.values()], result };
  });
  await printChanges(ctx, changes);
  ctx.messages.note(countsInWords(changes));
  if (unusable.length > 0) {
    ctx.messages.note(
      `${pluralize(unusable.length, 'account')} without a usable name at Twilio: ${unusable.join(', ')}`,
    );
  }
}

/** Statuses by which the endpoint says that it is not for this login. */
const refusals: Readonly<Record<number, ErrorKind>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'not-found',
};

async function readAccounts(ctx: Context, origin: string, organization: string): Promise<PreviewAccount[]> {
  const send = createSend(origin, await ctx.tokens(), ctx.http);
  const found = new Map<string, PreviewAccount>();
  try {
    for await (const account of listPreviewAccounts(send, origin, organization)) {
      found.set(account.account_sid, account);
    }
  } catch (error) {
    const kind = error instanceof AppError && error.status !== undefined ? refusals[error.status] : undefined;
    if (kind === undefined || !(error instanceof AppError)) throw error;
    const { status, code, requestId } = error;
    throw new AppError(kind, `${origin} refused this login (${status}), so no name was changed`, {
      hint: 'The endpoint is optional. Names that you give work without it: twilio-org accounts name',
      status,
      code,
      requestId,
    });
  }
  return [...found.values()];
}

/** The change of the list by an account at Twilio; undefined where its name can't be used. */
function changeOf(
  { account_sid: sid, friendly_name }: PreviewAccount,
  list: readonly NamedAccount[],
): AccountChange | undefined {
  const before = list.find((account) => account.sid === sid);
  const name = cleanName(friendly_name ?? '');
  if (before?.name === name) return { account: before, before, outcome: 'unchanged' };
  // A name that the administrator gave is the one that their scripts and files use.
  if (before !== undefined && before.source !== 'twilio') return { account: before, before, outcome: 'kept' };
  if (nameProblem(name) !== undefined) return undefined;
  const account: NamedAccount = { ...before, sid, name, source: 'twilio' };
  return { account, before, outcome: before === undefined ? 'added' : 'changed' };
}
