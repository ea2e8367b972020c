import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lintWorld, supportRole, wordsOf } from '../../support/lint-world.ts';

const ofProfile = { fingerprint: 'a'.repeat(32), rule: 'no-guards' };
const ofGone = { fingerprint: 'b'.repeat(32), rule: 'unmanaged-identity' };

/** Puts entries into a baseline, as an earlier run would have written them. */
function addEntries(file: string, ...entries: object[]): void {
  const baseline = JSON.parse(readFileSync(file, 'utf8'));
  baseline.findings.push(...entries);
  writeFileSync(file, JSON.stringify(baseline));
}

const rulesIn = (file: string): string[] =>
  JSON.parse(readFileSync(file, 'utf8')).findings.map(({ rule }: { rule: string }) => rule);

test.each([
  ['the file that is written again', (file: string) => ['--write-baseline', file]],
  ['--baseline', (file: string) => ['--baseline', file, '--write-baseline', `${file}.new`]],
])('a baseline written without a profile keeps the entries of %s of rules that need one', async (_, args) => {
  const { lint, path } = await lintWorld();
  const file = path('b.json');
  await lint('--write-baseline', file);
  addEntries(file, ofProfile, ofGone);
  const given = args(file);
  const { stderr, exitCode } = await lint(...given);
  expect(exitCode).toBe(0);
  expect(rulesIn(given.at(-1) ?? '')).toEqual(['no-guards']);
  expect(stderr).toContain('1 entry of rules that were not applied was kept');
  expect(stderr).not.toContain('no longer there');
});

test('an entry of a rule that was not applied is not said to be gone', async () => {
  const { lint, path } = await lintWorld();
  const file = path('b.json');
  await lint('--write-baseline', file);
  addEntries(file, ofProfile);
  expect((await lint('--baseline', file)).stderr).not.toContain('of the baseline');
  addEntries(file, ofGone);
  expect((await lint('--baseline', file)).stderr).toContain('1 finding of the baseline no longer there');
});

test('a fix names a user by SID where another has the address in another case, and works', async () => {
  const { lint, call, give, deactivate, user, sandbox } = await lintWorld();
  give(user(1).id, supportRole);
  await deactivate(1);
  sandbox.state.users.put({ ...user(2), userName: user(1).userName.toUpperCase() });
  const { findings } = await lint();
  const fix = findings.find(({ rule }) => rule === 'inactive-with-roles')?.fix ?? '';
  expect(fix).toContain(user(1).id);
  const [, ...words] = wordsOf(fix);
  expect(await call([...words, '--yes'])).toMatchObject({ exitCode: 0 });
  expect((await lint()).rules).not.toContain('inactive-with-roles');
});
