import { bulkWorld } from './bulk.ts';
import { userAt } from './cli.ts';

export const adminRole = 'IX00000000000000000000000000000102';
export const supportRole = 'IX00000000000000000000000000000105';
export const billingRole = 'IX00000000000000000000000000000104';

export type LintWorld = Awaited<ReturnType<typeof lintWorld>>;

interface Finding {
  rule: string;
  severity: string;
  message: string;
  state: string;
  answer: string;
  fix: string | null;
  fingerprint: string;
  assignment_sids: string[];
  person?: { sid: string; userName: string | null };
}

/** A sandbox in order, with two admins at the end of the list of users. */
export async function lintWorld(size = 8) {
  const world = await bulkWorld({ users: size, assignments: 0 });
  const { sandbox } = world;
  const org = sandbox.state.organizationSid;
  const user = (n: number) => userAt(sandbox, n);
  const [eu = '', us = ''] = sandbox.state.accounts.map(({ sid }) => sid);
  let made = 0;
  /** Gives a role without a request, also where Twilio would refuse it. */
  function give(
    identity: string,
    role_sid: string,
    scope = org,
    resource: [string, string] | [] = [],
  ): string {
    made += 1;
    const sid = `IY${made.toString(16).padStart(32, '0')}`;
    const [resource_type = null, resource_id = null] = resource;
    sandbox.state.assignments.push({
      sid,
      role_sid,
      scope,
      identity,
      resource_type,
      resource_id,
      order: made,
    });
    return sid;
  }
  // Some of the made-up people are inactive.
  for (const each of sandbox.state.users.all()) Object.assign(each, { active: true });
  give(user(size - 2).id, adminRole);
  give(user(size - 1).id, adminRole);
  async function lint(...args: string[]) {
    const { stdout, stderr, exitCode } = await world.call(['access', 'lint', '-o', 'json', ...args]);
    const findings: Finding[] = stdout === '' ? [] : JSON.parse(stdout);
    return { findings, rules: findings.map(({ rule }) => rule), stderr, exitCode };
  }
  async function deactivate(n: number): Promise<void> {
    const { exitCode } = await world.call(['users', 'deactivate', user(n).id, '--yes']);
    if (exitCode !== 0) throw new Error('The user could not be deactivated');
  }
  return { ...world, org, eu, us, user, give, lint, deactivate };
}

/** The words of a command line, as a POSIX shell takes them. */
export function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\(.)/g, (_, inside, escaped) => inside ?? escaped));
}
