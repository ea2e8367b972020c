import type { Settings } from '../../login/config/settings.ts';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { Change } from '../plan/change.ts';
import { checkAdmins } from './admins.ts';
import { effectiveGuards, type GuardFlags, guardError, loosenHint } from './policy.ts';
import { checkProtected } from './protected-users.ts';
import { checkShare, sharesOf } from './shares.ts';

/** Refuses, before anything is sent that changes something, what takes away more than the guards allow. */
export async function checkGuards(
  workspace: Workspace,
  removals: readonly Change[],
  flags: GuardFlags,
): Promise<void> {
  const settings = await workspace.settings();
  const kept = settings.source === 'profile' ? settings.profile?.guards : undefined;
  const guards = flags.overrideGuards ? undefined : effectiveGuards(flags, kept);
  if (removals.length === 0) return;
  if (settings.source !== 'profile') await warnAboutIgnoredGuards(workspace, settings);
  if (guards === undefined) {
    workspace.log.warn('The guards are overridden');
    // What is listed now is what later listings are compared with.
    await sharesOf(await workspace.organization(), workspace.log, removals);
    return;
  }
  if (removals.length > guards.max_removals) {
    throw guardError(
      `${pluralize(removals.length, 'removal')} ${removals.length === 1 ? 'is' : 'are'} more than the ${guards.max_removals} that ${guards.max_removals === 1 ? 'is' : 'are'} allowed at once`,
      loosenHint('--max-removals', removals.length, kept?.max_removals),
    );
  }
  const organization = await workspace.organization();
  const isWanted = (flags.maxRemovalFraction ?? kept?.max_removal_fraction) !== undefined;
  for (const part of await sharesOf(organization, workspace.log, removals, isWanted)) {
    checkShare(part, guards.max_removal_fraction, kept?.max_removal_fraction);
  }
  await checkProtected(organization, removals, guards);
  if (guards.keep_admins > 0) await checkAdmins(organization, settings.organizationSid, removals, guards);
}

/** Credentials from the environment ignore profiles, which somebody who has guards in one may not think of. */
async function warnAboutIgnoredGuards(
  workspace: Workspace,
  { source, apiUrl, organizationSid }: Settings,
): Promise<void> {
  const config = await workspace.config().catch((error: unknown) => {
    if (error instanceof AppError) return { profiles: {} };
    throw error;
  });
  for (const [name, profile] of Object.entries(config.profiles)) {
    const others = [profile.organization_sid, organizationSid].filter((sid) => sid !== undefined);
    if (profile.guards === undefined || profile.api_url !== apiUrl || new Set(others).size > 1) continue;
    workspace.log.warn(
      `The guards of profile ${name} do not hold with credentials from ${source}`,
      'Unset that to use the profile, or give its guards as flags',
    );
  }
}
