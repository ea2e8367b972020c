import { consentsToOrigin } from '../cli/accounts-origin.ts';
import type { Context } from '../cli/context.ts';
import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import { createSend } from '../twilio/client.ts';

/**
 * Requests one account from the preview endpoint. The endpoint has another origin. The token is sent there only with explicit consent:
 * `--accounts-api preview`, or a yes to a question that names the origin.
 */
export async function checkAccountNames(
  ctx: Context,
  origin: string | undefined,
  organizationSid: string | undefined,
): Promise<{ holds: boolean | null; found: string }> {
  const notChecked = (why: string) => ({ holds: null, found: `Not checked: ${why}` });
  if (origin === undefined) return notChecked('TWILIO_ORG_ACCOUNTS_URL is not set');
  if (organizationSid === undefined) return notChecked('the organization is unknown');
  if (!(await consentsToOrigin(ctx, origin)))
    return notChecked(`the token is sent to ${origin} only with --accounts-api preview`);
  try {
    const send = createSend(origin, await ctx.tokens(), ctx.http);
    const response = await send({
      method: 'GET',
      path: `/Organizations/${organizationSid}/Accounts?PageSize=1`,
    });
    const [account] = isObject(response) && Array.isArray(response.content) ? response.content : [];
    const hasName = isObject(account) && typeof account.friendly_name === 'string';
    return { holds: hasName, found: hasName ? 'They have names' : 'The response has no account with a name' };
  } catch (error) {
    if (!(error instanceof AppError) || error.status === undefined) throw error;
    const code = error.code === undefined ? '' : ` and ${error.code}`;
    return { holds: false, found: `The request is answered with ${error.status}${code}` };
  }
}
