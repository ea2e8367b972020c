import type { Activity } from '../core/activity.ts';

/** A line on stderr that moves while the program waits. Everything else that draws on the terminal comes first. */
export interface Spinner extends Activity {
  /** Takes the line off the terminal, because something else is written. A wait that goes on shows it again later. */
  clear(): void;
  /** Keeps the line off while something else has the terminal, such as a question. Returns a function that ends that. */
  suspend(): () => void;
}

export const noSpinner: Spinner = {
  begin: () => () => undefined,
  clear: () => undefined,
  suspend: () => () => undefined,
};

/** A shorter wait shows nothing. */
const firstAfterMs = 500;
const frameMs = 100;
/** Requests that follow each other at once are one wait. */
const maxGapMs = 200;

/** The cursor stays visible, so that a program that is killed leaves nothing to restore. */
const toLineStart = '\r\x1b[K';

export interface SpinnerOptions {
  stderr: NodeJS.WritableStream & { columns?: number };
  now: () => number;
  /** Characters that are drawn in turn. */
  frames: readonly string[];
  /** The line ends for good when it aborts. */
  signal: AbortSignal;
}

export function createSpinner({ stderr, now, frames, signal }: SpinnerOptions): Spinner {
  const waits: { what: string; until: number | undefined }[] = [];
  let suspended = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Beginning of the wait, and the end of its last part. */
  let since = 0;
  let idleSince = Number.NEGATIVE_INFINITY;
  let frame = 0;
  let isDrawn = false;

  function clear(): void {
    since = now();
    if (!isDrawn) return;
    isDrawn = false;
    stderr.write(toLineStart);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    clear();
  }

  function tick(): void {
    const wait = waits.at(-1);
    if (wait === undefined) {
      if (now() - idleSince >= maxGapMs) stop();
      return;
    }
    if (suspended > 0 || now() - since < firstAfterMs) return;
    const seconds = wait.until === undefined ? 0 : Math.ceil((wait.until - now()) / 1000);
    const text = `${frames[frame++ % frames.length]} ${wait.what}${seconds > 0 ? ` ${seconds} s` : ''}…`;
    stderr.write(`${isDrawn ? toLineStart : ''}${text.slice(0, Math.max(0, (stderr.columns || 80) - 1))}`);
    isDrawn = true;
  }

  signal.addEventListener('abort', stop);
  return {
    begin(what, until) {
      const wait = { what, until };
      if (signal.aborted) return () => undefined;
      if (waits.length === 0 && now() - idleSince >= maxGapMs) since = now();
      waits.push(wait);
      timer ??= setInterval(tick, frameMs).unref();
      return () => {
        const at = waits.indexOf(wait);
        if (at !== -1) waits.splice(at, 1);
        if (waits.length === 0) idleSince = now();
      };
    },
    clear,
    suspend() {
      clear();
      suspended += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        suspended -= 1;
        since = now();
      };
    },
  };
}

/** Braille dots where the terminal is likely to have them, ASCII elsewhere. */
export function spinnerFrames(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): readonly string[] {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const isUnicode =
    platform === 'win32'
      ? Boolean(env.WT_SESSION || env.TERM_PROGRAM)
      : env.TERM !== 'linux' && (platform === 'darwin' || /utf-?8/i.test(locale));
  return [...(isUnicode ? '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏' : '-\\|/')];
}
