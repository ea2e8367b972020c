import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sizeOfInstalled } from '../installed.js';
import { peopleFile } from './requests.js';

/** Command lines of other vendors, by package. */
const peers = { 'twilio-cli': 'twilio', 'auth0-deploy-cli': 'a0deploy' };

/**
 * The tools that people would use instead. There is nothing to aim at: a number below 1 is what the program saves.
 *
 * @type {import('./index.js').Row[]}
 */
export const alternatives = [
  {
    name: 'instead.pages',
    group: 'instead of it',
    what: '10,000 role assignments in 100 pages',
    against: 'a loop of curl and jq',
    aims: { cpu: {} },
    quick: false,
    rounds: 3,
    needs: hasShellTools,
    async pair(session) {
      const flags = ['--users', '1000', '--assignments', '10000'];
      const { env } = await session.sandbox(flags);
      const args = ['role-assignments', 'list', '-o', 'jsonl'];
      const shell = shellScript(session, 'pages.sh', '/v2/Organizations/RoleAssignments?PageSize=100');
      return {
        ours: (file) => ({ argv: [session.node, file, ...args], env }),
        bare: () => ({ argv: shell, env }),
      };
    },
  },
  {
    name: 'instead.creations',
    group: 'instead of it',
    what: '300 creations, 8 at a time: time',
    against: 'curl and xargs -P 8',
    aims: { time: {} },
    byClock: true,
    quick: false,
    repeat: 3,
    needs: hasShellTools,
    async sample(session, file) {
      const count = 300;
      const timeOf = async (argv) => {
        const { env } = await session.sandbox([], await session.newEnv());
        const { time } = await session.measure({ argv: await argv(env), env });
        await session.closeOpened();
        return time;
      };
      const bare = await timeOf(() => shellScript(session, 'creations.sh', count));
      const ours = await timeOf(async (env) => {
        const people = path.join(env.TWILIO_ORG_CONFIG_DIR, 'people.csv');
        await writeFile(people, peopleFile(count));
        return [session.node, file, 'users', 'import', people, '--yes'];
      });
      return { time: ours / bare };
    },
  },
  ...Object.entries(peers).map(([name, command]) => ({
    name: `instead.${name}`,
    group: 'instead of it',
    what: '`--version`',
    against: `\`${command} --version\``,
    aims: { cpu: {}, memory: {} },
    quick: false,
    rounds: 3,
    needs: ({ peers: directory }) =>
      directory && existsSync(path.join(directory, 'node_modules/.bin', command))
        ? undefined
        : `needs ${name} in a directory that --peers names`,
    async pair({ node, env, peers: directory }) {
      const theirs = path.join(directory, 'node_modules/.bin', command);
      return {
        ours: (file) => ({ argv: [node, file, '--version'], env }),
        bare: () => ({ argv: [node, theirs, '--version'], env }),
      };
    },
  })),
  {
    name: 'instead.installed',
    group: 'instead of it',
    what: 'packages and size of what --peers names',
    against: '',
    aims: { packages: {}, megabytes: {} },
    quick: false,
    needs: ({ peers: directory }) => (directory ? undefined : 'needs --peers'),
    sample: async (session) => sizeOfInstalled(session.peers),
  },
];

function shellScript(session, name, ...args) {
  return ['bash', session.bareScript(name).at(-1), ...args.map(String)];
}

function hasShellTools() {
  const missing = ['bash', 'curl', 'jq', 'xargs'].filter((name) => spawnSync(name, ['--version']).error);
  return missing.length === 0 ? undefined : `needs ${missing.join(' and ')}`;
}
