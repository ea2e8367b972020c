import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/platform/core/errors.ts';
import type { HttpOptions } from '../../../src/platform/http/types.ts';
import { executeOnce } from '../../../src/twilio/execute-once.ts';
import type { ApiReader, Mutation, Verification } from '../../../src/twilio/mutation.ts';
import { facts, httpOptions, inOtherWords, requestErrors } from '../../support/request-errors.ts';

const mutation: Mutation<string> = {
  request: { method: 'POST', path: '/things' },
  parse: String,
  verify: async () => ({ outcome: 'not done' }),
  inspectCommand: 'twilio-org things list',
};

/** Sends the mutation; each failure is thrown once, then the request succeeds. */
async function run(
  failures: readonly AppError[],
  seen: Verification<string> | AppError = { outcome: 'not done' },
  given: Partial<Mutation<string>> = {},
  http: Partial<HttpOptions> = {},
) {
  const left = [...failures];
  const events: string[] = [];
  const api: ApiReader = {
    url: 'http://127.0.0.1:1',
    async send() {
      events.push('send');
      const failure = left.shift();
      if (failure !== undefined) throw failure;
      return 'sent';
    },
  };
  async function verify() {
    events.push('verify');
    if (seen instanceof AppError) throw seen;
    return seen;
  }
  const notes: string[] = [];
  const options = { ...httpOptions({ maxRetries: 2, ...http }), note: notes.push.bind(notes) };
  const end = await executeOnce(api, { ...mutation, verify, ...given }, options).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  return { ...end, events, notes };
}

/** The same failure, to be retried without a wait. */
function atOnce(error: AppError): AppError {
  return new AppError(error.kind, error.message, { ...error, cause: error.cause, retryAfterMs: 0 });
}

const lost = new AppError('unknown-outcome', 'No response', { retryAfterMs: 0 });
const done = { outcome: 'done', result: 'found' } as const;

describe('the outcome of an error, not its words, decides what is done about it', () => {
  for (const { name, make, outcome } of requestErrors) {
    test(`${name}: its outcome is ${outcome ?? 'left open'}`, async () => {
      expect((await make()).outcome).toBe(outcome);
    });

    for (const { words, change } of inOtherWords) {
      test(`${name}: ${words} changes nothing`, async () => {
        const error = atOnce(await make());
        for (const seen of [
          { outcome: 'not done' } as const,
          done,
          { outcome: 'ambiguous', why: 'x' } as const,
        ]) {
          const [before, after] = [await run([error], seen), await run([change(error)], seen)];
          const [one, other] = [before, after].map((end) => ({
            ...('error' in end ? { error: facts(end.error) } : { result: end.result }),
            events: end.events,
          }));
          expect(other).toEqual(one);
        }
      });
    }
  }
});

