import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { askProfile } from '../../cli/questions/asks.ts';
import { assertProfileName, mustBeUsable, updateConfig } from '../../login/config/profiles.ts';
import { AppError } from '../../platform/core/errors.ts';

export const switchCommand = defineCommand({
  name: 'auth switch',
  summary: 'Make a profile the default',
  args: { profile: { summary: 'name of the profile', ask: askProfile } },
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org auth switch staging', 'twilio-org auth switch default'],
  run: (ctx, { profile }) => switchTo(ctx, profile),
});

async function switchTo(ctx: Context, name: string): Promise<void> {
  const config = await ctx.config();
  const names = Object.keys(config.profiles);
  const wanted = assertProfileName(name);
  mustBeUsable(config, wanted);
  if (!names.includes(wanted)) {
    throw new AppError('not-found', `There is no profile ${wanted}`, {
      hint: names.length === 0 ? 'Log in first: twilio-org auth login' : `Profiles: ${names.join(', ')}`,
    });
  }
  await updateConfig(ctx.configDir, (config) => ({ ...config, default_profile: wanted }));
  ctx.messages.note(`Profile ${wanted} is now the default`);
}
