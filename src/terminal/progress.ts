/** How far a run is. */
export interface Counts {
  done: number;
  failed: number;
  all: number;
}

/** A line about a run under way, on stderr. */
export interface Progress {
  update(counts: Counts): void;
  /** Takes the line off the terminal while something else is written there, and at the end. */
  clear(): void;
}

export const noProgress: Progress = { update: () => undefined, clear: () => undefined };

/** What is over sooner needs no line; milliseconds. */
const soon = 1_000;
const redrawEvery = 200;
const lineEvery = 10_000;

export interface ProgressOptions {
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Whether the line may be drawn over itself. */
  live: boolean;
  now: () => number;
}

/** On a terminal one line that is drawn anew; elsewhere a line every ten seconds at most. */
export function createProgress({ stderr, live, now }: ProgressOptions): Progress {
  const started = now();
  let last = started;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\x1b[K');
    drawn = false;
  };
  return {
    clear,
    update(counts) {
      const at = now();
      if (at - started < soon || at - last < (live ? redrawEvery : lineEvery)) return;
      last = at;
      const text = progressLine(counts, at - started);
      clear();
      if (live) stderr.write(text.slice(0, Math.max(0, (stderr.columns ?? 80) - 1)));
      else stderr.write(`${text}\n`);
      drawn = live;
    },
  };
}

/** `120 of 1000, 3 failed, 19.8/s, 45 s left`. @param elapsed milliseconds */
export function progressLine({ done, failed, all }: Counts, elapsed: number): string {
  const rate = done / Math.max(elapsed / 1000, 0.001);
  const left = rate === 0 ? undefined : Math.ceil((all - done) / rate);
  const parts = [`${done} of ${all}`, `${failed} failed`, `${rate.toFixed(1)}/s`];
  return [...parts, ...(left === undefined ? [] : [`${duration(left)} left`])].join(', ');
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
