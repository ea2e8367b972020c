import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import { toMutation } from '../../../../src/changes/plan/change-kinds.ts';
import type { Item } from '../../../../src/changes/plan/plan.ts';
import { executeItem, type ItemExecution } from '../../../../src/changes/runs/execute-item.ts';
import { nullJournal } from '../../../../src/changes/runs/journal.ts';
import { createSemaphore } from '../../../../src/changes/runs/ordered-pool.ts';
import type { Intent, Outcome } from '../../../../src/changes/runs/records.ts';
import type { Api } from '../../../../src/organization/workspace/api.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { notSentError } from '../../../../src/platform/http/client.ts';
import type { ApiRequest } from '../../../../src/twilio/client.ts';
import { facts, inOtherWords, requestErrors } from '../../../support/request-errors.ts';

const sid = (prefix: string, digit: number) => `${prefix}${String(digit).repeat(32)}`;
const user = { id: sid('US', 1), userName: 'ada@example.com', active: true };

const deactivate: Change = { do: 'delete-user', user };
const give: Change = {
  do: 'create-assignment',
  grant: { role_sid: sid('IX', 1), scope: sid('OR', 1), identity: null },
};

const create: Change = { do: 'create-user', fields: { email: 'ada@example.com' } };

/** Outcomes of the changes in the order in which they are sent: an error to throw, or the object that Twilio created. */
type Ends = (AppError | { sid: string })[];

async function run(
  item: Item,
  ends: Ends,
  { send, turn, ...given }: Partial<ItemExecution> & { send?: Api['send']; turn?: () => Promise<void> } = {},
) {
  const events: string[] = [];
  const left = [...ends];
  const api: Api = {
    url: 'http://127.0.0.1:1',
    send: send ?? (() => Promise.reject(new Error('Nothing is read'))),
    async write<T>({ request }: { request: ApiRequest }): Promise<T> {
      await turn?.();
      if (request.permit?.isValid() === false) throw notSentError;
      request.permit?.onUse();
      events.push(`${request.method} ${JSON.stringify(request.body ?? null)}`);
      const end = left.shift();
      if (end === undefined) throw new Error('More was sent than expected');
      if (end instanceof AppError) throw end;
      return { made: end, object: end } as T;
    },
  };
  const work: ItemExecution = {
    api,
    journal: {
      ...nullJournal,
      async intent(_, step) {
        events.push(`intent ${step}`);
      },
      async outcome(_, step, { status, sid: made, found }) {
        const result = made === undefined ? '' : ` ${made.slice(0, 3)}`;
        events.push(`outcome ${step} ${status}${result}${found ? ' found' : ''}`);
      },
    },
    item,
    index: 0,
    before: undefined,
    resumed: false,
    isSingle: true,
    makeMutation: toMutation,
    head: { command: '', profile: '', organization_sid: null, api_url: '', columns: [] },
    slots: createSemaphore(1),
    concurrency: 1,
    stopped: () => false,
    done: () => undefined,
    failed: () => undefined,
    ...given,
  };
  return { ...(await executeItem(work)), events };
}

const one: Item = { row: { email: 'ada@example.com' }, steps: [deactivate] };
const refused = new AppError('conflict', 'Refused', { outcome: 'refused' });

describe('the journal records the outcome of an error, not its words', () => {
  /** The words of the journal for each outcome; an error that leaves it open counts as failed. */
  const statuses: Record<string, string> = { unknown: 'unknown', refused: 'failed', 'not-sent': 'failed' };

  for (const { name, make, outcome } of requestErrors) {
    test(`${name} is recorded`, async () => {
      const error = await make();
      const isStopped = error.kind === 'cancelled' && outcome === 'not-sent';
      const { events, errors } = await run(one, [error]);
      const status = isStopped ? 'not sent' : statuses[outcome ?? 'refused'];
      expect(events).toEqual(['intent 0', 'DELETE null', `outcome 0 ${status}`]);
      expect(errors).toEqual([error]);
    });

    for (const { words, change } of inOtherWords) {
      test(`${name}: ${words} changes nothing`, async () => {
        const error = await make();
        const [before, after] = [await run(one, [error]), await run(one, [change(error)])];
        expect(after.events).toEqual(before.events);
        expect(after.errors.map(facts)).toEqual(before.errors.map(facts));
        expect(after.result.outcome).toBe(before.result.outcome);
      });
    }
  }
});

