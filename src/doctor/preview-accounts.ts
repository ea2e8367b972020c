import type { Context } from '../cli/context.ts';
import { checkOrigin, twilio } from '../login/config/settings.ts';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { createSend } from '../twilio/client.ts';

/**
 * Asks the preview endpoint for one account. It has an origin of its own, which a token is sent to only after an explicit
 * yes: `--accounts-api preview`, or the answer to a question that names it.
 */
export async function checkAccountNames(
  ctx: Context,
  origin: string | undefined,
  organizationSid: string | undefined,
): Promise<{ holds: boolean | null; found: string }> {
  const notTried = (why: string) => ({ holds: null, found: `Not tried: ${why}` });
  if (origin === undefined) return notTried('TWILIO_ORG_ACCOUNTS_URL names no origin for it');
  if (organizationSid === undefined) return notTried('the organization is unknown');
  if (!(await mayAsk(ctx, origin)))
    return notTried(`the token goes to ${origin} with --accounts-api preview alone`);
  try {
    const send = createSend(origin, await ctx.tokens(), ctx.http);
    const answer = await send({
      method: 'GET',
      path: `/Organizations/${organizationSid}/Accounts?PageSize=1`,
    });
    const [account] = isObject(answer) && Array.isArray(answer.content) ? answer.content : [];
    const named = isObject(account) && typeof account.friendly_name === 'string';
    return { holds: named, found: named ? 'They have' : 'The answer holds no account with a name' };
  } catch (error) {
    if (!(error instanceof AppError) || error.status === undefined) throw error;
    const code = error.code === undefined ? '' : ` and ${error.code}`;
    return { holds: false, found: `The request is answered with ${error.status}${code}` };
  }
}

/** The origin of the preview endpoint, where there is one. Throws `usage` for one that a token must not be sent to. */
export async function accountsUrl({ runtime, settings }: Context): Promise<string | undefined> {
  const { TWILIO_ORG_ACCOUNTS_URL: url } = runtime.env;
  if (url) return checkOrigin(url, 'TWILIO_ORG_ACCOUNTS_URL');
  return (await settings()).apiUrl === twilio.apiUrl ? twilio.accountsUrl : undefined;
}

async function mayAsk({ flags, prompts }: Context, origin: string): Promise<boolean> {
  if (flags.accountsApi === 'preview') return true;
  if (flags.accountsApi === 'none' || !prompts.interactive) return false;
  return prompts.confirm({
    message: `Send the access token to ${origin}, to ask for the names of accounts?`,
  });
}
