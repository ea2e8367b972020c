import { expect, test } from 'vitest';
import { type Item, itemColumns, planFromItems } from '../../../../src/changes/plan/plan.ts';
import { nullJournal } from '../../../../src/changes/runs/journal.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { resultView, runAndPrint } from '../../../../src/cli/review/run-output.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { changes, itemOf, planHeader, sid } from '../../../support/plans.ts';

test('the view of results has the columns of the plan, then the result, each once', () => {
  expect(resultView({ columns: ['email', 'id'] }).columns).toEqual([
    'email',
    'id',
    'outcome',
    'sid',
    'reason',
  ]);
  expect(resultView({ columns: ['sid', 'identity'] }).columns).toEqual([
    'sid',
    'identity',
    'outcome',
    'reason',
  ]);
});

test('no two columns of results have the same title, whatever identifies the items', () => {
  // A plan has the address from its input, or that of the user; and one name for the SID of the user.
  for (const left of [
    ['email', 'id'],
    ['userName', 'identity'],
  ]) {
    const columns = itemColumns.filter((name) => !left.includes(name));
    const titles = resultView({ columns }).people?.list?.map(({ heading }) => heading) ?? [];
    expect(titles.length).toBeGreaterThan(columns.length);
    expect(new Set(titles).size).toBe(titles.length);
  }
});

interface Situation {
  items?: Item[];
  isBulk?: boolean;
  /** Users whose creation is refused. */
  refused?: number[];
  run?: string | undefined;
  /** The error of the output, such as that of a closed pipe, at this row. */
  outputFails?: { atRow: number; error: unknown };
}

const refusal = new AppError('failure', 'Refused', { status: 400, code: 25008, outcome: 'refused' });
const three = [1, 2, 3].map((number) => itemOf(number, changes.createUser(number)));
const name = '20260314-091500000-0001';

/** Runs a plan, and returns what was sent, the rows, what was said, and the failure. */
async function run(situation: Situation = {}) {
  const { items = three, isBulk = true, refused = [], outputFails } = situation;
  const [sent, rows, said, runs]: [number[], unknown[], string[], unknown[]] = [[], [], [], []];
  const say = (...lines: string[]) => void said.push(...lines);
  const ctx = {
    flags: { quiet: true },
    signal: new AbortController().signal,
    http: {},
    settings: async () => ({ source: 'environment' }),
    api: async () => ({
      url: 'http://127.0.0.1:1',
      send: async () => ({ Resources: [], totalResults: 0, itemsPerPage: 0, startIndex: 1 }),
      async write({ request }: { request: { body: { userName: string } } }) {
        const number = Number(/^p(\d+)@/.exec(request.body.userName)?.[1]);
        sent.push(number);
        if (refused.includes(number)) throw refusal;
        return { made: { sid: sid('US', number) }, object: { id: sid('US', number) } };
      },
    }),
    runtime: { stdout: {}, stderr: {}, env: {}, now: () => 0 },
    messages: { note: say, warn: say, say },
    withProfile: (command: string) => `${command} --profile staging`,
    out: {
      format: { streams: true },
      async list(_: unknown, list: AsyncIterable<unknown>) {
        for await (const row of list) {
          if (outputFails !== undefined && rows.length + 1 === outputFails.atRow) throw outputFails.error;
          rows.push(row);
        }
      },
    },
  } as unknown as Context;
  const plan = planFromItems(planHeader, items);
  const recording = { plan, journal: nullJournal, run: 'run' in situation ? situation.run : name };
  const failure = await runAndPrint(ctx, recording as never, {
    view: resultView(planHeader),
    isBulk,
    concurrency: 1,
    onRun: (id) => void runs.push(id),
    resume: (id) => `Resume with: twilio-org runs resume ${id}`,
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { sent, rows, said, runs, failure };
}

test('a run prints a row for each item, the totals, and the way to undo it', async () => {
  const { rows, said, runs, failure } = await run();
  expect(failure).toBeUndefined();
  expect(rows).toEqual(
    [1, 2, 3].map((number) => ({
      email: `p${number}@example.com`,
      outcome: 'created',
      sid: sid('US', number),
    })),
  );
  expect(said).toEqual([
    '3 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 3 in all',
    `To undo: twilio-org runs undo ${name} --profile staging`,
  ]);
  expect(runs).toEqual([name]);
});

test.each<[string, Situation]>([
  ['a run that is not recorded', { run: undefined }],
  ['a run that changed nothing', { items: [{ ...itemOf(1), note: 'Already done' }] }],
])('the end of %s names no way to undo it', async (_, situation) => {
  expect((await run(situation)).said.join('\n')).not.toContain('To undo');
});

test('a change of one thing prints neither totals nor the way to undo it', async () => {
  expect((await run({ items: three.slice(0, 1), isBulk: false })).said).toEqual([]);
});

test('a failed item has its reason in its row, and the run ends in the failure', async () => {
  const { rows, said, failure } = await run({ refused: [2] });
  expect(rows[1]).toMatchObject({ email: 'p2@example.com', outcome: 'failed', reason: 'Refused' });
  expect(failure).toMatchObject({ kind: 'partial', message: expect.stringContaining('1 of 3') });
  expect(said.join('\n')).not.toContain('To undo');
});

test('output that fails ends the rows and not the changes, and is the error of a run that succeeded', async () => {
  const error = new AppError('failure', 'The disk is full');
  const { sent, rows, failure } = await run({ outputFails: { atRow: 2, error } });
  expect(rows).toHaveLength(1);
  expect(sent).toEqual([1, 2, 3]);
  expect(failure).toBe(error);
});

test('output that fails in a run that fails, too, is said beside the failure of the run', async () => {
  const error = new AppError('failure', 'The disk is full');
  const { said, failure } = await run({ refused: [3], outputFails: { atRow: 1, error } });
  expect(said).toContain('The disk is full');
  expect(failure).toMatchObject({ kind: 'partial' });
});
