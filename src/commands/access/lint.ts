import { loadRulesFile, refuseRuleProblems } from '../../changes/lint-rules/load.ts';
import { emptyRulesFile } from '../../changes/lint-rules/model.ts';
import { asksForPermissions, resolveRules } from '../../changes/lint-rules/resolve.ts';
import { planFromItems } from '../../changes/plan/plan.ts';
import { planLintFixes } from '../../changes/planners/lint-fixes.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { dashed, defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import type { Flags } from '../../cli/flags.ts';
import { limitFlags } from '../../cli/guard-flags.ts';
import { newPlanHeader } from '../../cli/review/plan-head.ts';
import { reviewAndRun } from '../../cli/review/review.ts';
import { readingEverything } from '../../cli/scope-conditions.ts';
import { defaultAdminRoles } from '../../organization/admin-roles.ts';
import type { Baseline } from '../../organization/lint/baseline.ts';
import { countsOf, type Linted, lint } from '../../organization/lint/lint.ts';
import { type LintReading, readForLint } from '../../organization/lint/read.ts';
import { dayIn } from '../../platform/core/calendar.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { lintCountsInWords } from '../../reports/lint-sections.ts';
import { type OpenBaseline, openBaseline, readBaseline } from './shared/baseline-file.ts';
import { findingView, scopeNamer } from './shared/findings.ts';
import { printLintDocument } from './shared/lint-document.ts';
import { profileForLint } from './shared/lint-profile.ts';
import { noteAssumption } from './shared/question.ts';

const flags = defineFlags({
  rules: { value: 'file', summary: "one's own rules, settings and suppressions, in YAML" },
  baseline: { value: 'file', summary: 'accept the findings of this file: they are counted, and do not fail' },
  writeBaseline: { value: 'file', summary: 'write the findings of now to this file, for --baseline' },
  all: { summary: 'show findings in a table that are in the baseline or suppressed, too' },
  fix: { summary: 'plan what takes no judgement to fix; needs --plan-out' },
  planOut: { value: 'file', summary: 'with --fix: the file for the plan, for `runs apply`' },
  ...limitFlags,
  overrideGuards: { summary: 'ignore all guards' },
  exitCode: { summary: 'exit with 10 when there are new findings, and with 12 when some are undecided' },
});

type LintFlags = FlagsOf<typeof flags> & Flags;

export const lintCommand = defineCommand({
  name: 'access lint',
  summary: 'Find access that breaks rules, with the commands that fix it',
  flags,
  scopes: readingEverything,
  effect: 'reads',
  documents: ['html', 'markdown', 'sarif'],
  examples: [
    'twilio-org access lint',
    'twilio-org access lint --rules lint.yaml --exit-code',
    'twilio-org access lint --write-baseline lint-baseline.json',
    'twilio-org access lint --baseline lint-baseline.json --exit-code',
    'twilio-org access lint --fix --plan-out fixes.plan',
    'twilio-org access lint -o html > lint.html',
  ],
  run: (ctx, { flags }) => run(ctx, flags),
});

async function run(ctx: Context, options: LintFlags): Promise<void> {
  ctx.out.checkFields(findingView);
  checkFix(options);
  const { organizationSid } = await ctx.settings();
  const rules =
    options.rules === undefined ? undefined : await loadRulesFile(options.rules, await ctx.scopes());
  const baseline =
    options.baseline === undefined ? undefined : await readBaseline(options.baseline, organizationSid);
  const written =
    options.writeBaseline === undefined
      ? undefined
      : await openBaseline(options.writeBaseline, organizationSid);
  try {
    const reading = await readForLint(await ctx.organization(), {
      withPermissions: rules !== undefined && asksForPermissions(rules),
      withAddresses: rules !== undefined && rules.domains.length > 0,
      forChanges: options.fix === true,
    });
    const { policy, adminRoles, problems, ...own } = resolveRules(rules ?? emptyRulesFile(), reading.roles);
    refuseRuleProblems(options.rules ?? '', problems);
    const { profile, adminRole } = await profileForLint(ctx, organizationSid);
    const linted = lint(
      {
        ...reading,
        ...own,
        scopeName: await scopeNamer(ctx),
        profile,
        adminRoles: adminRoles ?? (adminRole === undefined ? defaultAdminRoles : [adminRole]),
      },
      {
        policy,
        baseline: new Map(baseline?.entries.map(({ fingerprint, rule }) => [fingerprint, rule])),
        today: dayIn('UTC', ctx.now()),
      },
    );
    if (written !== undefined) await writeBaseline(ctx, linted, { file: written, baseline }, organizationSid);
    await print(ctx, linted, options);
    if (options.fix) await planFixes(ctx, linted, reading, options);
    const refusal = refusalOf(linted, options);
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    await written?.abort();
    throw error;
  }
}

