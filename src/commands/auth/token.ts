import { defineCommand } from '../../cli/command.ts';

export const tokenCommand = defineCommand({
  name: 'auth token',
  summary: 'Print a valid access token and nothing else',
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org auth token',
    'curl -H "Authorization: Bearer $(twilio-org auth token)" https://iam.twilio.com/scim/v2/Users',
  ],
  async run(ctx) {
    const tokens = await ctx.tokens();
    await ctx.out.text((await tokens.get()).reveal());
  },
});
