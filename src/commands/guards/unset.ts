import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { updateGuards } from './shared/profile-guards.ts';

export const unsetCommand = defineCommand({
  name: 'guards unset',
  summary: 'Remove all guards of the profile, so that the defaults apply',
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org guards unset', 'twilio-org guards unset --profile rehearsal --yes'],
  run: unset,
});

export async function unset(ctx: Context): Promise<void> {
  ctx.requireConfirmable('This loosens the guards');
  const { profileName } = await ctx.settings();
  if (!ctx.flags.dryRun) await ctx.confirmLocal(`All guards of profile ${profileName} will be removed.`);
  await updateGuards(ctx, () => undefined);
}
