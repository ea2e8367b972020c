import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPeople } from '../people.js';
import { isRead, roundTrips } from '../request-log.js';
import { program, recordPages } from '../servers.js';

/** Long, so that requests which the program sends side by side overlap on a busy machine as well. */
const latencyMs = 250;
const tries = 3;
const loose = ['--yes', '--max-removals', '100000', '--max-removal-fraction', '1'];
const threeRoles = ['Developer', 'Support', 'Billing'];
const times = (flag, values) => values.flatMap((value) => [flag, value]);

/**
 * Round trips in a row, each of which a person waits for, with the reads for the guard on the last admin.
 *
 * @type {[name: string, what: string, trips: number, args: (sandbox: any) => string[] | Promise<string[]>][]}
 */
const inARow = [
  [
    'list',
    '`role-assignments list` on a terminal',
    1,
    () => ['role-assignments', 'list', '-o', 'table', '--names'],
  ],
  ['export', '`role-assignments export`', 1, () => ['role-assignments', 'export']],
  [
    'list-filtered',
    '`role-assignments list --user MAIL --role NAME --names`',
    2,
    async (sandbox) => {
      const [user] = await createPeople(sandbox, 1, ['Developer']);
      return ['role-assignments', 'list', '--user', user, '--role', 'Developer', '--names'];
    },
  ],
  [
    'create',
    '`role-assignments create` by mail and name',
    3,
    async (sandbox) => {
      const [user] = await createPeople(sandbox, 1);
      return ['role-assignments', 'create', '--user', user, '--role', 'Developer', '--scope', 'org'];
    },
  ],
  [
    'delete',
    '`role-assignments delete` by mail and name',
    3,
    async (sandbox) => {
      const [user] = await createPeople(sandbox, 1, ['Developer']);
      return ['role-assignments', 'delete', '--user', user, '--role', 'Developer', '--scope', 'org', '--yes'];
    },
  ],
  ['replace', '`role-assignments replace`', 3, (sandbox) => replace(sandbox, 1)],
  ['diff', '`access diff` of three roles', 2, diff],
  ['copy', '`access copy` of three roles', 3, (sandbox) => copy(sandbox, 1)],
  ['offboard', '`users offboard` of one with three roles', 5, (sandbox) => offboard(sandbox, 1)],
];

/**
 * The requests of commands for so many people: the least number that does it, where the role assignments before and
 * after it have so many pages.
 *
 * @type {[name: string, what: string, least: (people: number, pages: number[]) => number, args: Function][]}
 */
const forSeveral = [
  [
    'deactivate',
    '`users deactivate`',
    (people, [before]) => (people === 1 ? 2 : 1 + before) + people,
    deactivate,
  ],
  ['offboard', '`users offboard` of people with three roles', leastOfOffboarding, offboard],
  [
    'replace',
    '`role-assignments replace`',
    (people, [before]) => (people === 1 ? 3 : 2 + before) + 2 * people,
    replace,
  ],
  ['undo', '`runs undo` of a deactivation', (people) => 1 + people, undo],
  ['import', '`users import`', (people) => 1 + people, importUsers],
  ['copy', '`access copy` of three roles', (people, [before]) => 2 + before + 3 * people, copy],
];
const numbers = [1, 5, 50, 500];

/** With the report, which reads again what is left. */
function leastOfOffboarding(people, [before, after]) {
  const reads = people === 1 ? 3 + 2 : 2 + before + 1 + after;
  return reads + 4 * people;
}

