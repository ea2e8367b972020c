import { expect, test } from 'vitest';
import type { SandboxOptions } from '../../../src/sandbox/server.ts';
import { effects, killedAt, uninterrupted } from '../../support/interrupted.ts';

const ways: SandboxOptions[] = [{}, { fail: 0.2 }, { rateLimit: 25 }];

/** Each write, in each of the ways. */
const cases = Array.from({ length: 40 }, (_, index) => index + 1).flatMap((n) =>
  ways.map((way) => [n, way] as const),
);

/** Six at a time: each is a process, most of them wait, and the machine has more than one core. */
async function all<T>(inputs: readonly T[], work: (input: T) => Promise<void>): Promise<void> {
  const queue = [...inputs];
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
    }),
  );
}

test(`an import of 30 rows that is killed at one of its 40 writes (${cases.length} times), and resumed, ends as one that was not, without a duplicate`, {
  timeout: 1_800_000,
}, async () => {
  const wanted = await uninterrupted();
  await all(cases, async ([n, way]) => {
    const { world, killed } = await killedAt(n, way);
    expect([n, way, killed, world.state()]).toEqual([n, way, true, wanted]);
    expect([n, way, Math.max(...effects(world))]).toEqual([n, way, 1]);
  });
});
