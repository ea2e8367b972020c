import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { measure } from './measure.js';
import { program } from './servers.js';

const count = 10_000;
const rounds = 5;

/** The CPU time of a listing of 10,000 runs with an index that is up to date, in milliseconds. */
export async function runs(folder, clean, signal) {
  const configDir = path.join(folder, 'many-runs');
  await mkdir(path.join(configDir, 'runs'), { recursive: true, mode: 0o700 });
  for (let index = 0; index < count; index++) await writeRun(configDir, index);
  const env = { ...clean, TWILIO_ORG_CONFIG_DIR: configDir };
  const list = () => measure([program, 'runs', 'list'], env, signal);
  await list();
  const times = [];
  for (let round = 0; round < rounds; round++) times.push((await list()).cpu);
  return Math.min(...times);
}

/** The journal of a single change. */
async function writeRun(configDir, index) {
  const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
  const run = `${at.replace(/[-:.Z]/g, '').replace('T', '-')}-4f2a`;
  const id = `US${String(index % 500).padStart(32, '0')}`;
  const userName = `person${index % 500}@example.com`;
  const lines = [
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
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await writeFile(path.join(configDir, 'runs', `${run}.jsonl`), text, { mode: 0o600 });
}
