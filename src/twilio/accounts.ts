import type { Send } from './client.ts';
import { invalidResponse, parseStringFields } from './decode.ts';
import { listPages, queryString } from './pagination.ts';
import { canonicalSid, isSid } from './sids.ts';

/** An account as the preview endpoint has it. It does not tell accounts from subaccounts. */
export interface PreviewAccount {
  account_sid: string;
  friendly_name?: string | null;
  status?: string;
}

/**
 * The accounts of an organization, from Twilio's preview endpoint (`GET /Organizations/{OR…}/Accounts` of
 * `preview-iam.twilio.com`). No scope of the published table covers it.
 *
 * @param origin the endpoint's own origin
 */
export async function* listPreviewAccounts(
  send: Send,
  origin: string,
  organizationSid: string,
): AsyncGenerator<PreviewAccount> {
  const path = `/Organizations/${organizationSid}/Accounts${queryString({ PageSize: '100' })}`;
  for await (const page of listPages(send, { method: 'GET', path }, 'content', origin))
    yield* page.map(parse);
}

function parse(value: unknown): PreviewAccount {
  const account = parseStringFields<PreviewAccount>(
    'an account',
    value,
    ['account_sid'],
    ['friendly_name', 'status'],
  );
  if (!isSid('AC', account.account_sid)) throw invalidResponse('an account', 'account_sid');
  return { ...account, account_sid: canonicalSid(account.account_sid) };
}
