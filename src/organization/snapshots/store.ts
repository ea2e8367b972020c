import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../platform/core/errors.ts';
import { fsErrorHandler, isNotFound } from '../../platform/fs/errors.ts';
import { exists } from '../../platform/fs/private-files.ts';
import { type Manifest, manifestFile, parseManifest, unnamedManifestFile, unusable } from './manifest.ts';

export const snapshotsDirName = 'snapshots';

/** The directory of the snapshots of one organization. */
export function snapshotsDir(configDir: string, organizationSid: string): string {
  return path.join(configDir, snapshotsDirName, organizationSid);
}

const idForm = /^\d{8}-\d{9}-[0-9a-f]{4}$/;

export function isSnapshotId(text: string): boolean {
  return idForm.test(text);
}

/** The name of a snapshot's directory while it is taken. */
export function partialDir(dir: string, id: string): string {
  return path.join(dir, `${id}.partial`);
}

/** A snapshot as found on the disk. */
export interface StoredSnapshot {
  /** Its directory. */
  dir: string;
  manifest: Manifest;
}

/** The ids of the snapshots in a directory, the earliest first. A directory without a manifest is left out. */
export async function listSnapshots(dir: string): Promise<string[]> {
  const ids = (await namesIn(dir)).filter(isSnapshotId).sort();
  const whole = await Promise.all(ids.map((id) => exists(path.join(dir, id, manifestFile))));
  return ids.filter((_, index) => whole[index]);
}

/** The organizations that have snapshots here. */
export async function organizationsWithSnapshots(configDir: string): Promise<string[]> {
  const names = await namesIn(path.join(configDir, snapshotsDirName));
  return names.filter((name) => /^OR[0-9a-f]{32}$/.test(name)).sort();
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    return fsErrorHandler('read', dir)(error);
  });
}

/** @throws failure where the manifest is missing, damaged, or of another version */
export async function openSnapshot(dir: string): Promise<StoredSnapshot> {
  const file = path.join(dir, manifestFile);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isNotFound(error)) throw unusable(dir, `it has no ${manifestFile}, so it is no whole snapshot`);
    return fsErrorHandler('read', file)(error);
  });
  return { dir, manifest: parseManifest(text, file) };
}

/** The latest snapshot whose manifest can be read; undefined where there is none. */
export async function latestSnapshot(dir: string): Promise<StoredSnapshot | undefined> {
  for (const id of (await listSnapshots(dir)).reverse()) {
    try {
      return await openSnapshot(path.join(dir, id));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return undefined;
}

/** The time in the name of a snapshot; milliseconds since 1970. */
export function timeOfId(id: string): number {
  return Date.parse(id.replace(/^(....)(..)(..)-(..)(..)(..)(...)-.*$/, '$1-$2-$3T$4:$5:$6.$7Z'));
}

/** A unique name that sorts after that of the latest snapshot, whatever the clock says. */
export function newSnapshotId(now: number, latest: string | undefined): string {
  const last = latest === undefined ? Number.NEGATIVE_INFINITY : timeOfId(latest);
  const [date, time] = new Date(Math.max(now, last + 1))
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .split('T');
  return `${date}-${time}-${randomBytes(2).toString('hex')}`;
}

/** Removes what processes that were killed left of snapshots. Call it only while no other snapshot is taken there. */
export async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await namesIn(dir)) {
    const isLeft =
      (name.endsWith('.partial') && isSnapshotId(name.slice(0, -'.partial'.length))) ||
      // Its manifest has no name yet. One that has lost its manifest otherwise may still be of use to somebody.
      (isSnapshotId(name) && (await exists(path.join(dir, name, unnamedManifestFile))));
    if (isLeft) await rm(path.join(dir, name), { recursive: true, force: true });
  }
}
