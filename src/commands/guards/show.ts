import { effectiveGuards } from '../../changes/guards/policy.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { view } from './shared/profile-guards.ts';

export const showCommand = defineCommand({
  name: 'guards show',
  summary: 'Show the guards that apply to the profile',
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org guards show', 'twilio-org guards show --profile production -o json'],
  run: show,
});

export async function show(ctx: Context): Promise<void> {
  ctx.out.checkFields(view);
  const { profile, profileName, source } = await ctx.settings();
  const kept = source === 'profile' ? profile?.guards : undefined;
  await ctx.out.item(view, {
    profile: source === 'profile' ? profileName : `none: ${source}`,
    ...effectiveGuards({}, kept),
  });
}
