import path from 'node:path';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { similarTo } from '../../platform/core/similar.ts';
import { joinSentences } from '../../platform/core/text.ts';
import { isDay, spanOf } from '../../platform/core/time-span.ts';
import { exists } from '../../platform/fs/private-files.ts';
import { manifestFile } from './manifest.ts';
import {
  isSnapshotId,
  listSnapshots,
  openSnapshot,
  organizationsWithSnapshots,
  type StoredSnapshot,
  snapshotsDir,
  timeOfId,
} from './store.ts';

/** The place where snapshots are looked for. */
export interface SnapshotPlaces {
  /** Throws where there is no home directory. */
  readonly configDir: string;
  /** The organization of the settings; undefined where it is not known. */
  organizationSid(): Promise<string | undefined>;
  now(): number;
}

const accepted =
  'Give the id of a snapshot, a day (2026-03-01, yesterday, 7d), last, or the directory of a snapshot';

const listHint = 'To see the snapshots on this machine: twilio-org snapshots list';

const takeHint = 'To take one: twilio-org snapshots take';

const noneHint = `There are no snapshots on this machine. ${takeHint}`;

/**
 * The snapshot that a text names: an id, `last`, a directory, or a time, which stands for the last snapshot before its end. Days
 * are UTC.
 *
 * @throws usage for a text of another form; not-found where there is no such snapshot
 */
export async function findSnapshot(written: string, places: SnapshotPlaces): Promise<StoredSnapshot> {
  return openSnapshot(await dirOfSnapshot(written, places));
}

/** The directory of the snapshot, whose manifest may be damaged. */
export async function dirOfSnapshot(written: string, places: SnapshotPlaces): Promise<string> {
  const text = written.trim();
  if (isSnapshotId(text)) return dirOfId(text, places);
  if (text.toLowerCase() === 'last') return lastUntil(Number.POSITIVE_INFINITY, text, places);
  const span = spanOf(text, places.now());
  if (span !== undefined) return lastUntil(span.to, isDay(span) ? dayOf(span.to) : text, places);
  return checkedDir(text, places);
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

async function checkedDir(dir: string, places: SnapshotPlaces): Promise<string> {
  if (dir !== '' && (await exists(path.join(dir, manifestFile)))) return dir;
  if (dir === '' || !(await exists(dir))) {
    const [meant] = similarTo(dir, ['last', 'today', 'yesterday']);
    const question = meant === undefined ? [] : [`Did you mean ${meant}?`];
    const none = (await hasNone(places)) ? [noneHint] : [];
    throw usageError(`"${dir}" is not a snapshot`, joinSentences([...question, accepted, ...none]));
  }
  const last = (await listSnapshots(dir)).at(-1);
  if (last === undefined) {
    throw usageError(`${dir} has no ${manifestFile}, so it is no whole snapshot`, accepted);
  }
  throw usageError(
    `${dir} is a directory of snapshots`,
    `Name one of them, such as the last: ${path.join(dir, last)}`,
  );
}

async function hasNone(places: SnapshotPlaces): Promise<boolean> {
  try {
    return (await organizationsWithSnapshots(places.configDir)).length === 0;
  } catch {
    return false;
  }
}

async function dirOfId(id: string, { configDir }: SnapshotPlaces): Promise<string> {
  const organizations = await organizationsWithSnapshots(configDir);
  for (const organization of organizations) {
    const dir = path.join(snapshotsDir(configDir, organization), id);
    if (await exists(dir)) return dir;
  }
  throw new AppError('not-found', `There is no snapshot ${id}`, {
    hint: organizations.length === 0 ? noneHint : listHint,
  });
}

/** The last snapshot that was begun by that time. */
async function lastUntil(until: number, words: string, places: SnapshotPlaces): Promise<string> {
  const dir = await dirOfOrganization(places);
  const ids = dir === undefined ? [] : await listSnapshots(dir);
  const id = ids.findLast((one) => timeOfId(one) <= until);
  if (dir !== undefined && id !== undefined) return path.join(dir, id);
  const [first] = ids;
  if (first === undefined) {
    throw new AppError('not-found', 'There is no snapshot of this organization here', { hint: takeHint });
  }
  throw new AppError('not-found', `There is no snapshot from ${words} or before`, {
    hint: `The first is of ${dayOf(timeOfId(first))}. ${listHint}`,
  });
}

/** The directory of the present organization, or of the only one that has snapshots. */
export async function dirOfOrganization(places: SnapshotPlaces): Promise<string | undefined> {
  const { configDir } = places;
  const organization = await places.organizationSid();
  if (organization !== undefined) return snapshotsDir(configDir, organization);
  const [only, ...others] = await organizationsWithSnapshots(configDir);
  if (others.length > 0) {
    throw usageError(
      `There are snapshots of ${others.length + 1} organizations, and the settings name none of them`,
      'Choose one with --profile NAME or TWILIO_ORG_ORGANIZATION_SID, or give the directory of a snapshot',
    );
  }
  return only === undefined ? undefined : snapshotsDir(configDir, only);
}
