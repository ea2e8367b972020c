import { renameSync } from 'node:fs';
import { type FileHandle, open, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pid } from 'node:process';
import { usageError } from '../core/errors.ts';
import { fsErrorHandler } from './errors.ts';
import { fileMode, ownerAround } from './private-files.ts';

/** A file of its owner's that is not whole yet; what is in its place stays there until it is kept. */
export interface AtomicFile {
  handle: FileHandle;
  /** Puts it in its place, unless `stillHeld` throws right before that. */
  commit(stillHeld?: () => void): Promise<void>;
  abort(): Promise<void>;
}

/** Throws `usage` where something else than a file is in its place. @param hint what to do when it can't be written */
export async function createAtomicFile(file: string, hint?: string): Promise<AtomicFile> {
  await mustBeReplaceable(file);
  const unfinished = `${file}.${pid}`;
  // In a container every process may have the same number, and one of them may have been killed.
  await rm(unfinished, { force: true }).catch(fsErrorHandler('write', file, hint));
  const handle = await open(unfinished, 'wx', fileMode).catch(fsErrorHandler('write', file, hint));
  const owner = await ownerAround(file);
  if (owner !== undefined) await handle.chown(owner.uid, owner.gid).catch(() => undefined);
  async function discard(): Promise<void> {
    await handle.close().catch(() => undefined);
    await rm(unfinished, { force: true });
  }
  return {
    handle,
    async commit(stillHeld) {
      try {
        await handle.sync();
        await handle.close();
        stillHeld?.();
        // Not a promise: the process must have no time to stand still in between.
        renameSync(unfinished, file);
      } catch (error) {
        await discard();
        fsErrorHandler('write', file, hint)(error);
      }
      await syncFolder(path.dirname(file));
    },
    abort: discard,
  };
}

/** Root may put a file in the place of a device, and no program would find it there any more. */
export async function mustBeReplaceable(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there === undefined || there.isFile()) return;
  throw usageError(`${file} is not a file`, 'Name a file that can be written to');
}

/** The new name, too, is to outlast a machine that stops; where a folder can't be synced, the system sees to it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Puts the whole text in place at once: a reader, and a machine that stops, see the old file or the new one.
 *
 * @param stillHeld called right before that; when it throws, the old file stays
 */
export async function replacePrivateFile(file: string, text: string, stillHeld?: () => void): Promise<void> {
  // A link stays one: what it leads to may be kept elsewhere on purpose.
  const {
    handle,
    commit: keep,
    abort: discard,
  } = await createAtomicFile(await realpath(file).catch(() => file));
  try {
    await handle.writeFile(text);
  } catch (error) {
    await discard();
    fsErrorHandler('write', file)(error);
  }
  await keep(stillHeld);
}
