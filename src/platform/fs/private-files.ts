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
import { platform } from 'node:os';
import path from 'node:path';
import { geteuid } from 'node:process';
import { fileTooLarge, fsErrorHandler, isNotFound } from './errors.ts';

/** Told, in one line, about something that was put right or should be. */
export type Warn = (message: string) => void;

const folderMode = 0o700;

export const fileMode = 0o600;

/** Far more than thousands of profiles take; bytes. */
const largest = 16 * 1024 * 1024;

/** Makes the folder if it is missing, and sees to it that nobody else can look into it. */
export async function ensurePrivateDir(folder: string, warn?: Warn): Promise<void> {
  const first = await makeFolders(folder).catch(fsErrorHandler('make the folder', folder));
  if (first !== undefined) await leaveToOwner(first, folder);
  await tighten(folder, folderMode, warn);
}

/**
 * Makes a folder and those around it; gives the first one that was missing. Node's own way calls a read-only disk a missing
 * folder, and in `/proc` it never ends.
 */
async function makeFolders(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, folderMode);
    return folder;
  } catch (error) {
    const around = path.dirname(folder);
    if (!isNotFound(error) || around === folder) {
      if (await isFolder(folder)) return undefined;
      throw error;
    }
    const first = await makeFolders(around);
    await mkdir(folder, folderMode).catch(async (again: unknown) => {
      if (!(await isFolder(folder))) throw again;
    });
    return first ?? folder;
  }
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Gives the folders from `first` to `last` to the owner of the one around them: run by root in another user's home, as
 * sudo does, they would lock that user out.
 */
async function leaveToOwner(first: string, last: string): Promise<void> {
  const owner = await ownerAround(first);
  if (owner === undefined) return;
  for (
    let folder = path.resolve(last);
    folder.startsWith(path.resolve(first));
    folder = path.dirname(folder)
  ) {
    await lchown(folder, owner.uid, owner.gid).catch(fsErrorHandler('make the folder', folder));
  }
}

/** The owner of the folder that holds this, when the program runs as root and the folder is somebody else's. */
export async function ownerAround(place: string): Promise<{ uid: number; gid: number } | undefined> {
  if (geteuid?.() !== 0) return undefined;
  const around = await stat(path.dirname(path.resolve(place))).catch(() => undefined);
  return around === undefined || around.uid === 0 ? undefined : around;
}

/** The text of a file, `undefined` when there is none. Its mode and its folder's are tightened on the way. */
export async function readPrivateFile(
  folder: string,
  file: string,
  warn?: Warn,
): Promise<string | undefined> {
  const text = await readSmallFile(file).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    return fsErrorHandler('read', file)(error);
  });
  if (text !== undefined) await tightenMode(folder, file, warn);
  return text;
}

/** Sees to it that nobody else can open a file that is there, nor its folder. */
export async function tightenMode(folder: string, file: string, warn?: Warn): Promise<void> {
  await tighten(folder, folderMode, warn);
  await tighten(file, fileMode, warn);
}

/**
 * Opens a file to read it. A device or a pipe in its place is refused: it would be read without end, or keep the program
 * waiting for a writer.
 */
export async function openRegularFile(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw fault('EISDIR');
    if (!found.isFile()) throw fault('ENOTREG');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readSmallFile(file: string): Promise<string> {
  const handle = await openRegularFile(file);
  try {
    if ((await handle.stat()).size > largest) throw larger(largest);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * The text of a small regular file, in one go: of thousands of them, waiting for each step would be most of the work. Throws
 * where it is larger than `most` bytes, or no regular file.
 */
export function readSmallFileSync(file: string, most: number): string {
  return readSync(file, (descriptor, size) => {
    if (size > most) throw fault('EFBIG');
    return readFileSync(descriptor, 'utf8');
  });
}

/** The first line of a regular file, without its end; undefined where it is longer than `most` bytes. */
export function readFirstLineSync(file: string, most: number): string | undefined {
  return readSync(file, (descriptor, size) => {
    const buffer = Buffer.alloc(Math.min(most, size));
    const end = buffer.subarray(0, readBytes(descriptor, buffer, 0, buffer.length, 0)).indexOf(10);
    return end < 0 ? undefined : buffer.toString('utf8', 0, end);
  });
}

function readSync<T>(file: string, read: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw fault('ENOTREG');
    return read(descriptor, found.size);
  } finally {
    closeSync(descriptor);
  }
}

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Removes the file, unless `stillHeld` throws right before that; one that is not there is fine. */
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

/** A file that is larger than what is read, which is not the system's EFBIG. @param most bytes */
function larger(most: number): Error {
  const megabytes = Math.round((most / 1024 / 1024) * 100) / 100;
  return Object.assign(new Error(`it is larger than ${megabytes} MB`), { code: fileTooLarge });
}

/** Takes access to one's own file or folder away from others, and says what was found. */
async function tighten(place: string, mode: number, warn: Warn | undefined): Promise<void> {
  // Windows keeps access in lists that inherit from the user's own folder; mode bits mean nothing there.
  if (platform() === 'win32') return;
  const found = await stat(place).catch(fsErrorHandler('look at', place));
  // Nobody is safe from root anyway.
  if (found.uid !== geteuid?.() && found.uid !== 0) {
    warn?.(
      `${place} belongs to another user of this machine (${found.uid}), who can change it; set TWILIO_ORG_CONFIG_DIR to a folder of your own`,
    );
    return;
  }
  if ((found.mode & 0o077) === 0) return;
  const done = await close(place, found.mode, mode);
  const old = octal(found.mode & 0o7777);
  warn?.(
    done
      ? `Others on this machine could open ${place} (mode ${old}); it is now ${octal(mode)}`
      : `Others on this machine can open ${place} (mode ${old}); make it ${octal(mode)} or use another folder`,
  );
}

async function close(place: string, found: number, mode: number): Promise<boolean> {
  // A sticky folder, such as /tmp, is shared on purpose, and a link leads to what may be: closing it would break other programs.
  if ((found & 0o1000) !== 0 || (await lstat(place)).isSymbolicLink()) return false;
  return chmod(place, mode).then(
    () => true,
    () => false,
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
