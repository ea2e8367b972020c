import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Env, home, sandboxed, start } from '../../support/cli.ts';
import { requiring } from '../../support/node-options.ts';
import { ageLocks } from '../../support/profiles.ts';

/** `npm run chaos` is the long form, which kills at each step. */
const isLong = process.env.TWILIO_ORG_CHAOS === 'long';
const preload = fileURLToPath(new URL('../../support/kill-at.cjs', import.meta.url));
const stepsFile = join(mkdtempSync(join(home, 'steps-')), 'steps.json');

/** The steps at which it is killed: in the short form some, and those around the naming of the manifest. */
function chosen(steps: readonly string[], naming: number): number[] {
  const all = steps.map((_, index) => index + 1);
  return isLong ? all : all.filter((n) => n % 12 === 0 || Math.abs(n - 1 - naming) < 3);
}

test('a snapshot that is killed while it is written is whole or has no manifest, and the next one cleans up', {
  timeout: 1_800_000,
}, async () => {
  const { sandbox, env, call } = await sandboxed({ users: 40 });
  const before = mkdtempSync(join(home, 'config-'));
  const inConfig = (dir: string): Env => ({ ...env, TWILIO_ORG_CONFIG_DIR: dir });
  await call(['snapshots', 'take'], { env: inConfig(before) });
  const snapshotsOf = (dir: string) => join(dir, 'snapshots', sandbox.organizationSid);
  const [first = ''] = readdirSync(snapshotsOf(before));

  async function take(killAt: number): Promise<{ dir: string; wasKilled: boolean }> {
    const dir = mkdtempSync(join(home, 'config-'));
    cpSync(before, dir, { recursive: true });
    const more = { NODE_OPTIONS: requiring(preload), KILL_AT: String(killAt), STEPS_FILE: stepsFile };
    const { signal } = await start(['snapshots', 'take'], { env: { ...inConfig(dir), ...more } });
    return { dir, wasKilled: signal === 'SIGKILL' };
  }

  await take(0);
  const steps: string[] = JSON.parse(readFileSync(stepsFile, 'utf8'));
  const naming = steps.findIndex((step) => /^rename .*manifest\.json$/.test(step));
  expect(naming).toBeGreaterThan(10);
  for (const n of chosen(steps, naming)) {
    const { dir, wasKilled } = await take(n);
    const step = `${n}: ${steps[n - 1]}`;
    const found = readdirSync(snapshotsOf(dir)).filter((name) => !name.endsWith('.lock'));
    const whole = found.filter((name) => existsSync(join(snapshotsOf(dir), name, 'manifest.json')));
    expect({ step, wasKilled, whole: whole.length, has: whole.includes(first) }).toEqual({
      step,
      wasKilled: true,
      whole: n - 1 > naming ? 2 : 1,
      has: true,
    });
    const inThis = (args: string[]) => call(args, { env: inConfig(dir) });
    expect({ step, ...(await inThis(['snapshots', 'verify'])) }).toMatchObject({ step, exitCode: 0 });
    await ageLocks(snapshotsOf(dir));
    expect({ step, ...(await inThis(['snapshots', 'take'])) }).toMatchObject({ step, exitCode: 0 });
    const left = readdirSync(snapshotsOf(dir));
    expect({ step, left: left.filter((name) => !whole.includes(name)).length }).toEqual({ step, left: 1 });
    expect({ step, ...(await inThis(['snapshots', 'verify'])) }).toMatchObject({ step, exitCode: 0 });
  }
});
