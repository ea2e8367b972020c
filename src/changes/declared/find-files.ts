import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../../platform/core/errors.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import type { FileProblem } from './model.ts';

/** Deeper directories are a mistake, such as the root of a disk. */
const maxDepth = 20;

/** A file of the directory. */
export interface FoundFile {
  /** For people: under the directory's name, with `/` between directories. */
  name: string;
  /** For the system. */
  path: string;
}

export interface FoundFiles {
  files: FoundFile[];
  problems: FileProblem[];
}

/**
 * The YAML files of a directory and its subdirectories, in the order of their names. Hidden files and directories are left
 * out. Links are not followed: they may lead in circles, or to the same file twice.
 *
 * @throws usage where the directory can't be read
 */
export async function findDeclaredFiles(directory: string): Promise<FoundFiles> {
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') return inputErrorHandler(directory)(error);
    throw usageError(
      `There is no directory ${directory}`,
      'Name the directory of the files that say who has access',
    );
  });
  if (!found.isDirectory()) {
    throw usageError(
      `${directory} is not a directory`,
      `Name the directory of the files: ${path.dirname(directory)}`,
    );
  }
  const result: FoundFiles = { files: [], problems: [] };
  await walk(directory, displayName(directory), 0, result);
  return result;
}

/** The directory for people; empty for the current one, so that its files have their bare names. */
function displayName(directory: string): string {
  const name = path.normalize(directory).replaceAll('\\', '/').replace(/\/+$/, '');
  return name === '.' ? '' : name === '' ? '/' : name;
}

async function walk(directory: string, name: string, depth: number, found: FoundFiles): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(inputErrorHandler(directory));
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const child = { name: joined(name, entry.name), path: path.join(directory, entry.name) };
    const refuse = (message: string, advice?: string) =>
      found.problems.push({ at: { file: child.name, line: 1, column: 1 }, message, advice });
    if (entry.isDirectory()) {
      if (depth < maxDepth) await walk(child.path, child.name, depth + 1, found);
      else refuse(`this directory is more than ${maxDepth} levels deep`);
    } else if (!isYamlName(entry.name)) {
      if (await isLinkToDirectory(entry, child.path))
        refuse('this is a link to a directory, which is not followed', 'Move the files here');
    } else if (entry.isFile()) found.files.push(child);
    else if (entry.isSymbolicLink()) refuse('this is a link, which is not followed', 'Put the file here');
    else refuse('this is not a regular file');
  }
}

async function isLinkToDirectory(entry: Dirent, place: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false;
  return stat(place).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

function joined(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}

/** True for the name of a file that is read. */
function isYamlName(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}
