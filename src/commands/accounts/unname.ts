import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { parseSid } from './name.ts';
import { changeAccounts } from './shared/account-list.ts';

export const unnameCommand = defineCommand({
  name: 'accounts unname',
  summary: 'Remove the name of an account on this machine; nothing changes at Twilio',
  args: {
    sid: {
      summary: 'SID of the account (AC…)',
      ask: {
        question: 'Which account?',
        example: `AC${'0123456789abcdef'.repeat(2)}`,
        choices,
        check: parseSid,
      },
    },
  },
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org accounts unname AC0123456789abcdef0123456789abcdef',
    'twilio-org accounts unname AC0123456789abcdef0123456789abcdef --dry-run',
  ],
  run: (ctx, { sid }) => run(ctx, sid),
});

async function choices(ctx: Context) {
  const { accounts } = await ctx.scopes();
  return accounts.accounts.map(({ sid, name }) => ({ name, value: sid, description: sid }));
}

async function run(ctx: Context, text: string): Promise<void> {
  const sid = parseSid(text);
  const before = await changeAccounts(ctx, (list) => ({
    accounts: list.filter((account) => !equalsIgnoreCase(account.sid, sid)),
    result: list.find((account) => equalsIgnoreCase(account.sid, sid)),
  }));
  if (before === undefined) ctx.messages.note(`${sid} has no name; nothing to change`);
  else if (!ctx.flags.dryRun) ctx.messages.note(`${sid} no longer has a name, was ${before.name}`);
}
