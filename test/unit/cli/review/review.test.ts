import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Item, planFromItems } from '../../../../src/changes/plan/plan.ts';
import type { Context } from '../../../../src/cli/context.ts';
import type { Flags } from '../../../../src/cli/flags.ts';
import { type ReviewOptions, reviewAndRun } from '../../../../src/cli/review/review.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { plainStyle } from '../../../../src/platform/terminal/color.ts';
import { changes, itemOf, planHeader } from '../../../support/plans.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'review-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Situation {
  flags?: Flags;
  interactive?: boolean;
  /** The answer to the question. */
  answer?: boolean;
}

/** Reviews a plan of these items, and returns what happened, in order, and what was said. */
async function review(items: readonly Item[], options: Partial<ReviewOptions>, situation: Situation = {}) {
  const { flags = {}, interactive = true, answer = true } = situation;
  const steps: string[] = [];
  const said: string[] = [];
  const stdout = new PassThrough();
  const say = (...lines: string[]) => void said.push(...lines);
  const ctx = {
    flags,
    prompts: { interactive },
    requireConfirmable: () => void steps.push('needs a terminal or --yes'),
    async confirm() {
      steps.push('asked');
      if (!answer) throw new AppError('cancelled', 'Nothing was changed');
    },
    messages: { note: say, say, warn: say, show: (lines: string[]) => say(...lines), style: plainStyle },
    runtime: { stdout, stderr: new PassThrough(), env: {}, now: () => 0 },
    settings: async () => ({ source: 'profile' }),
    api: async () => ({ url: 'http://127.0.0.1:1' }),
    organization: async () => ({ users: { seen: () => undefined } }),
    spinner: { clear: () => undefined },
    http: {},
    out: {
      format: { name: 'tsv' },
    },
    withProfile: (command: string) => command,
  } as unknown as Context;
  const plan = planFromItems(planHeader, [...items]);
  const record = async () => void steps.push('run');
  const outcome = await reviewAndRun(
    ctx,
    plan,
    {},
    { title: '1 user', label: (sid) => sid, isThrottled: false, record, ...options },
  )
    .then((isRun) => (isRun ? 'run' : 'not run'))
    .catch((error: unknown) => {
      if (error instanceof AppError) return error.kind;
      throw error;
    });
  return { outcome, steps, said, stdout: String(stdout.read() ?? '') };
}

const giving = [itemOf(1, changes.createUser(1))];
const nothing = [{ ...itemOf(1), note: 'The user has these values already' }];

describe('the question before a run', () => {
  test.each<
    [name: string, isAsked: boolean, items: Item[], options: Partial<ReviewOptions>, situation: Situation]
  >([
    ['changes, on a terminal', true, giving, {}, {}],
    ['changes, with --yes', false, giving, {}, { flags: { yes: true } }],
    ['changes, off a terminal', false, giving, {}, { interactive: false }],
    ['no changes', false, nothing, {}, {}],
    [
      'changes that remove nothing, where only removals are asked about',
      false,
      giving,
      { asksFor: 'removals' },
      {},
    ],
    ['everything, off a terminal', true, giving, { asksFor: 'everything' }, { interactive: false }],
    ['everything, without changes', true, nothing, { asksFor: 'everything' }, {}],
    ['everything, with --yes', false, giving, { asksFor: 'everything' }, { flags: { yes: true } }],
  ])('%s: asked is %s', async (_, isAsked, items, options, situation) => {
    const { outcome, steps } = await review(items, options, situation);
    expect(outcome).toBe('run');
    expect(steps).toEqual([...(isAsked ? ['needs a terminal or --yes', 'asked'] : []), 'run']);
  });

  test('shows the title, the changes and the totals', async () => {
    const { said } = await review(giving, {});
    expect(said[0]).toBe('1 user:');
    expect(said.join('\n')).toMatch(/p1@example\.com[\s\S]*\+ New user[\s\S]*In all:\n {2}1 user to create/);
  });

  test('shows the title alone where that says it all', async () => {
    expect((await review(giving, { showsPlan: false })).said).toEqual(['1 user']);
  });

  test('runs nothing after a no', async () => {
    const { outcome, steps } = await review(giving, {}, { answer: false });
    expect(outcome).toBe('cancelled');
    expect(steps).not.toContain('run');
  });
});

test('a dry run shows the changes, and neither asks nor runs', async () => {
  const { outcome, steps, stdout } = await review(
    giving,
    { asksFor: 'everything' },
    { flags: { dryRun: true } },
  );
  expect(outcome).toBe('not run');
  expect(steps).toEqual([]);
  expect(stdout).toMatch(/^p1@example\.com\tcreate /);
});

test.each([{}, { dryRun: true }])(
  '--plan-out with %j saves the plan, and neither asks nor runs',
  async (flags) => {
    const planOut = path.join(folder, 'a.plan');
    const { outcome, steps, said } = await review(giving, {}, { flags: { ...flags, planOut } as Flags });
    expect(outcome).toBe('not run');
    expect(steps).not.toContain('asked');
    expect(steps).not.toContain('run');
    expect(await readdir(folder)).toEqual(['a.plan']);
    expect(said.join('\n')).toContain('twilio-org runs apply');
  },
);

describe('a plan without changes', () => {
  test('says why, and that there is nothing to do', async () => {
    const { said } = await review(nothing, { nothingToDo: 'Nothing to change' });
    expect(said).toEqual(['p1@example.com: The user has these values already', 'Nothing to change']);
  });

  test('says why only once', async () => {
    const { said } = await review(nothing, { nothingToDo: 'Nothing to change', hasSaidNotes: true });
    expect(said).toEqual(['Nothing to change']);
  });
});

test.each<[string, Situation, string[]]>([
  ['a yes', {}, ['prepared']],
  ['a no', { answer: false }, []],
  ['a dry run', { flags: { dryRun: true } }, []],
])('what comes before a run happens after the question: %s', async (_, situation, expected) => {
  const prepared: string[] = [];
  const beforeRun = async () => void prepared.push('prepared');
  await review(giving, { beforeRun }, situation);
  expect(prepared).toEqual(expected);
});
