import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { count } from '../../src/sandbox/state/state.ts';
import { bulkWorld } from './bulk.ts';
import { home, userAt } from './cli.ts';

/** A new directory with these files. */
export function declaredDirectory(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(home, 'declared-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/** A file that owns one pair, and lists these people for it. */
export function onePair(role: string, scope: string, ...people: string[]): string {
  const entries = people.map((who) => `\n  - { who: "${who}", role: "${role}", where: "${scope}" }`);
  return `owns: [{ scope: "${scope}", roles: ["${role}"] }]\naccess: ${entries.length === 0 ? '[]' : entries.join('')}\n`;
}

/** Roles of the sandbox that can be given at each level. */
export const [admin, developer, billing, support] = ['102', '103', '104', '105'].map(
  (end) => `IX${end.padStart(32, '0')}`,
) as [string, string, string, string];

/** A role that can be given for a studio_flow. */
export const studioEditor = `IX${'701'.padStart(32, '0')}`;

interface Place {
  scope?: string;
  resource?: [type: string, id: string];
}

/** A sandbox without role assignments, and a directory of files. Accounts are named "EU production" and "EU sandbox". */
export async function declaredWorld(options: SandboxOptions = {}) {
  const world = await bulkWorld({ users: 12, assignments: 0, ...options });
  const { sandbox, path, file } = world;
  const directory = path('access');
  mkdirSync(directory);
  const [production = '', second = ''] = sandbox.accountSids;
  sandbox.state.assignments.length = 0;
  world.env.TWILIO_ORG_ACCOUNTS_FILE = file(
    'accounts.csv',
    `sid,name\n${production},EU production\n${second},EU sandbox\n`,
  );
  return {
    ...world,
    directory,
    production,
    sandboxAccount: second,
    /** Gives a role behind the program's back. */
    hold(user: number | string, role: string, { scope = sandbox.organizationSid, resource }: Place = {}) {
      const order = count(sandbox.state);
      const assignment = {
        sid: `IY${String(order).padStart(32, '0')}`,
        identity: typeof user === 'number' ? userAt(sandbox, user).id : user,
        role_sid: role,
        scope,
        resource_type: resource?.[0] ?? null,
        resource_id: resource?.[1] ?? null,
        order,
      };
      sandbox.state.assignments.push(assignment);
      return assignment;
    },
    /** Removes an assignment behind the program's back. */
    drop(sid: string) {
      const { assignments } = sandbox.state;
      assignments.splice(
        assignments.findIndex((one) => one.sid === sid),
        1,
      );
    },
    write(name: string, text: string) {
      const place = join(directory, name);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    },
    remove: (name: string) => rmSync(join(directory, name)),
    mail: (user: number) => userAt(sandbox, user).userName,
    /** The assignments, in the order of the sandbox: such as `2 Support org`. */
    held() {
      const people = new Map([...sandbox.state.users.all()].map(({ id }, index) => [id, index]));
      const names: Record<string, string> = {
        [admin]: 'Admin',
        [developer]: 'Developer',
        [billing]: 'Billing',
        [support]: 'Support',
        [studioEditor]: 'Studio Editor',
        [sandbox.organizationSid]: 'org',
        [production]: 'EU production',
        [second]: 'EU sandbox',
      };
      return sandbox.state.assignments.map(({ identity, role_sid, scope, resource_id }) =>
        [
          people.get(identity) ?? identity,
          names[role_sid] ?? role_sid,
          names[scope] ?? scope,
          ...(resource_id ? [resource_id] : []),
        ].join(' '),
      );
    },
  };
}

export type DeclaredWorld = Awaited<ReturnType<typeof declaredWorld>>;

/** The line of a file that allows removals. */
export function allowing(count: number, until = '2026-12-01'): string {
  return `allow_removals: { count: ${count}, until: ${until}, because: OPS-1 }`;
}

/**
 * A world where so many people have Support in the organization, and a file lists another one alone. Its other assignments are
 * so many that no fraction of all is large.
 *
 * @param allow a line of the file, such as {@link allowing}
 */
export async function manyRemovals(count: number, allow = '') {
  const world = await declaredWorld({ users: 60 });
  const { hold, write, mail } = world;
  for (let user = 0; user < count; user++) hold(user, support);
  for (let index = 0; index < 300; index++) hold(`US${String(index).padStart(32, '7')}`, developer);
  write('a.yaml', `${allow}\n${onePair('Support', 'org', mail(59))}`);
  return world;
}
