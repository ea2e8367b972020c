import { AppError, usageError } from '../core/errors.ts';
import { describeErrorCode } from '../core/system-errors.ts';

export const fileTooLarge = 'ERR_FILE_TOO_LARGE';

export function isNotFound(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

const configHint =
  'Check that the directory is yours and writable, or set TWILIO_ORG_CONFIG_DIR to another one';
/** Advice about an output file that the user named. */
export const outputFileHint = 'Create the directory, free some space, or name a file elsewhere';

/** Descriptions of error codes that have a more precise meaning when a file is opened or created. */
const openErrors: Record<string, string> = {
  EEXIST: 'something other than a directory is in its place',
  ENOENT: 'a directory in its path is missing',
  ENOTREG: 'it is not a regular file',
};

export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

export function describeFsError(error: unknown): string {
  const code = errorCode(error);
  // Without a code no system call failed: it is a bug and must be reported as one.
  if (code === undefined) throw error;
  if (code === fileTooLarge) return (error as Error).message;
  return openErrors[code] ?? describeErrorCode(code) ?? code;
}

/** Handler that turns a failed system call into an error naming the file. @param what verb, such as `write` */
export function fsErrorHandler(what: string, file: string, hint = configHint): (error: unknown) => never {
  return (error) => {
    throw new AppError('failure', `Cannot ${what} ${file}: ${describeFsError(error)}`, {
      hint,
      cause: error,
    });
  };
}

/** Handler for an input that the user named. */
export function inputErrorHandler(name: string): (error: unknown) => never {
  return (error) => {
    const why = isNotFound(error) ? 'there is no such file' : describeFsError(error);
    throw usageError(`${name} can't be read: ${why}`, 'Check the name and its permissions');
  };
}
