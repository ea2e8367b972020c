import { accountSidProblem } from '../../changes/input/account-list.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { accountLevels, indexAccounts, nameProblem } from '../../organization/accounts.ts';
import { usageError } from '../../platform/core/errors.ts';
import { canonicalSid } from '../../twilio/sids.ts';
import { changeAccounts, withAccounts } from './shared/account-list.ts';

const flags = defineFlags({
  level: {
    value: 'level',
    summary:
      'whether it is an account, or a subaccount of one: roles that cannot be given there are then refused',
    choices: accountLevels,
  },
});

export const nameCommand = defineCommand({
  name: 'accounts name',
  summary: 'Give an account a name on this machine; nothing changes at Twilio',
  args: {
    sid: {
      summary: 'SID of the account (AC…)',
      ask: {
        question: 'Which account? Its SID (AC…)',
        example: `AC${'0123456789abcdef'.repeat(2)}`,
        check: parseSid,
      },
    },
    name: {
      summary: 'name, such as "EU production"',
      ask: { question: 'Which name should it have?', example: 'EU production', check: parseName },
    },
  },
  flags,
  scopes: 'none',
  effect: 'local',
  examples: [
    "twilio-org accounts name AC0123456789abcdef0123456789abcdef 'EU production'",
    "twilio-org accounts name AC0123456789abcdef0123456789abcdef 'EU sandbox' --level sub-account",
  ],
  run: (ctx, { sid, name, flags }) => run(ctx, sid, name, flags),
});

/** @throws usage */
export function parseSid(text: string): string {
  const sid = text.trim();
  const problem = accountSidProblem(sid);
  if (problem !== undefined) throw usageError(problem, 'Give AC and 32 hexadecimal digits');
  return canonicalSid(sid);
}

function parseName(text: string): string {
  const name = text.trim();
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw usageError(`"${name}" can't be the name of an account: it ${problem}`, 'Give it another name');
}

async function run(ctx: Context, sid: string, text: string, { level }: FlagsOf<typeof flags>): Promise<void> {
  const wanted = { sid: parseSid(sid), name: parseName(text), ...(level === undefined ? {} : { level }) };
  const { change, namesakes } = await changeAccounts(ctx, (list) => {
    const { accounts, result } = withAccounts(list, [wanted]);
    return { accounts, result: { change: result[0], namesakes: indexAccounts(accounts).named(wanted.name) } };
  });
  if (change?.outcome === 'unchanged') {
    ctx.messages.note(`${wanted.sid} already has this name; nothing to change`);
  } else if (!ctx.flags.dryRun) {
    const before =
      change?.before === undefined || change.before.name === wanted.name ? '' : `, was ${change.before.name}`;
    ctx.messages.note(`${wanted.sid} is now ${wanted.name}${before}`);
  }
  if (namesakes.length > 1) {
    const sids = namesakes.map((each) => each.sid).join(', ');
    ctx.messages.warn(`${namesakes.length} accounts have this name, so as a scope it is ambiguous: ${sids}`);
  }
}
