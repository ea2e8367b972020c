import { describe, expect, test } from 'vitest';
import { type Item, planFromItems } from '../../../../src/changes/plan/plan.ts';
import {
  type ExecutedItem,
  type ExecuteOptions,
  executeRun,
  type RunEnd,
} from '../../../../src/changes/runs/execute.ts';
import { nullJournal } from '../../../../src/changes/runs/journal.ts';
import type { Recording } from '../../../../src/changes/runs/recording.ts';
import type { Workspace } from '../../../../src/organization/workspace/workspace.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import type { HttpOptions } from '../../../../src/platform/http/types.ts';
import { changes, done, itemOf, planHeader, sid } from '../../../support/plans.ts';

type Write = (number: number) => Promise<void> | void;

const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, index) => itemOf(index, changes.createUser(index)));

/** A run whose writes do what the test says; `number` is that of the user to create. */
function execution(
  planned: Item[],
  write: Write,
  given: ExecuteOptions & Partial<Pick<Recording, 'journal' | 'state'>> = {},
) {
  const { journal = nullJournal, state, ...options } = given;
  const sent: number[] = [];
  const stop = new AbortController();
  const http: Partial<HttpOptions> = {};
  const workspace = {
    signal: stop.signal,
    http,
    settings: async () => ({ source: 'environment' }),
    api: async () => ({
      url: 'http://127.0.0.1:1',
      // No user exists yet.
      send: async () => ({ Resources: [], totalResults: 0, itemsPerPage: 0, startIndex: 1 }),
      async write({ request }: { request: { body: { userName: string } } }) {
        const number = Number(/^p(\d+)@/.exec(request.body.userName)?.[1]);
        sent.push(number);
        await write(number);
        const object = { id: sid('US', number) };
        return { made: { sid: object.id }, object };
      },
    }),
  } as unknown as Workspace;
  const recording = { plan: planFromItems(planHeader, planned), journal, ...(state && { state }) };
  return { sent, stop, http, run: () => executeRun(workspace, recording, options) };
}

async function finish(
  run: AsyncGenerator<ExecutedItem, RunEnd>,
): Promise<{ outcomes: string[]; end: RunEnd }> {
  const outcomes: string[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done) return { outcomes, end: next.value };
    outcomes.push(next.value.result.outcome);
  }
}

const refused = (code = 25008, hint?: string) =>
  new AppError('failure', `Refused with ${code}`, { status: 400, code, outcome: 'refused', hint });
const noScope = new AppError('forbidden', 'The token lacks a scope', {
  status: 403,
  code: 20003,
  outcome: 'refused',
});

