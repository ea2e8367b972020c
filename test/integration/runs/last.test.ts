import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/server.ts';
import { between } from '../../support/between.ts';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { cleanEnv, program, sent, userAt, userNow, writes } from '../../support/cli.ts';
import { openTerminal } from '../../support/pty.ts';
import { runName, writeRun } from '../../support/runs.ts';

type World = Awaited<ReturnType<typeof bulkWorld>>;

/** Two people, of whom the first was offboarded, and then the other was deactivated by a slip. */
async function slipped() {
  const world = await bulkWorld({ users: 30 });
  const [zoe, lukasz] = [userAt(world.sandbox, 1), userAt(world.sandbox, 2)];
  const before = world.state();
  expect((await world.call(['users', 'offboard', zoe.id, '--yes'])).exitCode).toBe(0);
  expect((await world.call(['users', 'deactivate', lukasz.id, '--yes'])).exitCode).toBe(0);
  const active = () => [zoe, lukasz].map((user) => userNow(world.sandbox, user).active);
  const rolesOf = (id: string) =>
    world.sandbox.state.assignments.filter(({ identity }) => identity === id).length;
  return { world, zoe, lukasz, before, active, rolesOfZoe: () => rolesOf(zoe.id) };
}

function terminalOf({ env }: World, args: string[]) {
  const terminal = openTerminal(process.execPath, [program, ...args], { env: cleanEnv(env), columns: 120 });
  onTestFinished(() => terminal.close());
  return terminal;
}

