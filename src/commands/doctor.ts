import packageJson from '../../package.json' with { type: 'json' };
import { defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { createContext } from '../cli/create-context.ts';
import { defineFlags } from '../cli/flag-spec.ts';
import type { Assumption } from '../doctor/assumption-reads.ts';
import type { Finding } from '../doctor/finding.ts';
import { AppError } from '../platform/core/errors.ts';
import { loadStyle, shouldUseColor } from '../platform/terminal/color.ts';
import { escapeControl } from '../platform/terminal/escape.ts';
import { defaultFormats } from '../platform/terminal/formats/index.ts';
import type { View } from '../platform/terminal/output.ts';

const fields = ['check', 'state', 'found', 'remedy'];
const view: View = { fields, columns: fields };
const assumptionFields = ['assumption', 'holds', 'found', 'matters'];
const assumptionView: View = { fields: assumptionFields, columns: assumptionFields };

const flags = defineFlags({
  assumptions: {
    summary: "check which of this program's assumptions about Twilio hold in this organization; reads only",
  },
  accountsApi: {
    value: 'api',
    summary:
      'with --assumptions: send the token to the preview endpoint for account names, or skip it, without a question',
    choices: ['preview', 'none'],
  },
});

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: "Check this machine's setup",
  flags,
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org doctor',
    'twilio-org doctor -o json > doctor.json',
    'twilio-org doctor --assumptions > report.txt',
  ],
  notes: 'It changes nothing at Twilio and prints no secret: the output can be pasted into a ticket.\n',
  run: (ctx, { flags }) => (flags.assumptions ? report(ctx) : run(ctx)),
});

async function run(ctx: Context): Promise<void> {
  ctx.out.checkFields(view);
  const findings = await examine(await failFastContext(ctx));
  if (ctx.out.format.forPeople && ctx.flags.fields === undefined)
    await ctx.out.text(await screen(ctx, findings));
  else await ctx.out.list(view, findings);
  const problems = findings.filter(({ state }) => state === 'problem').map(({ check }) => check);
  if (problems.length === 0) return;
  throw new AppError('failure', `Problems found: ${problems.join(', ')}`, {
    hint: 'Each problem above says what to do',
  });
}

/** Reports the behaviour of a real organization where Twilio's pages leave it open. People attach the report to an issue. */
async function report(ctx: Context): Promise<void> {
  ctx.out.checkFields(assumptionView);
  const { examineAssumptions } = await import('../doctor/assumptions.ts');
  const found = await examineAssumptions(ctx);
  const isChosen = ![defaultFormats.terminal, defaultFormats.pipe].some(
    (name) => name === ctx.out.format.name,
  );
  if (isChosen || ctx.flags.fields !== undefined) {
    await ctx.out.list(assumptionView, found);
    return;
  }
  const { arch, version } = await import('node:process');
  const { apiUrl, profile } = await ctx.settings();
  const about = [
    `twilio-org ${packageJson.version}, ${ctx.runtime.platform} ${arch}, Node ${version}`,
    `${profile?.grant ?? 'credentials from the environment'}, ${apiUrl}`,
    `${new Date(ctx.runtime.now()).toISOString().slice(0, 10)}. This report contains no names, addresses, SIDs or secrets.`,
  ];
  await ctx.out.text([...about, '', ...found.flatMap(reported)].join('\n'));
}

function reported({ assumption, holds, found, matters }: Assumption): string[] {
  const state = { true: 'holds', false: 'differs', null: 'unknown' }[
    String(holds) as 'true' | 'false' | 'null'
  ];
  return [
    `${state.padEnd(7)}  ${assumption}`,
    `         ${escapeControl(found)}`,
    ...(holds === false ? [`         Affects: ${matters}`] : []),
  ];
}

/** A context with a short timeout and no retries by default, so that network problems show. */
function failFastContext({ runtime, flags }: Context): Promise<Context> {
  return createContext(runtime, { timeout: 10, maxRetries: 0, ...flags });
}

async function examine(ctx: Context): Promise<Finding[]> {
  const [{ version, arch }, { runCheck }, machine, { checkTwilio }] = await Promise.all([
    import('node:process'),
    import('../doctor/finding.ts'),
    import('../doctor/environment.ts'),
    import('../doctor/account.ts'),
  ]);
  const { env, platform } = ctx.runtime;
  const about = `twilio-org ${packageJson.version}, ${platform} ${arch}`;
  const origins = await ctx.settings().then(
    ({ apiUrl, oauthUrl }) => [...new Set([apiUrl, oauthUrl])],
    () => [],
  );
  const store = await runCheck('credential store', () => machine.checkCredentialStore(ctx));
  return [
    await runCheck('node', () => machine.checkNodeVersion(version, packageJson.engines.node, about)),
    await runCheck('configuration', () => machine.checkConfiguration(ctx)),
    store,
    await runCheck('browser', () => machine.checkBrowser(env, platform)),
    await runCheck('proxy', () => machine.checkProxy(env, origins)),
    await runCheck('certificates', () => machine.checkCertificates(env)),
    ...(await checkTwilio(ctx, store.state !== 'problem')),
  ];
}

/** A line for each finding, with its remedy below. */
async function screen({ runtime, flags }: Context, findings: readonly Finding[]): Promise<string> {
  const { env, stdout } = runtime;
  const style = await loadStyle(shouldUseColor(env, stdout, flags.color === false));
  const looks = { ok: String, unknown: style.dim, warning: style.warning, problem: style.red };
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = 'problem'.length + width + 4;
  const room = (stdout.columns ?? Number.POSITIVE_INFINITY) - indent;
  const lines = findings.flatMap(({ check, state, found, remedy }) => {
    const [first = '', ...more] = wrapped(escapeControl(found), room);
    const below = [...more, ...(remedy === null ? [] : wrapped(escapeControl(remedy), room))];
    return [
      `${looks[state](state.padEnd('problem'.length))}  ${check.padEnd(width)}  ${first}`,
      ...below.map((line) => `${' '.repeat(indent)}${line}`),
    ];
  });
  return lines.join('\n');
}

/** Wraps the text between words; leaves it alone where the column is too narrow. */
function wrapped(text: string, room: number): string[] {
  if (room < 30) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