describe('an execution', () => {
  test('yields each item with its result in the order of the plan, and returns the totals', async () => {
    const { run } = execution(
      [...items(2), itemOf(9)],
      (number) => {
        if (number === 1) throw refused();
      },
      { concurrency: 3 },
    );
    const { outcomes, end } = await finish(run());
    expect(outcomes).toEqual(['created', 'failed', 'unchanged']);
    expect(end.totals).toEqual({ created: 1, changed: 0, unchanged: 1, failed: 1, notTried: 0 });
    expect(end).toMatchObject({ canResume: false, failures: { stop: undefined, gaveUp: false } });
  });

  test('gives the objects that the API created', async () => {
    const { run } = execution(items(1), () => undefined);
    const first = await run().next();
    expect(first.value).toMatchObject({ result: { objects: [{ id: sid('US', 0) }] } });
  });

  test('continues after a failure of one item, and tells whether all failed alike', async () => {
    const alike = execution(items(3), (number) => {
      if (number > 0) throw refused(25008, 'Ask the owner');
    });
    expect((await finish(alike.run())).end.failures).toMatchObject({
      first: { message: 'Refused with 25008' },
      haveSameHint: true,
    });
    const different = execution(items(3), (number) => {
      if (number > 0) throw refused(25000 + number, `Hint ${number}`);
    });
    expect((await finish(different.run())).end.failures.haveSameHint).toBe(false);
  });

  test('ends after ten failures in a row', async () => {
    const { run, sent } = execution(items(15), () => {
      throw new AppError('temporary', 'Twilio is down', { status: 503, outcome: 'refused' });
    });
    const { outcomes, end } = await finish(run());
    expect(sent).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'not tried')).toHaveLength(5);
    expect(end).toMatchObject({ failures: { gaveUp: true }, canResume: true });
  });

  test('does not end after ten failures that a success interrupts', async () => {
    const { run, sent } = execution(items(15), (number) => {
      if (number !== 7) throw refused();
    });
    await finish(run());
    expect(sent).toHaveLength(15);
  });

  test('does not give up on refusals when it resumes a run: the person has seen them', async () => {
    const { run, sent } = execution(
      items(15),
      () => {
        throw refused();
      },
      { state: new Map([[0, [done(0, 0, { status: 'failed' })]]]) },
    );
    const { end } = await finish(run());
    expect(sent).toHaveLength(15);
    expect(end.failures).toMatchObject({ stop: undefined, gaveUp: false });
  });

  test('ends at once with an error that every later request would get', async () => {
    const { run, sent } = execution(items(5), () => {
      throw noScope;
    });
    const { end } = await finish(run());
    expect(sent).toEqual([0]);
    expect(end.failures).toMatchObject({ stop: noScope, haveSameCause: true, gaveUp: false });
    expect(end.totals).toMatchObject({ failed: 1, notTried: 4 });
  });

  test('finishes the items in progress after a stop, and begins no others', async () => {
    const stop = new AbortController();
    const { run, sent } = execution(
      items(5),
      (number) => {
        if (number === 1) stop.abort();
      },
      { stopSignal: stop.signal },
    );
    const { outcomes, end } = await finish(run());
    expect(sent).toEqual([0, 1]);
    expect(outcomes).toEqual(['created', 'created', 'not tried', 'not tried', 'not tried']);
    expect(end).toMatchObject({ failures: { stop: { kind: 'cancelled' } }, canResume: true });
  });

  test('skips what a run has done before, and reports it as skipped', async () => {
    const ends: string[] = [];
    const { run, sent } = execution(items(1), () => undefined, {
      state: new Map([[0, [done(0, 0, { sid: sid('US', 0) })]]]),
      onItemEnd: (end) => ends.push(end),
    });
    expect((await finish(run())).outcomes).toEqual(['created']);
    expect({ sent, ends }).toEqual({ sent: [], ends: ['skipped'] });
  });

  test('reports the end of each item, except of those that are not tried', async () => {
    const ends: string[] = [];
    const { run } = execution(
      [itemOf(9), ...items(4)],
      (number) => {
        if (number === 1) throw noScope;
      },
      { onItemEnd: (end) => ends.push(end) },
    );
    await finish(run());
    expect(ends).toEqual(['skipped', 'done', 'failed']);
  });

  test('of a single change throws its own error', async () => {
    const { run } = execution(
      items(1),
      () => {
        throw noScope;
      },
      { isSingle: true },
    );
    await expect(finish(run())).rejects.toBe(noScope);
  });

  test('ends when the journal cannot be written, and closes it', async () => {
    let isClosed = false;
    const { run, sent } = execution(items(3), () => undefined, {
      journal: {
        ...nullJournal,
        async intent(item) {
          if (item > 0) throw new Error('No space left');
        },
        async close() {
          isClosed = true;
        },
      },
    });
    await expect(finish(run())).rejects.toThrow('No space left');
    expect({ sent, isClosed }).toEqual({ sent: [0], isClosed: true });
  });

  test('closes the journal and restores the HTTP options when its reader stops early', async () => {
    let isClosed = false;
    const { run, http } = execution(items(5), () => undefined, {
      journal: {
        ...nullJournal,
        async close() {
          isClosed = true;
        },
      },
    });
    for await (const _ of run()) {
      expect(http).toMatchObject({ patient: true, beforeSend: expect.any(Function) });
      break;
    }
    expect({ isClosed, patient: http.patient, beforeSend: http.beforeSend }).toEqual({
      isClosed: true,
      patient: false,
      beforeSend: undefined,
    });
  });

  test('lets no request leave once the journal has failed', async () => {
    const { run, http } = execution(items(2), () => http.beforeSend?.(), {
      journal: {
        ...nullJournal,
        check() {
          throw new AppError('failure', 'Cannot write the journal');
        },
      },
    });
    const { outcomes } = await finish(run());
    expect(outcomes).toEqual(['failed', 'failed']);
  });
});
