import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientCredentials, home, sandboxed, userAt } from './cli.ts';
import { constantNames } from './screens.ts';

/** The day on which the auditor of docs/audit.md asks. */
const today = '2026-11-27T09:00:00Z';

/** Width of the terminal that docs/audit.md shows. */
const columns = 100;

/** An organization with a history: changes by this program, changes in the Console, and snapshots in between. */
export async function auditedOrganization() {
  const dir = mkdtempSync(join(home, 'audit-'));
  let time = Date.parse('2026-06-01T09:00:00Z');
  const now = () => time;
  const { sandbox, call } = await sandboxed({ users: 12, assignments: 0, now });
  const env = {
    TWILIO_ORG_CONFIG_DIR: join(dir, 'config'),
    NO_COLOR: '1',
    TWILIO_ORG_ACTOR: 'nightly-job',
    ...clientCredentials(sandbox),
  };
  const at = async (when: string, actor: string, ...args: string[]) => {
    time = Date.parse(when);
    const result = await call(args, { env: { ...env, TWILIO_ORG_ACTOR: actor }, now });
    if (result.exitCode !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}`);
  };
  const snapshot = (day: string) => at(`${day}T22:00:00Z`, 'nightly-job', 'snapshots', 'take');
  const user = (index: number) => userAt(sandbox, index).userName;
  const give = (when: string, actor: string, index: number, role: string, scope: string) => {
    const target = ['--user', user(index), '--role', role, '--scope', scope];
    return at(when, actor, 'role-assignments', 'create', ...target);
  };
  const [eu = '', us = ''] = sandbox.accountSids;
  const org = sandbox.organizationSid;

  let order = 1000;
  /** A role that was given in the Console, of which this program knows nothing. */
  const giveInConsole = (identity: string, role: number, scope: string) => {
    order += 1;
    sandbox.state.assignments.push({
      sid: `IY${String(order).padStart(32, '0')}`,
      identity,
      role_sid: `IX${String(role).padStart(32, '0')}`,
      scope,
      resource_type: null,
      resource_id: null,
      order,
    });
  };

  await at(
    '2026-06-01T09:00:00Z',
    'kim@example.com',
    'accounts',
    'name',
    eu,
    'EU production',
    '--level',
    'account',
  );
  await at(
    '2026-06-01T09:00:00Z',
    'kim@example.com',
    'accounts',
    'name',
    us,
    'US production',
    '--level',
    'account',
  );
  giveInConsole(userAt(sandbox, 0).id, 102, org);
  giveInConsole(userAt(sandbox, 2).id, 201, org);
  giveInConsole(userAt(sandbox, 5).id, 601, eu);
  giveInConsole(userAt(sandbox, 5).id, 102, us);
  giveInConsole(userAt(sandbox, 6).id, 601, us);
  giveInConsole(userAt(sandbox, 7).id, 106, eu);
  await snapshot('2026-06-30');
  await snapshot('2026-08-14');
  await give('2026-08-15T09:12:00Z', 'kim@example.com', 1, 'Admin', eu);
  await snapshot('2026-08-15');
  const leaver = ['--reason', 'Left the company', '--yes'];
  await at('2026-09-03T16:40:00Z', 'lee@example.com', 'users', 'offboard', user(5), ...leaver);
  giveInConsole(userAt(sandbox, 2).id, 203, org);
  giveInConsole(`US${'e'.repeat(32)}`, 601, eu);
  await snapshot('2026-09-30');
  await give('2026-11-02T08:30:00Z', 'kim@example.com', 3, 'Number Manager', eu);
  await snapshot('2026-11-26');
  giveInConsole(userAt(sandbox, 6).id, 107, org);

  const realName = (shown: string) =>
    readdirSync(join(dir, 'config/runs')).find((name) => name.startsWith(shown.slice(0, -4))) ?? shown;

  return {
    sandbox,
    /** Writes a file beside the configuration. */
    file: (name: string, text: string) => writeFileSync(join(dir, name), text),
    /** The output of a command line as the auditor sees it on a terminal, or as a file gets it. */
    async ask(line: string): Promise<string> {
      const [typed = '', target] = line.split(' > ');
      const words = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const args = words.slice(1).map((word) => {
        if (/-1a2b$/.test(word)) return realName(word).replace('.jsonl', '');
        return /\.yaml$/.test(word) ? join(dir, word) : word;
      });
      time = Date.parse(today);
      const { stdout, stderr, exitCode } = await call(args, {
        env,
        now,
        ...(target === undefined ? { columns } : {}),
      });
      if (exitCode !== 0) throw new Error(`${line}: ${exitCode}\n${stderr}`);
      return constant(`${stdout}${stderr}`).replaceAll(`${dir}/`, '');
    },
  };
}

/** Ports, hashes and the ends of names differ in each run of the test. */
function constant(printed: string): string {
  return constantNames(printed)
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'https://iam.twilio.com')
    .replace(/\b[0-9a-f]{64}\b/g, (hash) => '0123456789abcdef'.repeat(hash.length / 16));
}