/** @type {import('./index.js').Row[]} */
export const requests = [
  ...inARow.map(([name, what, atMost, args]) => ({
    name: `trips.${name}`,
    group: what,
    what,
    against: 'what is possible',
    aims: { trips: { atMost } },
    quick: true,
    async sample(session, file) {
      let fewest = Infinity;
      // A busy machine can only add to them.
      for (let attempt = 0; attempt < tries && fewest > atMost; attempt++) {
        fewest = Math.min(fewest, roundTrips((await logOf(session, file, args, 1, latencyMs)).log));
      }
      return { trips: fewest };
    },
  })),
  {
    name: 'trips.deactivate',
    group: 'reads of `users deactivate`',
    what: 'reads of `users deactivate` of 50 addresses',
    against: 'what is possible',
    aims: { trips: { atMost: 1 } },
    quick: true,
    async sample(session, file) {
      const { log } = await logOf(session, file, deactivate, 50, latencyMs);
      return { trips: roundTrips(log.filter(isRead)) };
    },
  },
  ...forSeveral.map(([name, what, least, args]) => ({
    name: `requests.${name}`,
    group: what,
    what: `${what} for 1, 5, 50 and 500 people`,
    against: 'the least that does it, with guards and report',
    aims: { extra: { atMost: 0 } },
    quick: name === 'deactivate',
    async sample(session, file) {
      const counted = [];
      for (const people of session.quick ? numbers.slice(0, 3) : numbers) {
        const { log, pages } = await logOf(session, file, args, people, 0);
        counted.push([people, log.length, least(people, pages)]);
      }
      return {
        extra: Math.max(...counted.map(([, count, least]) => count - least)),
        how: counted.map(([people, count, least]) => `${people}: ${count} of ${least}`).join(', '),
      };
    },
  })),
];

async function logOf(session, file, args, count, latency) {
  const sandbox = await session.loggedSandbox([], latency);
  const words = await args(sandbox, count, session);
  const before = await pagesOf(sandbox);
  sandbox.log.length = 0;
  await session.measure({ argv: [session.node, file, ...words], env: sandbox.env });
  const log = [...sandbox.log];
  const pages = [before, await pagesOf(sandbox)];
  await session.closeOpened();
  return { log, pages };
}

/** The number of pages of all role assignments. */
async function pagesOf({ about: { api_url }, env }) {
  const list = '/v2/Organizations/RoleAssignments?PageSize=100';
  const pages = await recordPages(list, { ...env, TWILIO_ORG_API_URL: api_url });
  return Object.keys(pages).length;
}

async function deactivate(sandbox, count) {
  return ['users', 'deactivate', ...(await createPeople(sandbox, count)), ...loose];
}

async function offboard(sandbox, count) {
  return ['users', 'offboard', ...(await createPeople(sandbox, count, threeRoles)), ...loose];
}

async function replace(sandbox, count) {
  const users = times('--user', await createPeople(sandbox, count, ['Developer']));
  const roles = ['--from', 'Developer', '--to', 'Support', '--scope', 'org'];
  return ['role-assignments', 'replace', ...users, ...roles, ...loose];
}

async function diff(sandbox) {
  const [one] = await createPeople(sandbox, 1, threeRoles, 'one');
  const [other] = await createPeople(sandbox, 1, ['Developer'], 'other');
  return ['access', 'diff', one, other];
}

async function copy(sandbox, count) {
  const [from] = await createPeople(sandbox, 1, threeRoles, 'from');
  return ['access', 'copy', '--from', from, ...times('--to', await createPeople(sandbox, count)), '--yes'];
}

async function undo(sandbox, count, session) {
  const argv = [session.node, program, ...(await deactivate(sandbox, count))];
  await session.measure({ argv, env: sandbox.env });
  return ['runs', 'undo', 'last', ...loose];
}

async function importUsers({ env }, count) {
  const file = path.join(env.TWILIO_ORG_CONFIG_DIR, 'people.csv');
  await writeFile(file, peopleFile(count));
  return ['users', 'import', file, '--yes'];
}

/** A file with new users. */
export function peopleFile(count, prefix = 'new') {
  const lines = Array.from(
    { length: count },
    (_, n) => `${prefix}${n}@example.com,Given${n},Family${n},${prefix}-${n}`,
  );
  return ['email,givenName,familyName,externalId', ...lines, ''].join('\n');
}
