import { expect, test } from 'vitest';
import type { SandboxOptions } from '../../../src/sandbox/server.ts';
import { applyKilledAt, uninterruptedApply } from '../../support/interrupted-apply.ts';

/** `npm run chaos` is the long form. */
const long = process.env.TWILIO_ORG_CHAOS === 'long';
const people = long ? 12 : 3;
const conditions: SandboxOptions[] = long ? [{}, { fail: 0.2 }, { rateLimit: 25 }] : [{}];

/** Each write, continued in each way. */
const cases = Array.from({ length: 2 * people }, (_, index) => index + 1).flatMap((n) =>
  conditions.flatMap((options) =>
    (['resume', 'apply again'] as const).map((way) => [n, way, options] as const),
  ),
);

test(`access apply that is killed at one of its ${2 * people} writes (${cases.length} times), and resumed or run again, ends as one that was not`, {
  timeout: 1_800_000,
}, async () => {
  const held = await uninterruptedApply(people);
  const queue = [...cases];
  const workers = Array.from({ length: 4 }, async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [n, way, options] = next;
      const end = await applyKilledAt(n, people, way, options);
      expect([n, way, end]).toEqual([n, way, { held, killed: true, most: 1, left: '0 ' }]);
    }
  });
  await Promise.all(workers);
});
