import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Manifest } from '../../../../src/organization/snapshots/manifest.ts';
import { readPart } from '../../../../src/organization/snapshots/read-part.ts';
import { readSimilarPart } from '../../../../src/organization/snapshots/read-similar.ts';
import type { StoredSnapshot } from '../../../../src/organization/snapshots/store.ts';
import { snapshotsHere } from '../../../support/snapshots.ts';

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A snapshot of users alone, whose hashes are right whatever its lines are. */
function snapshotOf(content: string, count = content.split('\n').length - 1): StoredSnapshot {
  const dir = snapshotsHere();
  const file = 'users.jsonl.gz';
  const bytes = gzipSync(content);
  writeFileSync(join(dir, file), bytes);
  const part = {
    file,
    count,
    bytes: bytes.length,
    sha256: hash(bytes),
    content_sha256: hash(Buffer.from(content)),
  };
  return { dir, manifest: { parts: { users: part } } as Manifest };
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

async function readBoth(before: StoredSnapshot, after: StoredSnapshot) {
  const first = await readSimilarPart(before, 'users', undefined);
  return [first.rows, (await readSimilarPart(after, 'users', first)).rows] as const;
}

const line = fc
  .record(
    {
      id: fc.constantFrom('US1', 'US2', 'US3', 'US4', 'US5', 'US6'),
      userName: fc.constantFrom('Zoë', 'Kim', 'Łódź 😀'),
      active: fc.boolean(),
    },
    { requiredKeys: ['id'] },
  )
  .map((user) => JSON.stringify(user));
const list = fc.array(line, { maxLength: 12 });
/** Parts of a list in another order, with others between them. */
const variant = fc.tuple(list, list, fc.nat(12), fc.nat(12)).map(([some, others, from, to]) => ({
  before: some,
  after: [...some.slice(from), ...others, ...some.slice(0, to)],
}));

test('a part read by a similar one has the same objects as one read alone, in any order, with twins', async () => {
  await fc.assert(
    fc.asyncProperty(variant, async ({ before, after }) => {
      const snapshots = [snapshotOf(text(before)), snapshotOf(text(after))] as const;
      const [one, other] = await readBoth(...snapshots);
      expect(one).toEqual(await readPart(snapshots[0], 'users'));
      expect(other).toEqual(await readPart(snapshots[1], 'users'));
      expect(JSON.stringify(other)).toBe(`[${after.join(',')}]`);
    }),
    { numRuns: 60 },
  );
});

const users = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => JSON.stringify({ id: `US${from + index}` }));

test.each<[string, string[], number]>([
  ['equal', users(0, 100), 100],
  ['with lines added at the start', [...users(200, 250), ...users(0, 100)], 100],
  ['with lines removed', [...users(0, 10), ...users(60, 100)], 49],
  ['with a changed line', [...users(0, 10), '{"id":"US10","active":false}', ...users(11, 100)], 99],
  ['with halves in the other order', [...users(50, 100), ...users(0, 50)], 98],
])(
  'lines of a part %s are not parsed again, but for those at which it goes another way',
  async (_, after, shared) => {
    const [one, other] = await readBoth(snapshotOf(text(users(0, 100))), snapshotOf(text(after)));
    const objects = new Set(one);
    expect(other.filter((row) => objects.has(row))).toHaveLength(shared);
  },
);

const good = text(users(0, 3));

test.each<[string, string, number | undefined, string]>([
  ['no JSON', `${good}no JSON\n`, undefined, 'line 4 is not an object'],
  ['an empty line', `${good}\n`, undefined, 'line 4 is not an object'],
  ['a list', `[]\n${good}`, undefined, 'line 1 is not an object'],
  ['two objects in a line', `{}{}\n${good}`, undefined, 'line 1 is not an object'],
  ['fewer lines than the manifest tells', good, 4, 'it has 3 lines instead of 4'],
])(
  '%s is refused as where the part is read alone, though both parts have it',
  async (_, content, count, why) => {
    const damaged = snapshotOf(content, count);
    await expect(readPart(damaged, 'users')).rejects.toThrow(why);
    await expect(readBoth(damaged, damaged)).rejects.toThrow(why);
    await expect(readBoth(snapshotOf(good), damaged)).rejects.toThrow(why);
  },
);

test('a last line without a line end is a line', async () => {
  const [one, other] = await readBoth(snapshotOf(good), snapshotOf(good.slice(0, -1), 3));
  expect(other).toEqual(one);
});