describe('the changes of an item', () => {
  const both: Item = { row: {}, steps: [create, give] };

  test('are journaled before and after each is sent', async () => {
    const { events, result } = await run(both, [{ sid: sid('US', 2) }, { sid: sid('IY', 3) }]);
    expect(events.filter((event) => !event.startsWith('POST'))).toEqual([
      'intent 0',
      'outcome 0 done US2',
      'intent 1',
      'outcome 1 done IY3',
    ]);
    expect(result.outcome).toBe('created');
  });

  test('give a role to the user that an earlier change created', async () => {
    const { events } = await run(both, [{ sid: sid('US', 2) }, { sid: sid('IY', 3) }]);
    expect(events.filter((event) => event.startsWith('POST'))[1]).toContain(sid('US', 2));
  });

  const grant = { role_sid: sid('IX', 1), scope: sid('OR', 1), identity: user.id };
  const roles = (count: number): Change[] =>
    Array.from({ length: count }, (_, index) => ({
      do: 'create-assignment',
      grant: { ...grant, role_sid: sid('IX', index + 1) },
    }));
  const made = (count: number): Ends =>
    Array.from({ length: count }, (_, index) => ({ sid: sid('IY', index + 1) }));
  const removal: Change = { do: 'delete-assignment', assignment: { ...grant, sid: sid('IY', 9) } };
  const wide = { concurrency: 8, slots: createSemaphore(8) };

  test('give roles side by side, and take the old one away after all of them', async () => {
    const { events } = await run({ row: {}, steps: [...roles(2), removal] }, made(3), wide);
    expect(events.map((event) => event.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['intent 0', 'intent 1', expect.stringMatching(/^POST/), expect.stringMatching(/^POST/)],
      ...['outcome 0', 'outcome 1', 'intent 2', 'DELETE null', 'outcome 2'],
    ]);
  });

  test('take no role away where one of those side by side could not be given', async () => {
    const { events, errors } = await run(
      { row: {}, steps: [...roles(3), removal] },
      [{ sid: sid('IY', 1) }, refused, { sid: sid('IY', 3) }],
      wide,
    );
    expect(events.filter((event) => event.startsWith('DELETE'))).toEqual([]);
    expect(errors).toEqual([refused]);
  });

  test('give one role after the other with a concurrency of 1, up to the first that fails', async () => {
    const { events } = await run({ row: {}, steps: roles(3) }, [{ sid: sid('IY', 1) }, refused]);
    expect(events.filter((event) => event.startsWith('intent'))).toEqual(['intent 0', 'intent 1']);
  });

  test('are all left out when the run was stopped before the first of those side by side', async () => {
    const { events, result } = await run({ row: {}, steps: roles(3) }, [], { ...wide, stopped: () => true });
    expect(events.filter((event) => event.startsWith('POST'))).toEqual([]);
    expect(result.outcome).toBe('not tried');
  });

  test('are finished after a stop when one of those side by side was sent', async () => {
    let isStopped = false;
    const stopping = {
      ...wide,
      stopped: () => isStopped,
      done() {
        isStopped = true;
      },
    };
    const { result } = await run({ row: {}, steps: [...roles(2), removal] }, made(3), stopping);
    expect(result.outcome).toBe('changed');
  });

  describe('that wait for the rate limiter when the run stops', () => {
    /** Lets this many requests leave, stops the run, and then lets the others leave. */
    function stoppedAfter(count: number) {
      let left = 0;
      let isStopped = false;
      return {
        ...wide,
        stopped: () => isStopped,
        async turn() {
          if (++left <= count) return;
          await tick();
          isStopped = true;
        },
      };
    }

    test('are not sent where none of their item was sent before', async () => {
      const { events, result } = await run({ row: {}, steps: roles(3) }, [], stoppedAfter(0));
      expect(events.filter((event) => event.startsWith('POST'))).toEqual([]);
      expect(result.outcome).toBe('not tried');
    });

    test('are sent where one of their item was sent before', async () => {
      const { result } = await run({ row: {}, steps: [...roles(2), removal] }, made(3), stoppedAfter(1));
      expect(result.outcome).toBe('changed');
    });
  });

  test('end with the first that fails', async () => {
    const { events, errors } = await run(both, [refused]);
    expect(events.at(-1)).toBe('outcome 0 failed');
    expect(errors).toEqual([refused]);
  });

  test('continue after a failure where the item says so', async () => {
    const { errors, result } = await run({ row: {}, steps: [deactivate, deactivate], independent: true }, [
      refused,
      { sid: user.id },
    ]);
    expect(errors).toEqual([refused]);
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('Refused') });
  });

  test('stop where Twilio forbids one, although the item continues after failures', async () => {
    const forbidden = new AppError('forbidden', 'The Owner', { outcome: 'refused' });
    const { events } = await run({ row: {}, steps: [deactivate, deactivate], independent: true }, [
      forbidden,
    ]);
    expect(events.at(-1)).toBe('outcome 0 failed');
  });

  test('leave out one whose dependency failed', async () => {
    const item: Item = { row: {}, steps: [deactivate, deactivate], independent: true, needs: { 1: 0 } };
    const { events } = await run(item, [refused]);
    expect(events.filter((event) => event.startsWith('DELETE'))).toHaveLength(1);
  });
});

test('an item that has not begun is not sent once the run stops', async () => {
  const { events, errors, result } = await run(one, [], { stopped: () => true });
  expect(events).toEqual(['intent 0', 'outcome 0 not sent']);
  expect(errors).toEqual([notSentError]);
  expect(result.outcome).toBe('not tried');
});