describe('the run `last`', () => {
  test('is the latest change, so that undoing a slip does not give a leaver access again', async () => {
    const { world, zoe, lukasz, active, rolesOfZoe, before } = await slipped();
    const { stderr, exitCode } = await world.call(['runs', 'undo', 'last', '--yes']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /The last run is \S+: twilio-org users deactivate US\w+ --yes \(20\S+Z by \S+\)\n/,
    );
    expect(stderr).toContain(`1 user will get access back:\n  ${lukasz.userName} can sign in again\n`);
    expect(stderr).not.toContain(zoe.userName);
    expect(active()).toEqual([false, true]);
    expect(rolesOfZoe()).toBe(0);
    // The next one is an offboarding, whose undo wants a yes of its own.
    const count = writes(world.sandbox).length;
    const refused = await world.call(['runs', 'undo', 'last', '--yes']);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`gives access back to 1 offboarded user: ${zoe.userName}.`),
    });
    expect(refused.stderr).toContain('add --reactivate');
    expect(writes(world.sandbox)).toHaveLength(count);
    const agreed = await world.call(['runs', 'undo', 'last', '--yes', '--reactivate']);
    expect(agreed.exitCode).toBe(0);
    expect(agreed.stderr).toMatch(new RegExp(`  ${zoe.userName} can sign in again and gets \\d+ roles?\n`));
    expect(world.state()).toEqual(before);
    const none = await world.call(['runs', 'undo', 'last', '--yes', '--reactivate']);
    expect(none).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('No run that could be undone'),
    });
  });

  test('skips later runs that changed nothing', async () => {
    const { world, zoe, lukasz, active } = await slipped();
    const slip = await world.lastRun();
    for (const args of [
      ['users', 'create', '--email', zoe.userName],
      ['users', 'update', lukasz.id, '--email', zoe.userName, '--yes'],
    ])
      expect((await world.call(args)).exitCode).toBe(7);
    const refused = await world.lastRun();
    expect(refused).not.toBe(slip);
    const { stderr, exitCode } = await world.call(['runs', 'undo', 'last', '--yes']);
    expect(stderr).toContain(`Skipped ${refused}, which changed nothing: twilio-org users update`);
    expect(stderr).toContain(`The last run is ${slip}: `);
    expect(exitCode).toBe(0);
    expect(active()).toEqual([false, true]);
  });

  test('is the latest change also after the clock was set back, and includes undos', async () => {
    const { world, zoe, lukasz, active } = await slipped();
    await world.call(['users', 'activate', zoe.id]);
    // As a machine records it whose clock is years ahead.
    const run = await world.lastRun();
    const text = readFileSync(join(world.configDir, 'runs', `${run}.jsonl`), 'utf8');
    const ahead = runName('2999-03-14T09:15:00.123Z', 'ffff');
    writeFileSync(join(world.configDir, 'runs', `${ahead}.jsonl`), text.replaceAll(run, ahead), {
      mode: 0o600,
    });
    await world.call(['users', 'activate', lukasz.id]);
    await world.call(['runs', 'undo', 'last', '--yes']);
    expect(active()).toEqual([true, false]);
    await world.call(['runs', 'undo', ahead, '--yes']);
    expect(active()).toEqual([false, false]);
    const [undo, , , undone] = rows((await world.call(['runs', 'list', '-o', 'json'])).stdout);
    expect(undone).toMatchObject({ run: ahead, undone_by: undo?.run });
    expect(Date.parse(`${undo?.planned_at}`)).toBeLessThan(Date.parse('2999-01-01'));
    expect((await world.call(['runs', 'resume', ahead, '--yes'])).exitCode).toBe(7);
  });

  test('includes undos for runs show and runs resume', async () => {
    const { world } = await slipped();
    await world.call(['runs', 'undo', 'last', '--yes']);
    const run = await world.lastRun();
    const shown = await world.call(['runs', 'show', 'last']);
    const { organizationSid } = world.sandbox;
    expect(shown.stderr).toMatch(
      new RegExp(
        `^Run ${run}: twilio-org runs undo last --yes\\nPlanned 20\\S+Z by \\S+ with credentials from TWILIO_ORG_ACCESS_TOKEN, app \\w+, organization ${organizationSid} at http:.*\\n`,
      ),
    );
    expect((await world.call(['runs', 'resume', 'last', '--yes'])).stderr).toContain(
      `The last run is ${run}:`,
    );
  });

  test('belongs to this organization, profile and actor; a run of an older version belongs to any', async () => {
    const world = await bulkWorld();
    const here = {
      profile: 'TWILIO_ORG_ACCESS_TOKEN',
      organization_sid: world.sandbox.organizationSid,
      api_url: world.env.TWILIO_ORG_API_URL,
    };
    const runs = (
      [
        { actor: 'ada' },
        { actor: 'grace' },
        { actor: 'ada', profile: 'other' },
        { actor: 'ada', organization_sid: `OR${'9'.repeat(32)}` },
        { actor: 'ada', api_url: 'http://127.0.0.1:1' },
      ] as Record<string, unknown>[]
    ).map((more, index) => {
      const run = `2026031${index}-091500123-4f2a`;
      writeRun(world.configDir, { run, head: { ...here, ...more } });
      return run;
    });
    const last = async (actor: string) =>
      /Run (\S+):/.exec(
        (await world.call(['runs', 'show', 'last'], { TWILIO_ORG_ACTOR: actor })).stderr,
      )?.[1];
    expect([await last('ada'), await last('grace')]).toEqual([runs[0], runs[1]]);
    expect(await world.call(['runs', 'undo', 'last', '--yes'], { TWILIO_ORG_ACTOR: 'joan' })).toMatchObject({
      exitCode: 6,
      stderr: expect.stringContaining('No run that could be undone of joan'),
    });
    writeRun(world.configDir, { run: '20260320-091500123-4f2a', head: here });
    expect(await last('joan')).toBe('20260320-091500123-4f2a');
  });

  test('is unknown where a later run cannot be read: runs undo refuses, runs show warns', async () => {
    const { world, active } = await slipped();
    writeFileSync(join(world.configDir, 'runs', '99990101-000000000-aaaa.jsonl'), 'garbage\n{}\n', {
      mode: 0o600,
    });
    const count = sent(world.sandbox).length;
    for (const verb of ['undo', 'resume']) {
      expect(await world.call(['runs', verb, 'last', '--yes'])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/99990101-.*So the last run is not known\n.*Name the run/),
      });
    }
    expect(sent(world.sandbox)).toHaveLength(count);
    expect(active()).toEqual([false, false]);
    expect(await world.call(['runs', 'show', 'last'])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('warning: '),
    });
  });

  test('is not the run before when the undo of the last one has failed', async () => {
    const { world, active, zoe } = await slipped();
    const url = await between(world.sandbox.apiUrl, ({ method }) =>
      method === 'GET' ? undefined : '503 before',
    );
    const here = { TWILIO_ORG_API_URL: url };
    // Runs belong to their origin.
    const forged = readFileSync(join(world.configDir, 'runs', `${await world.lastRun()}.jsonl`), 'utf8');
    writeFileSync(
      join(world.configDir, 'runs', `${await world.lastRun()}.jsonl`),
      forged.replaceAll(String(world.env.TWILIO_ORG_API_URL), url),
    );
    const failed = await world.call(['runs', 'undo', 'last', '--yes', '--max-retries', '0'], here);
    expect(failed.exitCode).not.toBe(0);
    const undo = await world.lastRun();
    const again = await world.call(['runs', 'undo', 'last', '--yes', '--reactivate'], here);
    expect(again).toMatchObject({ exitCode: 7, stderr: expect.stringContaining(`runs resume ${undo}`) });
    expect(active()[0]).toBe(false);
    expect(again.stderr).not.toContain(zoe.userName);
  });

  test('is not taken from the index of runs', async () => {
    const { world, zoe, lukasz } = await slipped();
    const { stdout } = await world.call(['runs', 'list', '--fields', 'run']);
    const [slip = '', offboarding = ''] = stdout.split('\n');
    const index = join(world.configDir, 'runs', 'index.json');
    // As if the slip had been undone, and the offboarding were a slip of its own.
    const forged = JSON.parse(readFileSync(index, 'utf8'));
    const [entry, other] = [forged.runs[slip].summary, forged.runs[offboarding].summary];
    Object.assign(entry, { undoes: offboarding, actor: 'mallory', changed: 7 });
    Object.assign(other, { command: 'twilio-org users update x', verb: 'users update', people: [] });
    writeFileSync(index, JSON.stringify(forged), { mode: 0o600 });
    const [listed] = rows((await world.call(['runs', 'list', '-o', 'json'])).stdout);
    expect(listed).toMatchObject({ run: slip, changed: 7, actor: 'mallory' });
    const { stderr } = await world.call(['runs', 'undo', 'last', '--yes', '--dry-run']);
    expect(stderr).toContain(`The last run is ${slip}:`);
    expect(stderr).toContain(`  ${lukasz.userName} can sign in again`);
    const refused = await world.call(['runs', 'undo', offboarding, '--yes']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(zoe.userName) });
    expect((await world.call(['runs', 'show', slip])).stderr).not.toContain('mallory');
  });

  test.each(['show', 'resume', 'undo'])(
    'is suggested by runs %s without a run and without a terminal, with exit code 2',
    async (verb) => {
      const world = await bulkWorld();
      for (const args of [[], ['--yes']]) {
        const { stderr, exitCode } = await world.call(['runs', verb, ...args]);
        expect(stderr).toContain(`twilio-org runs ${verb} last`);
        expect(exitCode).toBe(2);
      }
      expect(sent(world.sandbox)).toEqual([]);
    },
  );
});

