import type { AppError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { plainStyle, type Style } from './color.ts';
import {
  escapeControl,
  isObeyedLog,
  jsonWithoutLogCommands,
  terminalSafeJson,
  withoutLogCommands,
} from './escape.ts';
import { layOutProse } from './prose.ts';
import { ignoreErrorEvents } from './writer.ts';

/** The log of a command, on stderr. */
export interface Messages extends Log {
  /** @param options.excerpt lines about the place of the mistake, for people */
  error(error: AppError, options: { json: boolean; excerpt?: readonly string[] }): void;
  /** Prints lines as they are: the caller has escaped them, and coloured them with `style`. Prints with --quiet, too. */
  show(lines: readonly string[]): void;
  /** The colours of stderr. */
  readonly style: Style;
  /** The lines of a stack trace. */
  trace(text: string): void;
  /** Called before anything is written: whoever has drawn a line on the terminal takes it away. */
  beforeWrite?: (() => void) | undefined;
}

export interface MessagesOptions {
  /** A terminal has columns: prose is then broken between words. */
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Tells what reads stderr. */
  env: Readonly<Record<string, string | undefined>>;
  /** From `loadStyle`; none is plain. */
  style?: Style | undefined;
  quiet: boolean;
  /** Called before anything is written. */
  beforeWrite?: (() => void) | undefined;
}

export function createMessages(options: MessagesOptions): Messages {
  const { stderr, env, style = plainStyle, quiet } = options;
  ignoreErrorEvents(stderr);
  const isLog = isObeyedLog(env);
  const writeLines = (lines: readonly string[]): void => {
    for (const line of lines) stderr.write(`${isLog ? withoutLogCommands(line) : line}\n`);
  };
  const write = (lines: readonly string[]): void => {
    options.beforeWrite?.();
    messages.beforeWrite?.();
    // A terminal without a size, such as that of an editor, breaks lines itself.
    const width = (stderr.isTTY && stderr.columns) || undefined;
    writeLines(lines.flatMap((text) => layOutProse(text, width)));
  };
  const messages: Messages = {
    note: (...lines) => (quiet ? undefined : write(lines.map(escapeControl))),
    style,
    show: write,
    say: (...lines) => write(lines.map(escapeControl)),
    warn: (first = '', ...others) =>
      write([`${style.warning('warning:')} ${escapeControl(first)}`, ...others.map(escapeControl)]),
    error(error, { json, excerpt = [] }) {
      if (!json) {
        const [first = '', ...others] = formatError(error, { json, style }).split('\n');
        write([first]);
        // Its lines belong under each other, so that none is broken.
        writeLines(excerpt);
        return write(others);
      }
      const text = formatError(error, { json });
      messages.beforeWrite?.();
      stderr.write(`${isLog ? jsonWithoutLogCommands(text) : text}\n`);
    },
    trace: (text) => write(text.split('\n').map(escapeControl)),
  };
  return messages;
}

/**
 * An error for the user, without a line break at its end: what happened, what to do, the error code and the request. As
 * JSON, one line.
 */
export function formatError(error: AppError, options: { json: boolean; style?: Style | undefined }): string {
  if (options.json) return errorAsJson(error);
  const { style = plainStyle } = options;
  const lines = [`${style.bold(style.red('error:'))} ${escapeControl(error.message)}`];
  if (error.hint !== undefined) lines.push(escapeControl(error.hint));
  const origin = [
    error.code === undefined ? undefined : `Twilio error ${escapeControl(String(error.code))}`,
    error.requestId === undefined ? undefined : `request ${escapeControl(error.requestId)}`,
  ].filter((part) => part !== undefined);
  if (origin.length > 0) lines.push(style.dim(`(${origin.join(', ')})`));
  return lines.join('\n');
}

function errorAsJson(error: AppError): string {
  const { kind, message, hint, status, code, oauthError, moreInfo, requestId } = error;
  const names = { oauth_error: oauthError, more_info: moreInfo, request_id: requestId };
  const members = { kind, message, hint, status, code, ...names };
  return terminalSafeJson(JSON.stringify({ error: members }));
}
