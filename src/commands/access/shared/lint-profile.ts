import type { Context } from '../../../cli/context.ts';
import type { GuardSettings } from '../../../login/config/schema.ts';
import { credentialSource, resolveSettings } from '../../../login/config/settings.ts';
import type { LintFacts } from '../../../organization/lint/subject.ts';
import { AppError } from '../../../platform/core/errors.ts';
import { equalsIgnoreCase } from '../../../twilio/decode.ts';

export interface LintProfile {
  profile: LintFacts['profile'];
  /** The role that the profile's guards take for that of admins. */
  adminRole: string | undefined;
}

const none: LintProfile = { profile: undefined, adminRole: undefined };

/**
 * The profile whose guards apply to the organization, also where a snapshot of it is read. A machine without a login has none.
 *
 * @param organization SID of the organization that is read
 */
export async function profileForLint(ctx: Context, organization: string | undefined): Promise<LintProfile> {
  if (credentialSource(ctx.env) !== 'profile') return none;
  try {
    const { profileName: name, profile } = resolveSettings(ctx.flags, ctx.env, await ctx.config());
    const own = profile?.organization_sid;
    const isOther = own !== undefined && organization !== undefined && !equalsIgnoreCase(own, organization);
    if (profile === undefined || isOther) return none;
    const { guards = {} } = profile;
    return { profile: { name, hasGuards: hasAny(guards) }, adminRole: guards.admin_role };
  } catch (error) {
    // A snapshot is read without a login, and beside settings that can't be used.
    if (error instanceof AppError) return none;
    throw error;
  }
}

function hasAny(guards: GuardSettings): boolean {
  return Object.values(guards).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined,
  );
}
