import { describe, expect, test } from 'vitest';
import { between } from '../../support/between.ts';
import { joiners } from '../../support/runs-under-way.ts';

describe('the throttle of a run', () => {
  test('sends no more requests at the same time than --concurrency says', async () => {
    const { sandbox, input, call } = await joiners(40, { latency: 5 });
    let [busy, most] = [0, 0];
    let isFull = () => {};
    // On a busy machine, the first would end before the third has come.
    const full = new Promise<void>((resolve) => {
      isFull = resolve;
    });
    const url = await between(sandbox.apiUrl, async ({ method }) => {
      if (method === 'GET') return undefined;
      most = Math.max(most, ++busy);
      if (busy === 3) isFull();
      await full;
      await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
      return undefined;
    });
    expect(
      (await call(['users', 'import', input, '--concurrency', '3'], { TWILIO_ORG_API_URL: url })).exitCode,
    ).toBe(0);
    expect(most).toBe(3);
  });

  test('keeps to --rate, reads included, without a warning of Node', async () => {
    const { sandbox, input, run, call } = await joiners(40);
    const started = Date.now();
    const { stderr, exitCode } = await run(['users', 'import', input, '--rate', '40', '--concurrency', '30']);
    expect({ stderr, exitCode }).toEqual({
      stderr: expect.stringMatching(
        /^40 created, 0 changed, 0 unchanged, 0 failed, 0 not tried: 40 in all\nTo undo: twilio-org runs undo \S+\n$/,
      ),
      exitCode: 0,
    });
    expect(Date.now() - started).toBeGreaterThan(((sandbox.requests.length - 3) / 40) * 1000);
    for (const flag of ['--rate', '--concurrency'])
      expect((await call(['users', 'import', input, flag, '0'])).exitCode).toBe(2);
  });

  test('slows down when Twilio refuses requests, and no change fails', async () => {
    const started = Date.now();
    const refusals = () => world?.sandbox.requests.filter(({ status }) => status === 429).length ?? 0;
    // However slow this machine is, the limit is met: until then no time passes for the sandbox.
    const now = () => (refusals() === 0 ? started : Date.now());
    let world: Awaited<ReturnType<typeof joiners>> | undefined;
    world = await joiners(120, { rateLimit: 40, now });
    const { stderr, exitCode } = await world.call(['users', 'import', world.input]);
    expect(stderr).toContain('120 created');
    expect(exitCode).toBe(0);
    expect(refusals()).toBeGreaterThan(0);
    expect(refusals()).toBeLessThan(20);
  });
});