/** The flags that a plan alone makes sense of. */
const planFlags = [
  'planOut',
  ...(Object.keys(limitFlags) as (keyof typeof limitFlags)[]),
  'overrideGuards',
] as const;

function checkFix({ fix, at, ...options }: LintFlags): void {
  if (fix && options.planOut === undefined)
    throw usageError(
      '--fix only plans, and needs a file for the plan',
      'For example: twilio-org access lint --fix --plan-out fixes.plan. Then run it: twilio-org runs apply fixes.plan',
    );
  if (fix && at !== undefined)
    throw usageError(
      '--fix plans changes to the organization as it is now, and --at reads a snapshot',
      'Leave out one of the two',
    );
  const [flag] = planFlags.filter((key) => options[key] !== undefined);
  if (!fix && flag !== undefined)
    throw usageError(`--${dashed(flag)} is for the plan that --fix makes`, 'Add --fix, or leave it out');
}

/**
 * Everything that was found, and is not suppressed, is in the baseline from now on. Entries of rules that were not applied stay:
 * a job without a profile knows nothing about the guards of one.
 */
async function writeBaseline(
  ctx: Context,
  linted: Linted,
  { file, baseline }: { file: OpenBaseline; baseline: Baseline | undefined },
  organization: string | undefined,
): Promise<void> {
  const notApplied = new Set(linted.unchecked.map(({ rule }) => rule));
  const earlier = [...(file.earlier?.entries ?? []), ...(baseline?.entries ?? [])];
  const kept = new Map(
    earlier.flatMap((entry) => (notApplied.has(entry.rule) ? [[entry.fingerprint, entry] as const] : [])),
  );
  for (const finding of linted.findings) if (finding.state === 'new') finding.state = 'baseline';
  linted.counts = countsOf(linted.findings);
  linted.outdated_baseline = 0;
  await file.write(linted.findings, organization ?? null, [...kept.values()]);
  ctx.messages.note(`The baseline has ${pluralize(linted.counts.baseline, 'finding')}`);
  const [count, entries] = [kept.size, kept.size === 1 ? 'entry' : 'entries'];
  if (count > 0)
    ctx.messages.note(
      `${count} ${entries} of rules that were not applied ${count === 1 ? 'was' : 'were'} kept`,
    );
}

async function print(ctx: Context, linted: Linted, options: LintFlags): Promise<void> {
  const { findings, unchecked } = linted;
  for (const finding of findings) if (finding.fix !== null) finding.fix = ctx.withProfile(finding.fix);
  const isShort = ctx.out.format.forPeople && !options.all;
  if (ctx.out.document !== undefined) await printLintDocument(ctx, ctx.out.document, linted);
  else
    await ctx.out.list(findingView, isShort ? findings.filter(({ state }) => state === 'new') : findings, {
      mayPage: true,
    });
  const { assumed_inheritance: assumeInheritance } = linted;
  noteAssumption(ctx, assumeInheritance === null ? {} : { assumeInheritance });
  for (const { rule, why } of unchecked) ctx.messages.note(`Rule ${rule} was not applied: ${why}`);
  if (linted.outdated_baseline > 0)
    ctx.messages.note(
      `${pluralize(linted.outdated_baseline, 'finding')} of the baseline no longer there. To take them out: --write-baseline`,
    );
  if (refusalOf(linted, options) === undefined) ctx.messages.note(lintCountsInWords(linted));
}

/** Plans what takes no judgement. What a suppression or the baseline accepts stays. */
async function planFixes(
  ctx: Context,
  { fixable }: Linted,
  { users, assignments }: LintReading,
  options: LintFlags,
): Promise<void> {
  const founds = [...fixable].flatMap(([{ state }, found]) => (state === 'new' ? [found] : []));
  const items = planLintFixes(founds, users, assignments);
  const plan = planFromItems(await newPlanHeader(ctx, ['id', 'userName'], 'deleted'), items);
  if (items.length === 0)
    ctx.messages.note('Nothing here can be fixed without a decision: the plan is empty');
  await reviewAndRun(ctx, plan, options, {
    title: `${pluralize(plan.removals.length, 'role assignment')} will be removed`,
  });
}

/** The error that --exit-code asks for. */
function refusalOf({ counts }: Linted, { exitCode }: LintFlags): AppError | undefined {
  if (!exitCode) return undefined;
  if (counts.new > 0) return new AppError('differences', lintCountsInWords({ counts }));
  return counts.undecided > 0 ? new AppError('undecided', lintCountsInWords({ counts })) : undefined;
}
