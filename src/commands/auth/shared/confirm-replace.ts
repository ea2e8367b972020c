import type { Context } from '../../../cli/context.ts';
import type { Profile } from '../../../login/config/schema.ts';
import { type Identity, isSameApp } from '../../../login/logins.ts';
import { AppError, usageError } from '../../../platform/core/errors.ts';

/** Asks before a login replaces one of another organization, app or origin. */
export async function confirmReplacement(
  ctx: Context,
  name: string,
  old: Profile | undefined,
  next: Identity,
): Promise<void> {
  if (old === undefined || ctx.flags.yes) return;
  const { organization_sid = old.organization_sid } = next;
  const sameOrganization = old.organization_sid === undefined || old.organization_sid === organization_sid;
  if (isSameApp(old, next) && sameOrganization) return;
  const change = [
    `Profile ${name} is the login of ${describeLogin(old)}.`,
    `It will be replaced by ${describeLogin(next)}.`,
  ];
  if (!ctx.prompts.interactive) {
    throw usageError(change.join(' '), 'To replace it, add --yes. To keep both, add --profile NAME');
  }
  ctx.messages.say(...change);
  if (await ctx.prompts.confirm({ message: 'Replace it?' })) return;
  throw new AppError('cancelled', 'Nothing was changed');
}

function describeLogin({ client_id, organization_sid, api_url, oauth_url }: Identity): string {
  const organization = organization_sid === undefined ? '' : `, organization ${organization_sid}`;
  return `client ${client_id}${organization}, at ${[...new Set([api_url, oauth_url])].join(' and ')}`;
}
