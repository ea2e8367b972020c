import type { Context } from '../../../cli/context.ts';
import { updateConfig } from '../../../login/config/profiles.ts';
import type { GuardSettings } from '../../../login/config/schema.ts';
import { defaultAdminRoles } from '../../../organization/admin-roles.ts';
import { AppError, usageError } from '../../../platform/core/errors.ts';
import type { Column, View } from '../../../platform/terminal/view.ts';

export const fields = ['max_removals', 'max_removal_fraction', 'protect', 'keep_admins', 'admin_role'];

interface Row {
  profile: string;
  max_removals: number;
  max_removal_fraction: number;
  protect: readonly string[];
  keep_admins: number;
  admin_role?: string;
}

const list: Column<Row>[] = [
  { heading: 'Profile', value: 'profile' },
  { heading: 'Removals at most', value: 'max_removals' },
  {
    heading: 'Part of all at most',
    value: ({ max_removal_fraction: part }) => `${Number((100 * part).toFixed(4))} %`,
  },
  { heading: 'Protected users', value: ({ protect }) => (protect.length > 0 ? protect : 'none') },
  { heading: 'Admins to keep', value: ({ keep_admins }) => (keep_admins > 0 ? `${keep_admins}` : 'none') },
  {
    heading: 'Role of admins',
    value: ({ admin_role = defaultAdminRoles.join(' or ') }) => admin_role,
  },
];

export const view: View = {
  fields: ['profile', ...fields],
  columns: ['profile', ...fields],
  people: { list },
};

/** Changes the guards of the profile. */
export async function updateGuards(
  ctx: Context,
  change: (before: GuardSettings) => GuardSettings | undefined,
): Promise<void> {
  const { profile: current, profileName, source } = await ctx.settings();
  if (source !== 'profile') {
    throw usageError(
      `Guards are stored in a profile, but the active credentials come from ${source}`,
      'Unset the variables to change a profile. For a single command, pass guards as flags, such as --max-removals',
    );
  }
  if (ctx.flags.dryRun) {
    change(current?.guards ?? {});
    ctx.messages.note('Dry run: nothing was changed');
    return;
  }
  await updateConfig(ctx.configDir, (config) => {
    const profile = config.profiles[profileName];
    if (profile === undefined) {
      throw new AppError('auth', `There is no profile ${profileName}`, {
        hint: 'Log in first: twilio-org auth login',
      });
    }
    const { guards: before = {}, ...others } = profile;
    const after = change(before);
    config.profiles[profileName] = after === undefined ? others : { ...others, guards: after };
    return config;
  });
  ctx.messages.note(`Profile ${profileName} has changed. To see its guards: twilio-org guards show`);
}