describe('runs undo on a terminal', () => {
  test('offers the latest run, and asks separately before a leaver gets access again', async () => {
    const { world, zoe, active } = await slipped();
    const terminal = terminalOf(world, ['runs', 'undo']);
    await terminal.waitFor('Which run to undo?');
    await terminal.waitFor(/20\d\d-\d\d-\d\d \d\d:\d\d UTC {2}users deactivate US\w+ --yes {2}by \S+/);
    await terminal.waitFor('users offboard');
    terminal.type('offboard');
    await terminal.waitFor(/offboard[\s\S]*users offboard/);
    terminal.type('\r');
    await terminal.waitFor(`  ${zoe.userName} can sign in again and gets`);
    await terminal.waitFor(/Offboarded before: \S+ Give them access again\?/);
    terminal.type('n\r');
    expect(await terminal.exited).toBe(130);
    expect(active()).toEqual([false, false]);

    const second = terminalOf(world, ['runs', 'undo', 'last', '--yes']);
    expect(await second.exited).toBe(0);
    const third = terminalOf(world, ['runs', 'undo', 'last']);
    await third.waitFor(/Offboarded before: \S+ Give them access again\?/);
    third.type('y\r');
    await third.waitFor('will be undone');
    await third.waitFor('Continue?');
    third.type('y\r');
    expect(await third.exited).toBe(0);
    expect(active()).toEqual([true, true]);
  });
});

