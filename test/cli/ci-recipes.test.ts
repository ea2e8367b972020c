import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { cleanEnv, home, program, run, userAt } from '../support/cli.ts';
import { admin, onePair, support } from '../support/declared.ts';
import { recorded } from '../support/transcript.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/ci.md'), 'utf8');
const action = join(root, '.github/actions/access');

interface Step {
  run?: string;
  uses?: string;
  if?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}
interface Job {
  environment: string | { name: string };
  steps: Step[];
}
interface GitLabJob {
  extends?: string;
  before_script?: string[];
  script?: string[];
}

const files = new Map(
  [...page.matchAll(/```yaml\n(# (\.\S+)\n[\s\S]*?)```/g)].map(([, text = '', name = '']) => [
    name,
    parse(text),
  ]),
);
const planWorkflow: { jobs: { plan: Job } } = files.get('.github/workflows/access-plan.yml');
const workflow: { jobs: { apply: Job } } = files.get('.github/workflows/access.yml');
const gitlab: Record<string, GitLabJob> = files.get('.gitlab-ci.yml');
const actionFile: { inputs: Record<string, { default?: string }>; runs: { steps: Step[] } } = parse(
  readFileSync(join(action, 'action.yml'), 'utf8'),
);
const readingScopes = ['managed-users/list', 'managed-users/read', 'roles/list', 'role-assignments/list'];
const writingScopes = ['role-assignments/create', 'role-assignments/delete'];
const longAgo = '2020-01-31';

