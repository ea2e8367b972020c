import { renameSync } from 'node:fs';
import { type FileHandle, open, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pid } from 'node:process';
import { usageError } from '../core/errors.ts';
import { fsErrorHandler } from './errors.ts';
import { fileMode, ownerAround } from './private-files.ts';

/** A private file under construction. Until it is committed, the old file stays in place. */
export interface AtomicFile {
  handle: FileHandle;
  /** Moves it into place, unless `stillHeld` throws right before that. */
  commit(stillHeld?: () => void): Promise<void>;
  abort(): Promise<void>;
}

/**
 * @param hint advice when the file can't be written
 * @throws usage where something other than a file is in its place
 */
export async function createAtomicFile(file: string, hint?: string): Promise<AtomicFile> {
  await mustBeReplaceable(file);
  const unfinished = `${file}.${pid}`;
  // In containers, a killed process may have had the same process id.
  await rm(unfinished, { force: true }).catch(fsErrorHandler('write', file, hint));
  const handle = await open(unfinished, 'wx', fileMode).catch(fsErrorHandler('write', file, hint));
  const owner = await ownerAround(file);
  if (owner !== undefined) await handle.chown(owner.uid, owner.gid).catch(() => undefined);
  async function abort(): Promise<void> {
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
        // Synchronous, so that the process can't be suspended in between.
        renameSync(unfinished, file);
      } catch (error) {
        await abort();
        fsErrorHandler('write', file, hint)(error);
      }
      await syncDirectory(path.dirname(file));
    },
    abort,
  };
}

/** Refuses to replace anything but a regular file: root could replace a device. */
async function mustBeReplaceable(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there === undefined || there.isFile()) return;
  throw usageError(`${file} is not a file`, 'Name a file that can be written');
}

/** Makes a new name survive a power failure. Systems that can't sync a directory need no such call. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Replaces a file at once: readers, and a machine after a power failure, see the old text or the new one.
 *
 * @param stillHeld called right before the replacement; when it throws, the old file stays
 */
export async function replacePrivateFile(file: string, text: string, stillHeld?: () => void): Promise<void> {
  // A symbolic link stays, because its target may be elsewhere on purpose.
  const { handle, commit, abort } = await createAtomicFile(await realpath(file).catch(() => file));
  try {
    await handle.writeFile(text);
  } catch (error) {
    await abort();
    fsErrorHandler('write', file)(error);
  }
  await commit(stillHeld);
}
