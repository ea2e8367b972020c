import { readFile } from 'node:fs/promises';
import { inputErrorHandler } from '../../../platform/fs/errors.ts';
import { readSmallFileSync } from '../../../platform/fs/private-files.ts';
import { maxFileBytes } from '../load.ts';
import type { DeclaredFile } from '../model.ts';
import { editFile, type FileEdits } from './edit.ts';
import { changedMeanwhile, replaceFile } from './write-files.ts';

const byteOrderMark = '\uFEFF';

/** A file with its edited text, before it is written. */
export interface EditedFile {
  path: string;
  before: string;
  after: string;
}

/** The edited texts of files. Writes nothing. @param edits by file, as it was read before */
export async function editFiles(edits: ReadonlyMap<DeclaredFile, FileEdits>): Promise<EditedFile[]> {
  const edited: EditedFile[] = [];
  for (const [file, changes] of edits) {
    const before = await readFile(file.path, 'utf8').catch(inputErrorHandler(file.path));
    const mark = before.startsWith(byteOrderMark) ? byteOrderMark : '';
    edited.push({
      path: file.path,
      before,
      after: mark + (await editFile(before.slice(mark.length), file, changes)),
    });
  }
  return edited;
}

/**
 * Replaces the texts of files, each whole or not at all.
 *
 * @throws conflict where somebody has changed one since it was read
 */
export async function writeEdited(files: readonly EditedFile[]): Promise<void> {
  for (const { path, before, after } of files) {
    await replaceFile(path, after, () => {
      if (readSmallFileSync(path, maxFileBytes) !== before) throw changedMeanwhile(path);
    });
  }
}
