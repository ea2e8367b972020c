import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { createAtomicFile } from '../../platform/fs/atomic-write.ts';
import { fsErrorHandler, outputFileHint } from '../../platform/fs/errors.ts';
import { csvRecordWriter, escapeFormula } from '../../platform/terminal/csv.ts';
import type { Item, Plan } from '../plan/plan.ts';
import type { ItemResult } from './outcomes.ts';

/** Takes each row of the input with what came of it. */
interface Results {
  add(item: Item, result: ItemResult): Promise<void>;
  /** Puts the file in its place; what is there until then is the one of an earlier run. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

const added = ['outcome', 'sid', 'reason'];

/** A CSV file that holds the input's own cells and three more, and that can be an input again. */
async function openResults(file: string, columns: readonly string[]): Promise<Results> {
  const { handle, commit: keep, abort: discard } = await createAtomicFile(file, outputFileHint);
  const record = await csvRecordWriter(columns.length + added.length);
  let text = record([...columns, ...added].map(escapeFormula));
  async function write(): Promise<void> {
    const chunk = text;
    text = '';
    await handle.appendFile(chunk).catch(fsErrorHandler('write', file, outputFileHint));
  }
  return {
    async add({ cells = {} }, { outcome, sid = '', reason = '' }) {
      const given = [...columns.map((name) => cells[name] ?? ''), outcome, sid, reason];
      text += record(given.map(escapeFormula));
      if (text.length > 65_536) await write();
    },
    async keep() {
      try {
        await write();
      } catch (error) {
        await discard();
        throw error;
      }
      await keep();
    },
    discard,
  };
}

/**
 * Gives the work a place for its results, if one is wanted. Once a row has a result, the file is complete however the
 * work ends; when nothing was begun, as in a dry run, an earlier file is left alone.
 */
export async function withResultsFile(
  workspace: Workspace,
  file: string | undefined,
  { items, size }: Pick<Plan, 'items' | 'size'>,
  dryRun: boolean,
  work: (onResult: Results['add'] | undefined) => Promise<unknown>,
): Promise<void> {
  if (file === undefined) {
    await work(undefined);
    return;
  }
  const columns = new Set<string>();
  // Objects in JSON need not all have the same members.
  for await (const { cells = {} } of items()) for (const name of Object.keys(cells)) columns.add(name);
  const results = await openResults(
    file,
    [...columns].filter((name) => !added.includes(name)),
  );
  let begun = size === 0 && !dryRun;
  let failure: unknown;
  try {
    await work((item, result) => {
      begun = true;
      return results.add(item, result);
    });
  } catch (error) {
    failure = error;
  }
  try {
    if (begun) await results.keep();
    else await results.discard();
  } catch (error) {
    if (!(failure instanceof AppError && error instanceof AppError)) throw failure ?? error;
    // How to go on is said by the run's own failure.
    workspace.log.warn(error.message);
  }
  if (failure !== undefined) throw failure;
}
