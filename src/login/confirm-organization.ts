import { AppError } from '../platform/core/errors.ts';
import type { Secret } from '../platform/core/secret.ts';
import { createSend } from '../twilio/client.ts';
import { staticTokens } from './oauth/static-tokens.ts';
import type { LoginWorkspace } from './workspace.ts';

/**
 * Asks Twilio for a role assignment of the organization that a person named for a new login: a login of another
 * organization is refused. Gives the reason where Twilio does not confirm the organization.
 */
export async function refusalOfOrganization(
  workspace: LoginWorkspace,
  { token, apiUrl, organizationSid }: { token: Secret; apiUrl: string; organizationSid: string },
): Promise<string | undefined> {
  const path = `/v2/Organizations/RoleAssignments?Scope=${organizationSid}&PageSize=1`;
  try {
    await createSend(apiUrl, staticTokens(token), { ...workspace.http, maxRetries: 0 })({
      method: 'GET',
      path,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === 'cancelled') throw error;
    return error.message;
  }
}
