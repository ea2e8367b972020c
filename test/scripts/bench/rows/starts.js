/**
 * Starts that need no server: how much they add to an empty file.
 *
 * @type {import('./index.js').Row[]}
 */
const groups = {
  auth: 'login',
  apps: 'scopes',
  users: 'list',
  roles: 'get',
  'role-assignments': 'create',
  access: 'diff',
  accounts: 'list',
  snapshots: 'take',
  guards: 'set',
  runs: 'undo',
};
/** Commands without a group. */
const single = ['open', 'api', 'sandbox', 'doctor', 'completion'];
export const shells = ['bash', 'zsh', 'fish', 'powershell'];
/** The rows that `--quick` measures. */
const quick = [
  'start.version',
  'start.help',
  'start.help.users',
  'start.help.users-list',
  'start.completion.bash',
];

const fixed = { cpu: { atMost: 1.15 }, memory: { atMost: 1.1 } };

export const starts = [
  start('version', '`--version` and `--help`', ['--version'], fixed),
  start('help', '`--version` and `--help`', ['--help'], fixed),
  ...[...Object.keys(groups), ...single].map((name) =>
    start(`help.${name}`, 'help of a group or a command', [name, '--help'], fixed),
  ),
  ...Object.entries(groups).map(([group, verb]) =>
    start(`help.${group}-${verb}`, 'help of a verb', [group, verb, '--help'], fixed),
  ),
  ...shells.map((shell) => start(`completion.${shell}`, 'completion', ['completion', shell], fixed)),
  {
    ...start('usage-error', 'usage error', ['users', 'lst'], { cpu: { atMost: 2 } }),
    what: '`users lst`, a usage error with a suggestion',
    quick: true,
  },
];

function start(name, group, args, aims) {
  const exitCodes = name === 'usage-error' ? [2] : [0];
  return {
    name: `start.${name}`,
    group,
    what: `\`${args.join(' ')}\``,
    against: 'an empty `.mjs` file',
    aims,
    eachNode: true,
    quick: quick.includes(`start.${name}`),
    rounds: 15,
    async pair(session) {
      const { node, env } = session;
      return {
        ours: (program) => ({ argv: [node, program, ...args], env, exitCodes }),
        bare: () => ({ argv: session.bareScript('empty.mjs'), env }),
      };
    },
  };
}
