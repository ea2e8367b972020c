import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../../src/platform/terminal/output.ts';
import { PagedStream, screenLines } from '../../../../src/platform/terminal/pager.ts';
import { Sink } from '../../../support/sink.ts';

/** A pager that gets what a list writes, on a screen of ten lines. */
function paged({ isRun = true, takes = Number.POSITIVE_INFINITY } = {}) {
  const stdout = Object.assign(Sink.terminal(20), { rows: 10 });
  const input = new Sink();
  const write = input._write.bind(input) as Writable['_write'];
  (input as Writable)._write = (chunk, encoding, done) => {
    if (input.pieces.length >= takes) {
      done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    } else write(chunk, encoding, done);
  };
  let starts = 0;
  let failures = 0;
  const stream = new PagedStream({
    stdout: stdout as never,
    start: () => {
      starts += 1;
      const ended = new Promise<boolean>((resolve) => {
        for (const event of ['finish', 'error']) input.once(event, () => resolve(isRun));
      });
      return { input, ended };
    },
    onFailure: () => {
      failures += 1;
    },
  });
  const out = createOutput({
    stdout: stdout as never,
    env: {},
    format: 'tsv',
    color: false,
    pager: async () => stream,
  });
  const view = { fields: ['n'], columns: ['n'] };
  const list = (count: number, mayPage = true) =>
    out.list(view, numbered(count), mayPage ? { mayPage } : undefined);
  return { list, out, stdout, input, seen: () => ({ starts, failures }) };
}

async function* numbered(count: number) {
  for (let n = 1; n <= count; n += 1) yield { n };
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');

describe('the pager', () => {
  it('is not started for a list that fits on the screen', async () => {
    const { list, stdout, seen } = paged();
    expect(await list(9)).toBe(9);
    expect([stdout.text(), seen().starts]).toEqual([lines(9), 0]);
  });

  it('gets a longer list as a whole, and nothing else is printed', async () => {
    const { list, stdout, input, seen } = paged();
    expect(await list(10)).toBe(10);
    expect([stdout.text(), input.text(), seen().starts]).toEqual(['', lines(10), 1]);
  });

  it('does not get what is no list to read', async () => {
    const { list, out, stdout, seen } = paged();
    await list(50, false);
    await out.text(lines(50));
    expect([stdout.text(), seen().starts]).toEqual([lines(50) + lines(50), 0]);
  });

  it('that is quit ends the list as a closed pipe does', async () => {
    const { list, stdout } = paged({ takes: 1 });
    await expect(list(200_000)).rejects.toMatchObject({ code: 'EPIPE' });
    expect(stdout.text()).toBe('');
  });

  it.each([0, 1, Number.POSITIVE_INFINITY])(
    'that cannot be run is replaced by the terminal, even after %s writes',
    async (takes) => {
      const { list, stdout, seen } = paged({ isRun: false, takes });
      expect(await list(100_000)).toBe(100_000);
      expect(stdout.text()).toBe(lines(100_000));
      expect(seen()).toEqual({ starts: 1, failures: 1 });
    },
  );

  it('shows what there is when the source of a list fails, and passes the failure on', async () => {
    const { out, stdout } = paged();
    const failure = new Error('The network is down');
    async function* failing() {
      yield { n: 1 };
      throw failure;
    }
    const reading = out.list({ fields: ['n'], columns: ['n'] }, failing(), { mayPage: true });
    await expect(reading).rejects.toBe(failure);
    expect(stdout.text()).toBe('1\n');
  });
});

it.each([
  ['', 1],
  ['one\n', 1],
  ['one\ntwo\n', 2],
  ['one\n\nthree', 3],
  ['x'.repeat(41), 3],
  [`\x1b[1m${'x'.repeat(20)}\x1b[22m\n`, 1],
])('%j takes its lines on a screen of 20 columns', (text, count) => {
  expect(screenLines(text, 20)).toBe(count);
});
