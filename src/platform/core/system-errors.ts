import { AppError } from './errors.ts';

/** Descriptions of system error codes, for files, sockets and processes. They follow the name of what failed. */
const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the system allows no larger file (ulimit -f)',
  EIO: 'the disk, or the connection to it, failed',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is not a directory',
  ENOTEMPTY: 'the directory is not empty',
  ENOENT: 'there is no such file or directory',
  EEXIST: 'it already exists',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
  EBUSY: 'something else is using it',
  ETXTBSY: 'something else is using it',
  EXDEV: 'it is on another disk',
  ESTALE: 'the network directory is no longer available',
  ENODEV: 'there is no such device',
  ENXIO: 'it is not a regular file',
  ENOTSUP: 'the system does not support it there',
  EOPNOTSUPP: 'the system does not support it there',
  ENOSYS: 'the system does not support it',
  EMFILE: 'this process has too many files open (ulimit -n)',
  ENFILE: 'this machine has too many files open',
  ENOMEM: 'the system has no memory left',
  ENOBUFS: 'the system has no room for another connection',
  EAGAIN: 'the system has no room for more at the moment',
  EADDRINUSE: 'another program uses the port',
  EADDRNOTAVAIL: 'this machine has no such address, or no port left',
  ECONNRESET: 'the connection broke',
  ECONNABORTED: 'the connection broke',
  ENOTCONN: 'the connection broke',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'no response in time',
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the DNS lookup failed',
  EAI_FAIL: 'the DNS lookup failed',
  EHOSTUNREACH: 'there is no route to it',
  EHOSTDOWN: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENETDOWN: 'the network is down',
};

/** Codes of exhausted resources of this machine. */
const exhausted = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EADDRNOTAVAIL']);

/** Codes of calls with invalid arguments, which are bugs of this program. */
const bugs = new Set(['EBADF', 'EFAULT', 'EINVAL', 'ENOTSOCK', 'EDOM', 'ERANGE']);

export const exhaustedHint = 'Close other programs or raise the limit, then run the same command again';

/** The description of a code; undefined for an unknown one. */
export function describeErrorCode(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(words, code) ? words[code] : undefined;
}

export function isExhausted(code: string | undefined): boolean {
  return code !== undefined && exhausted.has(code);
}

/** The AppError for a failed system call that nothing closer has explained; undefined for other errors. */
export function systemFailure(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, syscall, path } = thrown as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return new AppError('failure', 'A part of twilio-org is missing', {
      hint: 'If it was updated in the meantime, run the same command again. Otherwise install it again. --debug shows the missing part',
      cause: thrown,
    });
  }
  if (typeof code !== 'string' || typeof syscall !== 'string' || bugs.has(code)) return undefined;
  const what = path === undefined ? syscall : `${syscall} ${path}`;
  return new AppError('failure', `System call failed: ${what}: ${describeErrorCode(code) ?? code}`, {
    hint: isExhausted(code) ? exhaustedHint : 'Correct that, then run the same command again',
    cause: thrown,
  });
}
