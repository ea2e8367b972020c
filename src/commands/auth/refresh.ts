import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { formatExpiry } from '../../login/oauth/expiry.ts';
import { activeProfileTokens } from '../../login/tokens.ts';
import { usageError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';

const view: View = { fields: ['profile', 'expires_at'], columns: ['profile', 'expires_at'] };

export const refreshCommand = defineCommand({
  name: 'auth refresh',
  summary: 'Get a new access token now; it is renewed automatically otherwise',
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org auth refresh', 'twilio-org auth refresh --profile staging'],
  run: (ctx) => refresh(ctx),
});

async function refresh(ctx: Context): Promise<void> {
  ctx.out.checkFields(view);
  const settings = await ctx.settings();
  if (settings.source !== 'profile') {
    throw usageError(
      `The credentials come from ${settings.source}; there is no stored login to refresh`,
      'Unset the variable to refresh a stored login',
    );
  }
  const fresh = await (await activeProfileTokens(ctx, settings)).refresh();
  await ctx.out.item(view, { profile: settings.profileName, expires_at: formatExpiry(fresh) });
}
