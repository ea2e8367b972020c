import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync as readBytes,
  readFileSync,
  rmSync,
} from 'node:fs';
import { chmod, type FileHandle, lchown, lstat, mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { geteuid, platform } from 'node:process';
import { fileTooLarge, fsErrorHandler, isNotFound } from './errors.ts';

/** Receives one line about something that was corrected or should be. */
export type Warn = (message: string) => void;

const directoryMode = 0o700;

export const fileMode = 0o600;

/** Far more than thousands of profiles need. */
const maxBytes = 16 * 1024 * 1024;

/** Creates the directory if it is missing, and removes the access of other users. */
export async function ensurePrivateDir(dir: string, warn?: Warn): Promise<void> {
  const first = await makeDirs(dir).catch(fsErrorHandler('create the directory', dir));
  if (first !== undefined) await leaveToOwner(first, dir);
  await tighten(dir, directoryMode, warn);
}

/**
 * Creates a directory and its missing parents; returns the outermost one created. Node's `recursive` option reports a
 * read-only disk as a missing directory, and never ends in `/proc`.
 */
async function makeDirs(dir: string): Promise<string | undefined> {
  try {
    await mkdir(dir, directoryMode);
    return dir;
  } catch (error) {
    const around = path.dirname(dir);
    if (!isNotFound(error) || around === dir) {
      if (await isDirectory(dir)) return undefined;
      throw error;
    }
    const first = await makeDirs(around);
    await mkdir(dir, directoryMode).catch(async (again: unknown) => {
      if (!(await isDirectory(dir))) throw again;
    });
    return first ?? dir;
  }
}

async function isDirectory(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Gives the directories from `first` to `last` to the owner of their parent. With sudo in a user's home, directories of
 * root would lock that user out.
 */
async function leaveToOwner(first: string, last: string): Promise<void> {
  const owner = await ownerAround(first);
  if (owner === undefined) return;
  for (let dir = path.resolve(last); dir.startsWith(path.resolve(first)); dir = path.dirname(dir)) {
    await lchown(dir, owner.uid, owner.gid).catch(fsErrorHandler('create the directory', dir));
  }
}

/** The owner of the parent directory, when the program runs as root and that owner is another user. */
export async function ownerAround(place: string): Promise<{ uid: number; gid: number } | undefined> {
  if (geteuid?.() !== 0) return undefined;
  const around = await stat(path.dirname(path.resolve(place))).catch(() => undefined);
  return around === undefined || around.uid === 0 ? undefined : around;
}

/** The text of a file; undefined when it is missing. Tightens the modes of the file and its directory. */
export async function readPrivateFile(dir: string, file: string, warn?: Warn): Promise<string | undefined> {
  const text = await readSmallFile(file).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    return fsErrorHandler('read', file)(error);
  });
  if (text !== undefined) await tightenMode(dir, file, warn);
  return text;
}

/** Removes the access of other users to an existing file and its directory. */
export async function tightenMode(dir: string, file: string, warn?: Warn): Promise<void> {
  await tighten(dir, directoryMode, warn);
  await tighten(file, fileMode, warn);
}

/**
 * Opens a file for reading. Refuses a device or a pipe: reading it might never end, or wait for a writer.
 */
export async function openRegularFile(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw fileError('EISDIR');
    if (!found.isFile()) throw fileError('ENOTREG');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readSmallFile(file: string): Promise<string> {
  const handle = await openRegularFile(file);
  try {
    if ((await handle.stat()).size > maxBytes) throw tooLarge(maxBytes);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * The text of a small regular file. Synchronous, because for thousands of files the waits would dominate.
 *
 * @throws an error with a code for a larger or a special file
 */
export function readSmallFileSync(file: string, maxBytes: number): string {
  return readSync(file, (descriptor, size) => {
    if (size > maxBytes) throw fileError('EFBIG');
    return readFileSync(descriptor, 'utf8');
  });
}

/** The first line of a regular file without its line end; undefined when it is longer than `maxBytes`. */
export function readFirstLineSync(file: string, maxBytes: number): string | undefined {
  return readSync(file, (descriptor, size) => {
    const buffer = Buffer.alloc(Math.min(maxBytes, size));
    const end = buffer.subarray(0, readBytes(descriptor, buffer, 0, buffer.length, 0)).indexOf(10);
    return end < 0 ? undefined : buffer.toString('utf8', 0, end);
  });
}

function readSync<T>(file: string, read: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw fileError('ENOTREG');
    return read(descriptor, found.size);
  } finally {
    closeSync(descriptor);
  }
}

function fileError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Removes the file if it exists, unless `stillHeld` throws right before that. */
export async function removeFile(file: string, stillHeld?: () => void): Promise<void> {
  try {
    stillHeld?.();
    rmSync(file, { force: true });
  } catch (error) {
    fsErrorHandler('remove', file)(error);
  }
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => !isNotFound(error),
  );
}

/** Error for a file over this program's own limit, unlike the system's EFBIG. */
function tooLarge(maxBytes: number): Error {
  const megabytes = Math.round((maxBytes / 1024 / 1024) * 100) / 100;
  return Object.assign(new Error(`it is larger than ${megabytes} MB`), { code: fileTooLarge });
}

/** Removes the access of other users, and warns about the mode that was found. */
async function tighten(place: string, mode: number, warn: Warn | undefined): Promise<void> {
  // On Windows, access lists inherited from the user's directory decide; mode bits mean nothing.
  if (platform === 'win32') return;
  const found = await stat(place).catch(fsErrorHandler('look at', place));
  // Files of root are accepted: root can read everything anyway.
  if (found.uid !== geteuid?.() && found.uid !== 0) {
    warn?.(
      `${place} belongs to another user of this machine (${found.uid}), who can change it. Set TWILIO_ORG_CONFIG_DIR to a directory of your own`,
    );
    return;
  }
  if ((found.mode & 0o077) === 0) return;
  const done = await restrictMode(place, found.mode, mode);
  const old = octal(found.mode & 0o7777);
  warn?.(
    done
      ? `Others on this machine could open ${place} (mode ${old}); it is now ${octal(mode)}`
      : `Others on this machine can open ${place} (mode ${old}); change it to ${octal(mode)} or use another directory`,
  );
}

async function restrictMode(place: string, found: number, mode: number): Promise<boolean> {
  // A sticky directory, such as /tmp, is shared on purpose, and so may be the target of a link.
  if ((found & 0o1000) !== 0 || (await lstat(place)).isSymbolicLink()) return false;
  return chmod(place, mode).then(
    () => true,
    () => false,
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
