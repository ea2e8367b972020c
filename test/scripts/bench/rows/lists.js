import path from 'node:path';
import { recordPages, startReplay, startSandbox } from '../servers.js';
import { growthExponent, median } from '../statistics.js';

const formats = ['table', 'tsv', 'csv', 'jsonl'];
/** The start of the program is the same at each size. It is measured with this list, and taken off. */
const fewItems = 100;
const growthRounds = 3;

const kinds = {
  users: {
    args: ['users', 'list'],
    path: '/scim/v2/Users',
    flags: (count) => ['--users', String(count)],
    count: 50_000,
    sizes: [12_500, 25_000, 50_000, 100_000],
  },
  'role assignments': {
    args: ['role-assignments', 'list'],
    path: '/v2/Organizations/RoleAssignments?PageSize=100',
    // A table names users and roles.
    others: ['/scim/v2/Users', '/v2/Organizations/Roles?PageSize=1000'],
    flags: (count) => ['--users', String(Math.ceil(count / 20)), '--assignments', String(count)],
    count: 100_000,
    sizes: [25_000, 50_000, 100_000],
  },
};

/**
 * Long lists in all formats, and one long name.
 *
 * @type {import('./index.js').Row[]}
 */
export const lists = [
  ...Object.keys(kinds).flatMap((kind) =>
    formats.flatMap((format) => [list(kind, format), growth(kind, format)]),
  ),
  {
    name: 'list.long-name',
    group: 'a name of 10,000 characters in a table of 12',
    what: 'a name of 10,000 characters in a table of 12 users',
    against: 'the same with 100 characters',
    aims: { cpu: { atMost: 1.5 } },
    quick: true,
    rounds: 9,
    async pair(session) {
      const [long, short] = [await longName(session, 10_000), await longName(session, 100)];
      const listing = (program, env) => ({
        argv: [session.node, program, 'users', 'list', '-o', 'table'],
        env,
      });
      return {
        ours: (program) => listing(program, long.env),
        bare: (program) => listing(program, short.env),
      };
    },
  },
];

function list(kind, format) {
  const { args, path: apiPath, count } = kinds[kind];
  const name = kind === 'users' ? 'users' : 'assignments';
  return {
    name: `list.${name}.${format}`,
    group: `${count.toLocaleString('en')} ${kind}, as ${formats.join(', ')}`,
    what: `${count.toLocaleString('en')} ${kind} as ${format}`,
    against: 'a bare script that prints JSON lines',
    aims: { cpu: { atMost: 1.5 }, memory: { atMost: 0.8 } },
    quick: kind === 'users' && ['table', 'jsonl'].includes(format),
    rounds: 5,
    async pair(session) {
      const { env } = await many(session, kind, count);
      return {
        ours: (program) => ({ argv: [session.node, program, ...args, '-o', format], env }),
        bare: () => ({ argv: session.bareScript('list.mjs', 'jsonl', apiPath), env }),
      };
    },
  };
}

function growth(kind, format) {
  const { args, sizes } = kinds[kind];
  const name = kind === 'users' ? 'users' : 'assignments';
  return {
    name: `growth.${name}.${format}`,
    group: `growth with the number of ${kind}`,
    what: `growth of \`${args.join(' ')} -o ${format}\`, ${sizes[0].toLocaleString('en')} to ${sizes.at(-1).toLocaleString('en')}`,
    against: 'proportional',
    aims: { exponent: { atMost: 1.02 }, memoryExponent: { atMost: 1.02 } },
    quick: false,
    repeat: 3,
    async sample(session, program) {
      const replays = [];
      for (const size of [fewItems, ...sizes]) replays.push(await many(session, kind, size));
      const samples = replays.map(() => []);
      // The sizes in turn, because the speed of a busy machine changes.
      for (let round = 0; round < growthRounds; round++) {
        for (const [index, { env }] of replays.entries()) {
          const command = { argv: [session.node, program, ...args, '-o', format], env };
          samples[index].push(await session.measure(command, { memory: true }));
        }
      }
      const exponent = (metric) => {
        const [start, ...costs] = samples.map((usages) => median(usages.map((usage) => usage[metric])));
        return growthExponent(sizes.map((size, index) => [size, costs[index] - start]));
      };
      return { exponent: exponent('cpu'), memoryExponent: exponent('memory') };
    },
  };
}

/** A replay of so many items. */
function many(session, kind, count) {
  return session.shared(`${count} ${kind}`, async () => {
    const { path: listPath, others = [], flags } = kinds[kind];
    const sandbox = await startSandbox(flags(count), session.env);
    const bodies = {};
    try {
      for (const each of [listPath, ...others]) Object.assign(bodies, await recordPages(each, sandbox.env));
    } finally {
      await sandbox.close();
    }
    return startReplay(bodies, path.join(session.directory, `${count} ${kind}.json`), sandbox.env);
  });
}

/** Twelve users, the third of whom has a name of so many characters. */
function longName(session, length) {
  return session.shared(`name of ${length}`, async () => {
    const sandbox = await startSandbox(['--users', '12'], session.env);
    const [[apiPath, body]] = Object.entries(
      await recordPages(kinds.users.path, sandbox.env).finally(sandbox.close),
    );
    const response = JSON.parse(body);
    const displayName = 'Wolfeschlegelsteinhausen '.repeat(length / 25 + 1).slice(0, length);
    Object.assign(response.Resources[2], {
      displayName,
      name: { ...response.Resources[2].name, formatted: displayName },
    });
    const file = path.join(session.directory, `name-${length}.json`);
    return startReplay({ [apiPath]: JSON.stringify(response) }, file, sandbox.env);
  });
}
