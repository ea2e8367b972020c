import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { bulkWorld } from './bulk.ts';
import type { Env } from './cli.ts';

export type World = Awaited<ReturnType<typeof bulkWorld>>;

export type Line = Record<string, unknown>;

/** The journals of a world, the oldest first, each as its lines. */
export function journals({ configDir }: World): Line[][] {
  let names: string[] = [];
  try {
    names = readdirSync(join(configDir, 'runs')).filter((name) => name.endsWith('.jsonl'));
  } catch {}
  return names.sort().map((name) =>
    readFileSync(join(configDir, 'runs', name), 'utf8')
      .split('\n')
      // A line without a line break was cut short.
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );
}

/** The only journal that there is, with its parts. */
export function onlyJournal(world: World) {
  const [lines, ...others] = journals(world);
  expect(others).toEqual([]);
  const of = (type: string) => lines?.filter((line) => line.type === type) ?? [];
  return { head: lines?.[0], items: of('item'), intents: of('intent'), outcomes: of('outcome') };
}

export const actor: Env = { TWILIO_ORG_ACTOR: 'ada' };