describe('an undo that gives access again', () => {
  test('to a user whom another run had offboarded needs --reactivate', async () => {
    const { world, zoe, active } = await slipped();
    mutateUser(world.sandbox.state, userNow(world.sandbox, zoe), { active: true }, Date.now());
    await world.call(['users', 'deactivate', zoe.id, '--yes']);
    const count = writes(world.sandbox).length;
    const dry = await world.call(['runs', 'undo', 'last', '--dry-run']);
    expect(dry).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(new RegExp(`1 offboarded user: ${zoe.userName}\n.*needs --reactivate`)),
    });
    const { stderr, exitCode } = await world.call(['runs', 'undo', 'last', '--yes']);
    expect(stderr).toContain(`1 offboarded user: ${zoe.userName}`);
    expect(exitCode).toBe(2);
    expect(writes(world.sandbox)).toHaveLength(count);
    expect((await world.call(['runs', 'undo', 'last', '--yes', '--reactivate'])).exitCode).toBe(0);
    expect(active()[0]).toBe(true);
  });

  test('needs --reactivate also as a saved plan, and as the undo of an undo of an undo', async () => {
    const { world, zoe, active } = await slipped();
    const [, offboarding] = rows((await world.call(['runs', 'list', '-o', 'json'])).stdout);
    const plan = world.path('undo.plan');
    const saved = await world.call(['runs', 'undo', offboarding?.run ?? '', '--plan-out', plan]);
    expect(saved.stderr).toContain(`  ${zoe.userName} can sign in again`);
    expect(await world.call(['runs', 'apply', plan, '--yes'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--reactivate'),
    });
    expect(active()).toEqual([false, false]);
    expect((await world.call(['runs', 'apply', plan, '--yes', '--reactivate'])).exitCode).toBe(0);
    expect(active()).toEqual([true, false]);
    expect((await world.call(['runs', 'undo', await world.lastRun(), '--yes'])).exitCode).toBe(0);
    expect(active()).toEqual([false, false]);
    const redone = await world.lastRun();
    expect((await world.call(['runs', 'undo', redone, '--yes'])).exitCode).toBe(2);
    expect((await world.call(['runs', 'undo', redone, '--yes', '--reactivate'])).exitCode).toBe(0);
    expect(active()).toEqual([true, false]);
  });

  test('as roles names the users, and needs only --yes', async () => {
    const world = await bulkWorld({ users: 30 });
    const user = userAt(world.sandbox, 1);
    const grant = ['--user', user.id, '--role', 'Admin', '--scope', 'org'];
    await world.call(['role-assignments', 'create', ...grant]);
    await world.call(['role-assignments', 'delete', ...grant, '--yes']);
    const { stderr, exitCode } = await world.call(['runs', 'undo', 'last', '--yes']);
    expect(stderr).toContain(`1 user will get access back:\n  ${user.userName} gets 1 role\n`);
    expect(exitCode).toBe(0);
  });
});

test('a run of `api` cannot be undone: exit code 2 and the request are shown, and nothing is sent', async () => {
  const world = await bulkWorld();
  const user = userAt(world.sandbox, 1);
  expect((await world.call(['api', 'DELETE', `/scim/v2/Users/${user.id}`, '--yes'])).exitCode).toBe(0);
  const count = sent(world.sandbox).length;
  for (const args of [
    ['last', '--yes'],
    [await world.lastRun(), '--yes', '--dry-run'],
  ]) {
    const { stderr, exitCode } = await world.call(['runs', 'undo', ...args]);
    expect(stderr).toContain(`DELETE /scim/v2/Users/${user.id} was sent with \`twilio-org api\``);
    expect(exitCode).toBe(2);
  }
  expect(sent(world.sandbox)).toHaveLength(count);
  const shown = await world.call(['runs', 'show', 'last', '-o', 'json'], { TWILIO_ORG_ACTOR: '' });
  expect(rows(shown.stdout)).toMatchObject([
    {
      method: 'DELETE',
      path: `/scim/v2/Users/${user.id}`,
      outcome: 'sent',
      http_status: 204,
      request_id: expect.any(String),
    },
  ]);
  expect((await world.call(['runs', 'show', 'last'])).stdout).toMatch(
    /^DELETE\t\/scim\/v2\/Users\/US\w+\tsent\t204\t\S+\t\n$/,
  );
  // It is found by the person in its path.
  expect(rows((await world.call(['runs', 'list', '--user', user.id, '-o', 'json'])).stdout)).toHaveLength(1);
});
