import { existsSync } from 'node:fs';
import { mkdir, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, usageError } from '../../../platform/core/errors.ts';
import { type AtomicFile, createAtomicFile } from '../../../platform/fs/atomic-write.ts';
import { fsErrorHandler, outputFileHint } from '../../../platform/fs/errors.ts';

export interface NewFile {
  /** Within the directory. */
  name: string;
  text: string;
}

/** @throws usage where one of the files exists */
export function refuseExisting(directory: string, files: readonly { name: string }[]): void {
  const existing = files.map(({ name }) => path.join(directory, name)).filter((file) => existsSync(file));
  if (existing.length === 0) return;
  throw usageError(
    `${existing.join(', ')} ${existing.length === 1 ? 'exists' : 'exist'}, so nothing was written`,
    // The pairs of a file that is read are checked before: this one owns others.
    `Rename ${existing.length === 1 ? 'that file' : 'those files'}, because any name will do, or name another directory`,
  );
}

/**
 * Writes files that do not exist yet, each whole or not at all. Creates the directory. After a failure none of the files is
 * left.
 *
 * @throws usage where one of them exists
 */
export async function writeNewFiles(directory: string, files: readonly NewFile[]): Promise<void> {
  await mkdir(directory, { recursive: true }).catch(
    fsErrorHandler('create the directory', directory, outputFileHint),
  );
  refuseExisting(directory, files);
  const prepared: { file: string; atomic: AtomicFile }[] = [];
  const written: string[] = [];
  try {
    for (const { name, text } of files) {
      const file = path.join(directory, name);
      const atomic = await createAtomicFile(file, outputFileHint);
      prepared.push({ file, atomic });
      await atomic.handle.writeFile(text).catch(fsErrorHandler('write', file, outputFileHint));
    }
    for (const { file, atomic } of prepared) {
      await atomic.commit(() => refuseExisting('', [{ name: file }]));
      written.push(file);
    }
  } catch (error) {
    for (const { atomic } of prepared.slice(written.length)) await atomic.abort();
    for (const file of written) await rm(file, { force: true });
    throw error;
  }
}

/**
 * Replaces the text of a file, whose mode it keeps.
 *
 * @param stillHeld called right before; when it throws, the old text stays
 */
export async function replaceFile(file: string, text: string, stillHeld?: () => void): Promise<void> {
  // A symbolic link stays, because its target may be elsewhere on purpose.
  const target = await realpath(file).catch(() => file);
  const { mode } = await stat(target).catch(fsErrorHandler('read', file));
  const atomic = await createAtomicFile(target, outputFileHint);
  try {
    await atomic.handle.chmod(mode & 0o777);
    await atomic.handle.writeFile(text);
  } catch (error) {
    await atomic.abort();
    fsErrorHandler('write', file, outputFileHint)(error);
  }
  await atomic.commit(stillHeld);
}

/** Error for a file that changed between reading and writing. */
export function changedMeanwhile(file: string): AppError {
  return new AppError('conflict', `${file} has changed meanwhile, so it was not written`, {
    hint: 'Run the same command again',
  });
}