describe('a write whose response was lost', () => {
  test('is verified, and sent again when it did not happen', async () => {
    expect(await run([lost])).toMatchObject({ result: 'sent', events: ['send', 'verify', 'send'] });
  });

  test('is not sent again when verification shows that it took effect', async () => {
    const { events, notes, ...end } = await run([lost], done);
    expect(end).toEqual({ result: 'found' });
    expect(events).toEqual(['send', 'verify']);
    expect(notes.join()).toContain('POST /things');
  });

  test('stays unknown when something else is there, and names the command that shows it', async () => {
    const { error, events } = (await run([lost], { outcome: 'ambiguous', why: 'it is other' })) as {
      error: AppError;
      events: string[];
    };
    expect(facts(error)).toMatchObject({ kind: 'unknown-outcome', outcome: 'unknown' });
    expect(error.message).toContain('it is other');
    expect(error.hint).toContain('twilio-org things list');
    expect(events).toEqual(['send', 'verify']);
  });

  test('stays unknown when verification fails', async () => {
    const failed = new AppError('temporary', 'Unreachable', { outcome: 'not-sent' });
    const { error } = (await run([lost], failed)) as { error: AppError };
    expect(facts(error)).toMatchObject({ kind: 'unknown-outcome', outcome: 'unknown' });
    expect(error.message).toContain('Unreachable');
  });

  test('stays unknown when verification is cancelled, and counts as cancelled', async () => {
    const { error } = (await run([lost], new AppError('cancelled', 'Cancelled'))) as { error: AppError };
    expect(facts(error)).toMatchObject({ kind: 'cancelled', outcome: 'unknown' });
  });

  test('is given up as not done after its last retry', async () => {
    const { error, events } = (await run([lost, lost, lost])) as { error: AppError; events: string[] };
    expect(facts(error)).toMatchObject({ kind: 'temporary', outcome: undefined });
    expect(events).toEqual(['send', 'verify', 'send', 'verify', 'send', 'verify']);
  });

  test('is not sent again when the run is to stop, but is still verified', async () => {
    const skipWaits = AbortSignal.abort();
    const { error, events } = (await run([lost], undefined, {}, { skipWaits })) as {
      error: AppError;
      events: string[];
    };
    expect(facts(error)).toMatchObject({ kind: 'temporary', outcome: undefined });
    expect(events).toEqual(['send', 'verify']);
    expect(await run([lost], done, {}, { skipWaits })).toMatchObject({ result: 'found' });
  });

  test('is found done when its retry is refused as a duplicate', async () => {
    const refused = new AppError('conflict', 'It exists', { outcome: 'refused' });
    let looks = 0;
    const verify = async () => (++looks === 1 ? { outcome: 'not done' as const } : done);
    expect(await run([lost, refused], undefined, { verify })).toMatchObject({ result: 'found' });
  });

  test('is refused when its retry is refused and nothing shows it', async () => {
    const refused = new AppError('conflict', 'It exists', { outcome: 'refused' });
    const { error } = (await run([lost, refused])) as { error: AppError };
    expect(error).toBe(refused);
  });
});

describe('a write that was refused', () => {
  const rule = new AppError('failure', 'A rule', { code: 25019, outcome: 'refused' });

  test('is not verified', async () => {
    const refused = new AppError('conflict', 'It exists', { outcome: 'refused' });
    expect(await run([refused], done)).toMatchObject({ error: refused, events: ['send'] });
  });

  test('by a business rule succeeds as found when its result holds already', async () => {
    const asFound = (result: string) => `${result} before`;
    expect(await run([rule], done, { asFound })).toMatchObject({ result: 'found before' });
  });

  test('by a business rule is refused when its result does not hold', async () => {
    expect(await run([rule])).toMatchObject({ error: rule, events: ['send', 'verify'] });
  });

  test('by a business rule stays refused when verification fails', async () => {
    expect(await run([rule], new AppError('temporary', 'Unreachable'))).toMatchObject({ error: rule });
  });
});

test('a write that was cancelled under way is not verified, and names the command that shows it', async () => {
  const cancelled = new AppError('cancelled', 'Cancelled under way', { outcome: 'unknown' });
  const { error, events } = (await run([cancelled], done)) as { error: AppError; events: string[] };
  expect(facts(error)).toMatchObject({ kind: 'cancelled', outcome: 'unknown' });
  expect(error.hint).toContain('twilio-org things list');
  expect(events).toEqual(['send']);
});

test('a response that can not be read leaves the outcome unknown, and is verified', async () => {
  const parse = () => {
    throw new AppError('failure', 'Unreadable');
  };
  expect(await run([], done, { parse })).toMatchObject({ result: 'found', events: ['send', 'verify'] });
});

test('a response that contradicts the request is an error, and is not verified', async () => {
  const contradiction = () => new AppError('failure', 'Something else');
  expect(await run([], done, { contradiction })).toMatchObject({
    error: { message: 'Something else' },
    events: ['send'],
  });
});

test('the warning about an unprotected write is given once for a client', async () => {
  const notes: string[] = [];
  const api: ApiReader = { url: '', send: async () => 'sent' };
  const options = { ...httpOptions(), note: notes.push.bind(notes) };
  for (const _ of [1, 2]) await executeOnce(api, { ...mutation, unprotected: 'careful' }, options);
  expect(notes).toEqual(['careful']);
});
