import path from 'node:path';
import { AppError } from '../../platform/core/errors.ts';
import { exists } from '../../platform/fs/private-files.ts';
import { manifestFile, partFiles, partNames, unusable } from './manifest.ts';
import { readPart } from './read-part.ts';
import { openSnapshot } from './store.ts';

/** The result of a verification. */
export interface Verified {
  id: string;
  dir: string;
  /** A message for each file that is missing or damaged, and the files themselves. */
  problems: readonly string[];
  files: readonly string[];
  /** The snapshot before: there and the same, removed since, or none. */
  previous: 'same' | 'gone' | 'none' | 'changed' | 'unknown';
}

/** Reads every file of a snapshot, and compares it with the manifest. */
export async function verifySnapshot(dir: string): Promise<Verified> {
  const problems: string[] = [];
  const files: string[] = [];
  const found: Verified = { id: path.basename(dir), dir, problems, files, previous: 'unknown' };
  const check = async <T>(file: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      problems.push(error.message);
      files.push(file);
      return undefined;
    }
  };
  const snapshot = await check(manifestFile, () => openSnapshot(dir));
  if (snapshot === undefined) return found;
  for (const name of partNames) await check(partFiles[name], () => readPart(snapshot, name));
  const { id, previous } = snapshot.manifest;
  if (previous === null) return { ...found, id, previous: 'none' };
  const before = path.join(path.dirname(path.resolve(dir)), previous.id);
  if (!(await exists(path.join(before, manifestFile)))) return { ...found, id, previous: 'gone' };
  const isSame = await check(manifestFile, async () => {
    const { manifest } = await openSnapshot(before);
    if (manifest.sha256 === previous.sha256) return true;
    throw unusable(path.join(before, manifestFile), `it is not the one that ${id} followed`);
  });
  return { ...found, id, previous: isSame === true ? 'same' : 'changed' };
}
