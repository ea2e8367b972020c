import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MadeRun {
  run: string;
  head?: Record<string, unknown>;
  items?: Record<string, unknown>[];
  /** The steps that are done, as `[item, step, what came of it]`. */
  done?: [item: number, step: number, made?: Record<string, unknown>][];
}

/** The name of a run of that time, such as `2026-03-14T09:15:00.123Z`. */
export function runName(at: string, suffix = '4f2a'): string {
  return `${at.replace(/[-:.Z]/g, '').replace('T', '-')}-${suffix}`;
}

/** The time in the name of a run. */
function timeIn(run: string): string {
  return run.replace(/^(....)(..)(..)-(..)(..)(..)(...)-.*$/, '$1-$2-$3T$4:$5:$6.$7Z');
}

/** A user as Twilio gives one. */
export function madeUser(id: string, userName: string, more: Record<string, unknown> = {}) {
  return {
    id,
    userName,
    active: true,
    emails: [{ primary: true, value: userName }],
    meta: { version: '1' },
    ...more,
  };
}

/** Writes a journal as the program does, without members that older versions did not write. */
export function writeRun(configDir: string, { run, head = {}, items = [], done = [] }: MadeRun): string {
  const at = timeIn(run);
  const lines = [
    {
      type: 'run',
      version: 1,
      run,
      planned_at: at,
      command: 'twilio-org users import in.csv',
      profile: 'default',
      organization_sid: null,
      api_url: 'http://127.0.0.1:9',
      columns: ['email'],
      ...head,
    },
    ...items.map((item) => ({ type: 'item', row: {}, steps: [], ...item })),
    { type: 'planned', size: items.length },
    ...done.flatMap(([item, step, made]) => [
      { type: 'intent', item, step, at },
      { type: 'outcome', item, step, status: 'done', ...made, at },
    ]),
  ];
  mkdirSync(join(configDir, 'runs'), { recursive: true, mode: 0o700 });
  const file = join(configDir, 'runs', `${run}.jsonl`);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 });
  return file;
}