/** Runs the shell of a job as its runner does, in a checkout with these files; npm, git and gh only note what they are asked for. */
async function checkout({ scopes }: { scopes: readonly string[] }, access: (sandbox: Sandbox) => string) {
  const sandbox = await startSandbox({ users: 12, assignments: 0, scopes });
  onTestFinished(() => sandbox.close());
  sandbox.state.assignments.length = 0;
  let given = 0;
  const directory = mkdtempSync(join(home, 'checkout-'));
  mkdirSync(join(directory, 'access'));
  const [bin, temp] = [join(directory, 'bin'), join(directory, 'temp')];
  for (const each of [bin, temp]) mkdirSync(each);
  const calls = join(directory, 'calls');
  writeFileSync(calls, '');
  for (const name of ['npm', 'git', 'gh']) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho "${name} $*" >>'${calls}'\n[ "$1" != clone ] || mkdir -p "$8"\n`,
    );
  }
  writeFileSync(join(bin, 'twilio-org'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  for (const name of ['npm', 'git', 'gh', 'twilio-org']) chmodSync(join(bin, name), 0o755);
  const { client_id, client_secret } = sandbox.apps.client_credentials;
  const write = (text: string) => writeFileSync(join(directory, 'access/support.yaml'), text);
  write(access(sandbox));
  const env = {
    PATH: `${bin}${delimiter}${cleanEnv().PATH}`,
    TWILIO_ORG_API_URL: sandbox.apiUrl,
    TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl,
  };
  const login = { TWILIO_ORG_CLIENT_ID: client_id, TWILIO_ORG_CLIENT_SECRET: client_secret };
  const bash = async (script: string, more: Record<string, string | undefined>, shell = '-eo') => {
    const given = cleanEnv({ ...env, ...more });
    const running = execa('bash', ['--noprofile', '--norc', shell, 'pipefail', '-c', script], {
      cwd: directory,
      env: given,
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: 600_000,
    });
    const { stdout, stderr, exitCode } = await recorded(['ci', script], running, given);
    return { stdout, stderr, exitCode };
  };
  return {
    sandbox,
    directory,
    temp,
    env: { ...env, ...login, TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid },
    write,
    bash,
    login,
    calls: () => readFileSync(calls, 'utf8'),
    written: () => sandbox.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('token')),
    held: () =>
      sandbox.state.assignments.map(({ identity }) => sandbox.state.users.get(identity)?.userName).sort(),
    give(user: number, role = support) {
      given += 1;
      sandbox.state.assignments.push({
        sid: `IY${String(given).padStart(32, '0')}`,
        identity: userAt(sandbox, user).id,
        role_sid: role,
        scope: sandbox.organizationSid,
        resource_type: null,
        resource_id: null,
        order: given,
      });
    },
  };
}

type Checkout = Awaited<ReturnType<typeof checkout>>;

/** Runs the steps of the action that are shell, and gives what it leaves for the workflow. */
async function runAction(job: Checkout, command: string, { flags = '' } = {}) {
  const output = join(job.directory, 'output');
  const summary = join(job.directory, 'summary');
  for (const file of [output, summary]) writeFileSync(file, '');
  const inputs: Record<string, string> = {
    command,
    directory: actionFile.inputs.directory?.default ?? '',
    flags,
    'organization-sid': job.sandbox.organizationSid,
    'client-id': job.login.TWILIO_ORG_CLIENT_ID,
    'client-secret': job.login.TWILIO_ORG_CLIENT_SECRET,
  };
  let result = { stdout: '', stderr: '', exitCode: 0 as number | undefined };
  for (const step of actionFile.runs.steps) {
    if (step.run === undefined || result.exitCode !== 0) continue;
    const own = Object.entries(step.env ?? {}).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.(\S+) \}\}/g, (_, input) => inputs[input] ?? ''),
    ]);
    result = await job.bash(step.run, {
      GITHUB_ACTION_PATH: action,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_SHA: 'a'.repeat(40),
      GITHUB_ACTIONS: 'true',
      RUNNER_TEMP: job.temp,
      ...Object.fromEntries(own),
    });
  }
  const [, markdown] = /^markdown=(.*)$/m.exec(readFileSync(output, 'utf8')) ?? [];
  return { ...result, markdown, summary: readFileSync(summary, 'utf8') };
}

/** Runs a job of GitLab. Its runner gives all lines of a job to one shell. */
function runGitLab(job: Checkout, name: string) {
  const lines = [];
  const own = [];
  for (let one: GitLabJob | undefined = gitlab[name]; one !== undefined; one = gitlab[one.extends ?? '']) {
    own.unshift(...(one.script ?? []));
    lines.unshift(...(one.before_script ?? []));
  }
  const config = join(job.directory, '.twilio-org/config');
  return job.bash([...lines, ...own].join('\n'), {
    ...job.login,
    TWILIO_ORG_ORGANIZATION_SID: job.sandbox.organizationSid,
    TWILIO_ORG_CONFIG_DIR: config,
    PROGRAM_VERSION: 'v1',
    PROGRAM_REPOSITORY: 'file:///program',
  });
}

const address = (sandbox: Sandbox, user: number) => userAt(sandbox, user).userName;
const [kim, lee, max] = [3, 4, 5];
const listKim = (sandbox: Sandbox) => onePair('Support', 'org', address(sandbox, kim));

describe('the files on docs/ci.md', () => {
  it('put no expression into a script', () => {
    const jobs = [planWorkflow.jobs.plan, workflow.jobs.apply];
    const scripts = [...jobs.flatMap(({ steps }) => steps), ...actionFile.runs.steps].flatMap(
      ({ run }) => run ?? [],
    );
    expect(scripts.length).toBeGreaterThan(2);
    expect(scripts.join('\n')).not.toContain('${{');
  });

  it('give the secret to the step that runs the program alone', () => {
    const withSecret = actionFile.runs.steps.filter((step) => JSON.stringify(step).includes('client-secret'));
    expect(withSecret.map(({ run }) => run)).toEqual(['bash "$GITHUB_ACTION_PATH/run.sh"']);
  });

  it('keep plans of forks and other branches away from secrets', () => {
    expect(planWorkflow).toMatchObject({
      on: { pull_request: expect.anything() },
      jobs: {
        plan: {
          if: expect.stringContaining('head.repo.full_name == github.repository'),
          environment: 'access-plan',
        },
      },
    });
    expect(workflow).toMatchObject({
      jobs: { apply: { if: "github.ref == 'refs/heads/main'", environment: 'access' } },
    });
    expect(page).not.toContain('pull_request_target');
  });

  it('name inputs of the action that there are', () => {
    const uses = [planWorkflow.jobs.plan, workflow.jobs.apply].flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.includes('actions/access@')),
    );
    expect(uses).toHaveLength(2);
    for (const step of uses) {
      expect(Object.keys(actionFile.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
    }
  });
});

describe('the plan of a pull request', () => {
  it('needs the four reading scopes, sends nothing but reads, and becomes a comment', async () => {
    const job = await checkout({ scopes: readingScopes }, listKim);
    job.give(lee);
    const plan = await runAction(job, 'plan');
    expect(plan).toMatchObject({ exitCode: 0, markdown: expect.any(String) });
    const comment = readFileSync(plan.markdown ?? '', 'utf8');
    expect(comment).toContain('**1 role to remove, 1 to give**');
    expect(comment).toContain(`Planned from commit ${'a'.repeat(40)}.`);
    expect(plan.summary).toBe(comment);
    expect(job.written()).toEqual([]);
    const post = planWorkflow.jobs.plan.steps.find(({ run }) => run?.startsWith('gh '));
    const env = { NUMBER: '12', PLAN: plan.markdown, GITHUB_REPOSITORY: 'example/access' };
    expect(await job.bash(post?.run ?? '', env)).toMatchObject({ exitCode: 0 });
    expect(job.calls()).toBe(
      `npm ci --ignore-scripts\nnpm run build\ngh pr comment 12 --repo example/access --edit-last --create-if-none --body-file ${plan.markdown}\n`,
    );
  });

  // Twilio's pages differ on whether the list of roles needs roles/list: role-assignments/list may be enough.
  it.each(readingScopes.filter((scope) => scope !== 'roles/list'))(
    'is refused without the scope %s, which is named',
    async (scope) => {
      const scopes = readingScopes.filter((other) => other !== scope);
      // More people than are looked up one by one.
      const everybody = (sandbox: Sandbox) => {
        const people = Array.from({ length: 10 }, (_, user) => address(sandbox, user));
        return onePair('Support', 'org', ...people);
      };
      const job = await checkout({ scopes }, scope === 'managed-users/read' ? listKim : everybody);
      job.give(lee);
      const plan = await runAction(job, 'plan');
      expect(plan.exitCode).toBe(5);
      expect(plan.stderr).toContain(scope);
    },
  );

  it('says that there is no plan where the files are wrong, in place of an older plan', async () => {
    const job = await checkout({ scopes: readingScopes }, () => 'owns: nothing\n');
    const plan = await runAction(job, 'plan');
    expect(plan).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('access/support.yaml:1:7') });
    expect(readFileSync(plan.markdown ?? '', 'utf8')).toMatch(/^There is no plan: /);
  });

  it('fails where a guard refuses, and the comment says so', async () => {
    const job = await checkout({ scopes: readingScopes }, listKim);
    job.give(lee);
    job.give(max);
    const plan = await runAction(job, 'plan', { flags: '--max-removals=1\n' });
    expect(plan.exitCode).toBe(9);
    expect(readFileSync(plan.markdown ?? '', 'utf8')).toContain('the limit is 1');
  });

  it('is an artifact in GitLab', async () => {
    const job = await checkout({ scopes: readingScopes }, listKim);
    expect(await runGitLab(job, 'access plan')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(job.directory, 'access-plan.md'), 'utf8')).toContain('1 to give');
    expect(job.written()).toEqual([]);
    expect(job.calls()).toContain('npm ci --ignore-scripts\nnpm run build\nnpm link\n');
  });
});

const runners = {
  GitHub: (job: Checkout, command: 'apply' | 'nightly') => runAction(job, command),
  GitLab: (job: Checkout, command: 'apply' | 'nightly') =>
    runGitLab(job, command === 'apply' ? 'access apply' : 'access at night'),
};
const runsOf = (job: Checkout, runner: string) =>
  runner === 'GitHub' ? join(job.temp, 'twilio-org/runs') : join(job.directory, '.twilio-org/config/runs');

describe.each(Object.entries(runners))('%s', (runner, runJob) => {
  const scopes = [...readingScopes, ...writingScopes];

  it('applies the files of main, and keeps a journal that undoes it elsewhere', async () => {
    const job = await checkout({ scopes }, listKim);
    job.give(lee);
    expect(await runJob(job, 'apply')).toMatchObject({ exitCode: 0 });
    expect(job.held()).toEqual([address(job.sandbox, kim)]);
    const elsewhere = join(job.directory, 'elsewhere');
    cpSync(runsOf(job, runner), join(elsewhere, 'runs'), { recursive: true });
    const undo = await run(['runs', 'undo', 'last', '--yes'], {
      env: { ...job.env, TWILIO_ORG_CONFIG_DIR: elsewhere },
    });
    expect(undo).toMatchObject({ exitCode: 0 });
    expect(job.held()).toEqual([address(job.sandbox, lee)]);
  });

  it('takes away at night what has ended, and gives it no second time', async () => {
    const ended = (sandbox: Sandbox) =>
      `${listKim(sandbox)}  - { who: ${address(sandbox, lee)}, role: Support, where: org, until: ${longAgo} }\n`;
    const job = await checkout({ scopes }, ended);
    job.give(kim);
    job.give(lee);
    expect(await runJob(job, 'nightly')).toMatchObject({ exitCode: 0 });
    expect(job.held()).toEqual([address(job.sandbox, kim)]);
    // The journal of the first night tells that somebody gave it again by hand.
    job.give(lee);
    expect(await runJob(job, 'nightly')).toMatchObject({ exitCode: 10 });
    expect(job.held()).toEqual([address(job.sandbox, kim), address(job.sandbox, lee)].sort());
  });

  it('reports at night what was changed by hand, and changes nothing', async () => {
    const job = await checkout({ scopes }, listKim);
    job.give(kim);
    job.give(max, admin);
    job.give(lee);
    const night = await runJob(job, 'nightly');
    expect(night).toMatchObject({
      exitCode: 10,
      stdout: expect.stringContaining('differs from access in 1 role'),
    });
    expect(night.stdout).toContain(address(job.sandbox, lee));
    expect(job.written()).toEqual([]);
  });
});