test('a change that is done already is not sent again', async () => {
  const before: (Intent | Outcome)[] = [{ type: 'outcome', item: 0, step: 0, status: 'done', at: '' }];
  const { events, result } = await run(one, [], { before, resumed: true });
  expect(events).toEqual([]);
  expect(result.outcome).toBe('changed');
});

test('the reason of a failed request of the user is recorded without the words of Twilio', async () => {
  const error = new AppError('conflict', 'secret words', { status: 409, code: 20001, requestId: 'RQ1' });
  const request: Change = { do: 'send-request', method: 'POST', path: '/x' };
  const writeOf = () => ({ ...toMutation(deactivate, undefined) });
  const { result } = await run({ row: {}, steps: [request] }, [error], { makeMutation: writeOf });
  expect(result).toMatchObject({
    outcome: 'failed',
    reason: 'conflict, status 409, Twilio error 20001',
    http_status: 409,
    request_id: 'RQ1',
  });
});

describe('a refusal in a run of several', () => {
  const assignment = { sid: sid('IY', 1), role_sid: sid('IX', 1), scope: sid('OR', 1), identity: user.id };
  const takeAway: Change = { do: 'delete-assignment', assignment };
  const bySidAlone: Change = { do: 'delete-assignment', assignment: { sid: sid('IY', 1) } };
  const rename: Change = { do: 'update-user', user, fields: { familyName: 'Lin' } };
  const page = (content: unknown[]) => ({ content, meta: { page: 0, next_page_url: null, key: 'content' } });
  const list = (...Resources: unknown[]) => ({
    Resources,
    totalResults: Resources.length,
    itemsPerPage: 100,
    startIndex: 1,
  });
  const status = (status: number, kind: AppError['kind'] = 'conflict', code?: number) =>
    new AppError(kind, 'Refused', { outcome: 'refused', status, ...(code !== undefined && { code }) });

  test.each<[what: string, Change, state: unknown, AppError]>([
    ['a user who exists now', create, list({ ...user, id: sid('US', 2) }), status(409)],
    ['a user who exists now, by another status', create, list(user), status(400, 'failure', 25022)],
    ['a user who has the values now', rename, { ...user, name: { familyName: 'Lin' } }, status(412)],
    ['a user who is inactive now', deactivate, { ...user, active: false }, status(404, 'not-found')],
    ['a role that is gone now', takeAway, page([]), status(404, 'not-found')],
  ])('is done as found: %s', async (_, change, state, refusal) => {
    const { events, errors, result } = await run({ row: {}, steps: [change] }, [refusal], {
      isSingle: false,
      send: async () => state,
    });
    expect(events.at(-1)).toMatch(/^outcome 0 done .*found$/);
    expect(errors).toEqual([]);
    expect(result).toMatchObject({ outcome: 'unchanged', isFound: true });
    expect(result.reason).toMatch(/^Others have done this meanwhile: /);
  });

  test.each<[what: string, Change, state: unknown, AppError, looks: number]>([
    ['a user who has other values', create, list({ ...user, active: false }), status(409), 1],
    ['a user who does not exist', create, list(), status(409), 1],
    ['a user with the earlier values', rename, user, status(412), 1],
    ['a role that is still there', takeAway, page([assignment]), status(403, 'forbidden'), 1],
    ['a role of which the SID alone is known', bySidAlone, page([]), status(404, 'not-found'), 0],
    ['a business rule, which was looked up before', takeAway, page([]), status(409, 'conflict', 25106), 0],
    ['a login that is no longer valid', takeAway, page([]), status(401, 'auth'), 0],
    ['a fault of the server', takeAway, page([]), status(503, 'temporary'), 0],
  ])('stays a failure: %s', async (_, change, state, refusal, looks) => {
    let looked = 0;
    const { events, errors } = await run({ row: {}, steps: [change] }, [refusal], {
      isSingle: false,
      async send() {
        looked += 1;
        return state;
      },
    });
    expect(events.at(-1)).toBe('outcome 0 failed');
    expect(errors).toEqual([refusal]);
    expect(looked).toBe(looks);
  });

  test('is reported as it is when the look fails', async () => {
    const { errors } = await run(one, [refused], {
      isSingle: false,
      send: () => Promise.reject(new AppError('forbidden', 'No scope to look')),
    });
    expect(errors).toEqual([refused]);
  });

  test('gives the roles of a new user to the one who was found', async () => {
    const { events, result } = await run(
      { row: {}, steps: [create, give] },
      [status(409), { sid: sid('IY', 3) }],
      { isSingle: false, send: async () => list({ ...user, id: sid('US', 7) }) },
    );
    expect(events.filter((event) => event.startsWith('POST'))[1]).toContain(sid('US', 7));
    expect(result).toMatchObject({ outcome: 'created', isFound: true });
  });
});
