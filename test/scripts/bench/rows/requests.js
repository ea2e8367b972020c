import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPeople } from '../people.js';
import { isRead, roundTrips } from '../request-log.js';
import { program, recordPages } from '../servers.js';

/** Long, so that requests which the program sends side by side overlap on a busy machine as well. */
const latencyMs = 250;
const tries = 3;

/** The confirmation, and for several people limits that let them through: a limit that is given costs reads. */
const confirmed = (people) =>
  people > 1 ? ['--yes', '--max-removals', '100000', '--max-removal-fraction', '1'] : ['--yes'];
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
 * Commands for several people, with the reads and the changes that they need: the users, all at once or the only one;
 * the roles; and the role assignments, of each user or by pages of the whole list, whichever is less.
 *
 * @typedef {{ all: number, ofOrganization: number }} Pages of role assignments
 * @type {[name: string, what: string, args: Function, changes: number, reads: (people: number, before: Pages, after: Pages) => number][]}
 */
const forSeveral = [
  [
    'deactivate',
    '`users deactivate`',
    deactivate,
    1,
    (people, { ofOrganization }) => (people > 1 ? 2 : 1) + readsOfRoles(people, ofOrganization),
  ],
  ['offboard', '`users offboard` of people with three roles', offboard, 4, readsOfOffboarding],
  ['replace', '`role-assignments replace`', replace, 2, readsOfRemoval],
  ['import', '`users import`', importUsers, 1, () => 1],
  ['copy', '`access copy` of three roles', copy, 3, (people, { all }) => 2 + readsOfRoles(people + 1, all)],
  ['undo', '`runs undo` of an import with a role', undo, 2, readsOfRemoval],
];
const numbers = [1, 5, 50, 500];
/**
 * A first list that may have lost entries is no proof, so the roles of up to so many users are read one by one
 * (docs/decisions.md).
 */
const provedOneByOne = 5;
/** To compare removals with a fraction, the guard sees a page of the role assignments, where no list was read. */
const pageForFraction = (people) => (people > 1 && people <= provedOneByOne ? 1 : 0);
const readsOfRoles = (people, pages) => (people <= provedOneByOne ? people : Math.min(people, pages));

function readsOfRemoval(people, { all }) {
  return 2 + readsOfRoles(people, all) + pageForFraction(people);
}

/** The report reads users and role assignments again. */
function readsOfOffboarding(people, before, after) {
  return (
    1 +
    pageForFraction(people) +
    (1 + readsOfRoles(people, before.all)) +
    (1 + readsOfRoles(people, after.all))
  );
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
  ...forSeveral.map(([name, what, args, changes, reads]) => ({
    name: `requests.${name}`,
    group: what,
    what: `${what} for 1, 5, 50 and 500 people`,
    against: 'the least that does it, with guards and report',
    aims: { extra: { atMost: 0 } },
    quick: name === 'deactivate',
    async sample(session, file) {
      const counted = [];
      for (const people of session.quick ? numbers.slice(0, 3) : numbers) {
        const { log, before, after } = await logOf(session, file, args, people, 0);
        counted.push([people, log.length, reads(people, before, after) + changes * people]);
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
  const after = await pagesOf(sandbox);
  await session.closeOpened();
  return { log, before, after };
}

/** @returns {Promise<Pages>} */
async function pagesOf({ about: { api_url, organization_sid }, env }) {
  const count = async (filter) => {
    const first = `/v2/Organizations/RoleAssignments?${filter}PageSize=100`;
    return Object.keys(await recordPages(first, { ...env, TWILIO_ORG_API_URL: api_url })).length;
  };
  return { all: await count(''), ofOrganization: await count(`Scope=${organization_sid}&`) };
}

async function deactivate(sandbox, count) {
  return ['users', 'deactivate', ...(await createPeople(sandbox, count)), ...confirmed(count)];
}

async function offboard(sandbox, count) {
  return ['users', 'offboard', ...(await createPeople(sandbox, count, threeRoles)), ...confirmed(count)];
}

async function replace(sandbox, count) {
  const users = times('--user', await createPeople(sandbox, count, ['Developer']));
  const roles = ['--from', 'Developer', '--to', 'Support', '--scope', 'org'];
  return ['role-assignments', 'replace', ...users, ...roles, ...confirmed(count)];
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
  const file = path.join(sandbox.env.TWILIO_ORG_CONFIG_DIR, 'people.csv');
  const rows = Array.from({ length: count }, (_, index) => `new${index}@example.com,Billing,org`);
  await writeFile(file, ['email,role,scope', ...rows, ''].join('\n'));
  const argv = [session.node, program, 'users', 'import', file, '--yes'];
  await session.measure({ argv, env: sandbox.env });
  return ['runs', 'undo', 'last', ...confirmed(count)];
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
