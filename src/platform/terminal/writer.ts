import { AppError, isBrokenPipe } from '../core/errors.ts';
import { describeErrorCode } from '../core/system-errors.ts';

const chunkSize = 64 * 1024;

/** Writes a stream in large pieces, and never faster than it takes them. */
export interface Writer {
  /** Adds to what is to be written. A returned promise is to be waited for before more is added. */
  write(text: string): Promise<void> | undefined;
  /** Resolves when everything is written; rejects with the first error of the stream. */
  flush(): Promise<void>;
}

/** @param beforeWrite called before each write to the stream */
export function createWriter(stream: NodeJS.WritableStream, beforeWrite?: () => void): Writer {
  let buffer = '';
  let failed = false;
  let scheduled = false;
  let sending: Promise<void> = Promise.resolve();
  ignoreErrorEvents(stream);

  function flush(): Promise<void> {
    if (buffer !== '') {
      const chunk = buffer;
      buffer = '';
      sending = sending.then(() => {
        beforeWrite?.();
        return send(stream, chunk);
      });
      sending.catch(() => {
        failed = true;
      });
    }
    return sending;
  }

  // An immediate runs as soon as the source makes us wait, so a row is never held back for the next one.
  function flushSoon(): undefined {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void flush();
    });
  }

  return {
    write(text) {
      buffer += text;
      return failed || buffer.length >= chunkSize ? flush() : flushSoon();
    },
    flush,
  };
}

function send(stream: NodeJS.WritableStream, chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(unwritable(error)) : resolve()));
  });
}

/** The result of a command was not printed, or not all of it. */
export class NotWritten extends AppError {}

/** A reader that goes away is for `main` to judge; anything else keeps the result from whoever wanted it. */
function unwritable(error: Error): Error {
  if (isBrokenPipe(error)) return error;
  const code = 'code' in error ? String(error.code) : undefined;
  const why = describeErrorCode(code) ?? code ?? error.message;
  return new NotWritten('failure', `The result could not be written: ${why}`, {
    hint: 'Make room, or write it elsewhere, then run the same command again',
    cause: error,
  });
}

/** Failed writes are told to their callers; the same error's event would end the program if nobody listened. */
export function ignoreErrorEvents(stream: NodeJS.WritableStream): void {
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
}

function ignore(): void {}
