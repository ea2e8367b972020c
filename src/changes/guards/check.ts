import type { Settings } from '../../login/config/settings.ts';
import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import type { Change } from '../plan/change.ts';
import { checkAdmins, checkLastAdmin } from './admins.ts';
import {
  asksForAdmins,
  combinedRefusal,
  effectiveGuards,
  GuardError,
  type GuardFlags,
  guardError,
  loosen,
} from './policy.ts';
import { checkProtected } from './protected-users.ts';
import { checkShare, sharesOf } from './shares.ts';

/**
 * Checks removals against every guard, before anything is changed, and changes of addresses against the protection of users:
 * whoever reads the mail of a new address may take the account over. Says all refusals at once.
 *
 * @throws guard where a guard refuses them; usage where a flag is looser than the profile
 */
export async function checkGuards(
  workspace: Workspace,
  removals: readonly Change[],
  flags: GuardFlags,
  addressChanges: readonly Change[] = [],
): Promise<void> {
  const { advice } = flags;
  const settings = await workspace.settings();
  const profile = settings.source === 'profile' ? settings.profile?.guards : undefined;
  const guards = flags.overrideGuards ? undefined : effectiveGuards(flags, profile);
  if (removals.length === 0 && addressChanges.length === 0) return;
  if (settings.source !== 'profile') await warnAboutIgnoredGuards(workspace, settings);
  if (guards === undefined) workspace.log.warn('All guards are ignored');
  if (removals.length === 0) {
    if (guards !== undefined)
      await checkProtected(await workspace.organization(), addressChanges, guards, advice?.protected);
    return;
  }
  if (guards === undefined) {
    // Records the listings as the baseline for later ones.
    await sharesOf(await workspace.organization(), workspace.log, removals, undefined);
    return;
  }
  const refusals: GuardError[] = [];
  /** Makes a check, and keeps its refusal, so that a person learns of all refusals at once. */
  async function attempt(check: () => void | Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (error instanceof GuardError) refusals.push(error);
      // A refusal says more than the failure of a later check.
      else if (!(error instanceof AppError) || error.kind === 'cancelled' || refusals.length === 0)
        throw error;
    }
  }
  await attempt(() => {
    const { allowed_removals: allowed = 0 } = guards;
    const limit = guards.max_removals + allowed;
    if (removals.length <= limit) return;
    throw guardError(
      `This makes ${pluralize(removals.length, 'removal')}; the limit is ${limit}`,
      loosen('--max-removals', removals.length - allowed, profile?.max_removals),
    );
  });
  await attempt(async () => {
    const isRequested = (flags.maxRemovalFraction ?? profile?.max_removal_fraction) !== undefined;
    const organization = await workspace.organization();
    const { max_removal_fraction: limit } = guards;
    const counted = removals.slice(guards.allowed_removals ?? 0);
    for (const share of await sharesOf(organization, workspace.log, counted, limit, isRequested)) {
      await attempt(() => checkShare(share, limit, profile?.max_removal_fraction));
    }
  });
  await attempt(async () =>
    checkProtected(
      await workspace.organization(),
      [...removals, ...addressChanges],
      guards,
      advice?.protected,
    ),
  );
  await attempt(async () => {
    if (guards.keep_admins === 0) return;
    const organization = await workspace.organization();
    const scope = settings.organizationSid;
    const given = { ...guards, advice: advice?.admins };
    if (asksForAdmins(flags, profile)) await checkAdmins(organization, scope, removals, given);
    else await checkLastAdmin(organization, scope, removals, given, workspace.log);
  });
  const refusal = combinedRefusal(refusals);
  if (refusal !== undefined) throw refusal;
}

/** Credentials from the environment ignore profiles, so that the guards of a profile may be missed. */
async function warnAboutIgnoredGuards(
  workspace: Workspace,
  { source, apiUrl, organizationSid }: Settings,
): Promise<void> {
  const config = await workspace.config().catch((error: unknown) => {
    if (error instanceof AppError) return { profiles: {} };
    throw error;
  });
  for (const [name, profile] of Object.entries(config.profiles)) {
    const organizations = [profile.organization_sid, organizationSid].filter((sid) => sid !== undefined);
    const isOther = profile.api_url !== apiUrl || new Set(organizations).size > 1;
    if (profile.guards === undefined || isOther) continue;
    workspace.log.warn(
      `The guards of profile ${name} do not apply to credentials from ${source}`,
      `Unset ${source} to use the profile, or add its guards as flags`,
    );
  }
}
