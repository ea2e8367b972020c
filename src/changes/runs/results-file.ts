import type { Workspace } from '../../organization/workspace/workspace.ts';
import { AppError } from '../../platform/core/errors.ts';
import { createAtomicFile } from '../../platform/fs/atomic-write.ts';
import { fsErrorHandler, outputFileHint } from '../../platform/fs/errors.ts';
import { csvRecordWriter, escapeFormula } from '../../platform/terminal/csv.ts';
import type { Item, Plan } from '../plan/plan.ts';
import type { ItemResult } from './outcomes.ts';

/** Collects each row of the input with its result. */
interface Results {
  add(item: Item, result: ItemResult): Promise<void>;
  /** Puts the file in its place. Until then, the file of an earlier run stays. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

const added = ['outcome', 'sid', 'reason'];

/** A CSV file with the input's own cells and three more columns. It can be an input again. */
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
 * Writes the results of the work to a file, if one is wanted. Once a row has a result, the file is written however the work
 * ends. When nothing was begun, as in a dry run, an earlier file stays.
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
  // JSON objects may have different members.
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
    // The run's own failure says what to do next.
    workspace.log.warn(error.message);
  }
  if (failure !== undefined) throw failure;
}
