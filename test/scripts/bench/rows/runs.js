import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { program } from '../servers.js';
import { peopleFile } from './requests.js';

/**
 * Large runs and many runs.
 *
 * @type {import('./index.js').Row[]}
 */
export const runs = [
  {
    name: 'runs.memory',
    group: '`runs undo` and `runs show`',
    what: '`runs undo` and `runs show` of 50,000 rows',
    against: 'the import',
    aims: { undo: { atMost: 1.2 }, show: { atMost: 1.2 } },
    quick: false,
    async sample(session, file) {
      const { of, show, undo } = await undoneImport(session, file, 50_000);
      return { undo: undo.memory / of.memory, show: show.memory / of.memory };
    },
  },
  {
    name: 'runs.import-memory',
    group: '`users import` of many rows',
    what: '`users import` of 50,000 rows',
    against: '1,000 rows',
    aims: { memory: { atMost: 1.3 } },
    quick: false,
    async sample(session, file) {
      const few = await undoneImport(session, file, 1000);
      const many = await undoneImport(session, file, 50_000);
      return { memory: many.of.memory / few.of.memory };
    },
  },
  {
    name: 'runs.list',
    group: '`runs list`',
    what: '`runs list` of 10,000 runs with an index',
    against: '1 second',
    aims: { seconds: { atMost: 1 } },
    quick: false,
    repeat: 5,
    async sample(session, file) {
      const env = await session.shared('10,000 runs', () => manyRuns(session));
      const { cpu } = await session.measure({ argv: [session.node, file, 'runs', 'list'], env });
      return { seconds: cpu / 1000 };
    },
  },
];

/** The usage of an import of so many new users, of the list of its outcomes, and of its undoing. */
function undoneImport(session, file, count) {
  return session.shared(`undone import of ${count} by ${file}`, async () => {
    const sandbox = await session.sandbox([], await session.newEnv());
    const people = path.join(sandbox.env.TWILIO_ORG_CONFIG_DIR, 'people.csv');
    await writeFile(people, peopleFile(count));
    const run = (...args) =>
      session.measure({ argv: [session.node, file, ...args], env: sandbox.env }, { memory: true });
    const loose = ['--max-removals', String(count), '--max-removal-fraction', '1', '--yes'];
    const of = await run('users', 'import', people, '--yes');
    const show = await run('runs', 'show', 'last');
    const undo = await run('runs', 'undo', 'last', ...loose);
    await session.closeOpened();
    return { of, show, undo };
  });
}

async function manyRuns(session) {
  const env = await session.newEnv();
  const directory = path.join(env.TWILIO_ORG_CONFIG_DIR, 'runs');
  await mkdir(directory, { mode: 0o700 });
  for (let index = 0; index < 10_000; index++) {
    const { name, text } = runOf(index);
    await writeFile(path.join(directory, name), text, { mode: 0o600 });
  }
  // Creates the index.
  await session.measure({ argv: [session.node, program, 'runs', 'list'], env });
  return env;
}

/** The journal of a single change. */
function runOf(index) {
  const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
  const run = `${at.replace(/[-:.Z]/g, '').replace('T', '-')}-4f2a`;
  const id = `US${String(index % 500).padStart(32, '0')}`;
  const userName = `person${index % 500}@example.com`;
  const records = [
    {
      ...{ type: 'run', version: 1, run, planned_at: at, verb: 'users deactivate', actor: 'ada' },
      ...{ command: `twilio-org users deactivate ${userName} --yes`, profile: 'default' },
      ...{ organization_sid: null, api_url: 'http://127.0.0.1:9', columns: ['id', 'userName'] },
    },
    {
      ...{ type: 'item', row: { id, userName } },
      steps: [{ do: 'update-user', user: { id, userName, active: true }, fields: { active: false } }],
    },
    { type: 'planned', size: 1 },
    { type: 'intent', item: 0, step: 0, at },
    { type: 'outcome', item: 0, step: 0, status: 'done', sid: id, at },
  ];
  return { name: `${run}.jsonl`, text: records.map((record) => `${JSON.stringify(record)}\n`).join('') };
}
