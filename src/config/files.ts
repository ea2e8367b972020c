import { chmod, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { AppError } from '../errors.ts';

/** Told, in one line, about something that was put right or should be. */
export type Warn = (message: string) => void;

const folderMode = 0o700;
const fileMode = 0o600;

/** Makes the folder if it is missing, and sees to it that nobody else can look into it. */
export async function makePrivateFolder(folder: string, warn?: Warn): Promise<void> {
  await mkdir(folder, { recursive: true, mode: folderMode }).catch(cannot('make the folder', folder));
  await tighten(folder, folderMode, warn);
}

/** The text of a file, `undefined` when there is none. Its mode and its folder's are tightened on the way. */
export async function readPrivateFile(
  folder: string,
  file: string,
  warn?: Warn,
): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    return cannot('read', file)(error);
  });
  if (text === undefined) return undefined;
  await tighten(folder, folderMode, warn);
  await tighten(file, fileMode, warn);
  return text;
}

/** Puts the whole text in place at once: a reader, and a machine that stops, see the old file or the new one. */
export async function replacePrivateFile(file: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(file, text, { mode: fileMode }).catch(cannot('write', file));
}

/** Removes the file; one that is not there is fine. */
export async function removeFile(file: string): Promise<void> {
  await rm(file, { force: true }).catch(cannot('remove', file));
}

export async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => !isMissing(error),
  );
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** Turns a failed system call into a message that names the file. */
export function cannot(what: string, file: string): (error: unknown) => never {
  return (error) => {
    throw new AppError('failure', `Cannot ${what} ${file}: ${reason(error)}`, {
      hint: 'Check that the folder is yours and writable, or set TWILIO_ORG_CONFIG_DIR to another one',
      cause: error,
    });
  };
}

function reason(error: unknown): string {
  const code = errorCode(error);
  return (code && reasons[code]) || code || 'unknown reason';
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'something that is not a folder is in its place',
  ENOENT: 'a folder on the way to it is missing',
};

export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

async function tighten(place: string, mode: number, warn: Warn | undefined): Promise<void> {
  // Windows keeps access in lists that inherit from the user's own folder; mode bits mean nothing there.
  if (platform() === 'win32') return;
  const found = (await stat(place).catch(cannot('look at', place))).mode & 0o7777;
  if ((found & 0o077) === 0) return;
  // A sticky folder, such as /tmp, is shared on purpose: closing it would break other programs.
  const shared = (found & 0o1000) !== 0;
  const done =
    !shared &&
    (await chmod(place, mode).then(
      () => true,
      () => false,
    ));
  warn?.(
    done
      ? `Others on this machine could open ${place} (mode ${octal(found)}); it is now ${octal(mode)}`
      : `Others on this machine can open ${place} (mode ${octal(found)}); make it ${octal(mode)} or use another folder`,
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
