import { AppError } from './errors.ts';

/** System error codes in words that follow the name of what failed. Of files, sockets and processes alike. */
const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the system allows no larger file (ulimit -f)',
  EIO: 'the disk, or the connection to it, failed',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENOENT: 'there is no such file or folder',
  EEXIST: 'it exists already',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EBUSY: 'something else is using it',
  ETXTBSY: 'something else is using it',
  EXDEV: 'it is on another disk',
  ESTALE: 'the network folder is gone',
  ENODEV: 'there is no such device',
  ENXIO: 'it is no regular file',
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
  ETIMEDOUT: 'no answer in time',
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name could not be looked up',
  EAI_FAIL: 'its name could not be looked up',
  EHOSTUNREACH: 'no way leads there',
  EHOSTDOWN: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ENETDOWN: 'the network is down',
};

/** Exhausted resources of this machine, whatever the request or the file. */
const exhausted = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EADDRNOTAVAIL']);

/** Calls with arguments that make no sense are this program's own fault. */
const bugs = new Set(['EBADF', 'EFAULT', 'EINVAL', 'ENOTSOCK', 'EDOM', 'ERANGE']);

export const exhaustedHint = 'Close other programs or raise the limit, then run the same command again';

/** The words for a code; undefined when there are none. */
export function describeErrorCode(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(words, code) ? words[code] : undefined;
}

export function isExhausted(code: string | undefined): boolean {
  return code !== undefined && exhausted.has(code);
}

/** An error that the system is the cause of, as it is said where nothing nearer has explained it; undefined for others. */
export function systemFailure(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, syscall, path } = thrown as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return new AppError('failure', 'A part of twilio-org is missing', {
      hint: 'Install it again; --debug shows which part it is',
      cause: thrown,
    });
  }
  if (typeof code !== 'string' || typeof syscall !== 'string' || bugs.has(code)) return undefined;
  const what = path === undefined ? syscall : `${syscall} ${path}`;
  return new AppError('failure', `The system refused: ${what}: ${describeErrorCode(code) ?? code}`, {
    hint: isExhausted(code) ? exhaustedHint : 'Mend that, then run the same command again',
    cause: thrown,
  });
}
