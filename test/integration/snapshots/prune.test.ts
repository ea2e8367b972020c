import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { home, sandboxed } from '../../support/cli.ts';

test('snapshots in a named directory are listed, verified and pruned there', async () => {
  const out = mkdtempSync(join(home, 'out-'));
  const [one, other] = [await sandboxed({ users: 3 }), await sandboxed({ users: 3, seed: 7 })];
  const at = (day: string) => ({ now: () => Date.parse(day) });
  for (const day of ['2026-01-01', '2026-01-02'])
    await one.call(['snapshots', 'take', '--out', out], at(day));
  const [first, second] = readdirSync(out);
  const run = (...args: string[]) => one.call(['snapshots', ...args, '--in', out], at('2026-03-03'));
  const ids = ({ stdout }: { stdout: string }) =>
    stdout.split('\n').flatMap((row) => row.split('\t')[0] || []);
  expect(ids(await run('list'))).toEqual([second, first]);
  expect(ids(await run('verify'))).toEqual([first, second]);
  expect(await run('prune', '--keep', '1d', '--yes')).toMatchObject({ stdout: `${first}\tremoved\n` });
  expect(readdirSync(out)).toEqual([second]);
  await other.call(['snapshots', 'take', '--out', out], at('2026-01-03'));
  expect(one.sandbox.organizationSid).not.toBe(other.sandbox.organizationSid);
  expect(await run('prune', '--keep', '1d', '--yes')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('has snapshots of 2 organizations, so nothing was removed'),
  });
  expect(readdirSync(out)).toHaveLength(2);
  expect((await one.call(['snapshots', 'list', '--in', join(out, 'nothing')])).exitCode).toBe(2);
});

test('snapshots prune removes old ones after a yes alone, and verify then says what is gone', async () => {
  const config = mkdtempSync(join(home, 'config-'));
  const { sandbox, call } = await sandboxed({ users: 3 });
  const run = (args: string[], day = '2026-03-03') =>
    call(args, { env: { TWILIO_ORG_CONFIG_DIR: config }, now: () => Date.parse(day) });
  for (const day of ['2026-01-01', '2026-01-02', '2026-03-03']) await run(['snapshots', 'take'], day);
  const dir = join(config, 'snapshots', sandbox.organizationSid);
  const [first, second, third] = readdirSync(dir);
  const keep = ['snapshots', 'prune', '--keep', '30d,12m'];
  const refused = await run(keep);
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('add --yes')]);
  const dry = await run([...keep, '--dry-run']);
  expect(dry.stdout).toBe(`${first}\tto remove\n`);
  expect(readdirSync(dir)).toHaveLength(3);
  const { stdout, stderr } = await run([...keep, '--yes']);
  expect([stdout, stderr]).toEqual([`${first}\tremoved\n`, '1 snapshot removed, 2 kept\n']);
  expect(readdirSync(dir)).toEqual([second, third]);
  const verified = await run(['snapshots', 'verify']);
  expect(verified).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('is not here any more') });
});
