import { AppError, usageError } from '../core/errors.ts';
import { describeErrorCode } from '../core/system-errors.ts';

export const fileTooLarge = 'ERR_FILE_TOO_LARGE';

export function isNotFound(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

export const configHint =
  'Check that the folder is yours and writable, or set TWILIO_ORG_CONFIG_DIR to another one';
/** What to do about a file that the user has named. */
export const outputFileHint =
  'Make the folder, make room in it, or name a file elsewhere that can be written to';

/** Error codes with a more precise meaning when a file is opened or created. */
export const openErrors: Record<string, string> = {
  EEXIST: 'something that is not a folder is in its place',
  ENOENT: 'a folder on the way to it is missing',
  ENOTREG: 'it is no regular file',
};

export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

export function describeFsError(error: unknown): string {
  const code = errorCode(error);
  // No system call has failed: it is a bug, and is to be called so.
  if (code === undefined) throw error;
  if (code === fileTooLarge) return (error as Error).message;
  return openErrors[code] ?? describeErrorCode(code) ?? code;
}

/** Turns a failed system call into a message that names the file. */
export function fsErrorHandler(what: string, file: string, hint = configHint): (error: unknown) => never {
  return (error) => {
    throw new AppError('failure', `Cannot ${what} ${file}: ${describeFsError(error)}`, {
      hint,
      cause: error,
    });
  };
}

/** The same for an input that the user named. */
export function inputErrorHandler(name: string): (error: unknown) => never {
  return (error) => {
    const why = isNotFound(error) ? 'there is no such file' : describeFsError(error);
    throw usageError(`${name} can't be read: ${why}`, 'Check the name and who may read it');
  };
}
