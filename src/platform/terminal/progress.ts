/** A line about work in progress, on stderr. */
export interface Progress {
  /** One more has come to its end, or has been there since `before`, which says nothing of the rate. */
  add(how: 'done' | 'failed' | 'before'): void;
  /** Takes the line off the terminal, because something else is written there; it comes back by itself. */
  clear(): void;
  end(): void;
}

export const noProgress: Progress = {
  add: () => undefined,
  clear: () => undefined,
  end: () => undefined,
};

/** Work that ends sooner shows no line. */
const firstLineAfterMs = 1_000;
const redrawMs = 200;
const lineMs = 10_000;
/** The rate is that of the last seconds: unchanged rows pass quickly, and a service changes its limits. */
const rateWindowMs = 10_000;

export interface ProgressOptions {
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** True on a terminal, where the line is redrawn in place. */
  live: boolean;
  /** The number of items. */
  all: number;
  now: () => number;
}

/** On a terminal one line that is redrawn; elsewhere a line every ten seconds. */
export function createProgress({ stderr, live, all, now }: ProgressOptions): Progress {
  const started = now();
  let done = 0;
  let failed = 0;
  let drawn = '';
  const samples = [{ at: started, done }];
  function show(): void {
    const at = now();
    while (samples[1] !== undefined && samples[1].at <= at - rateWindowMs) samples.shift();
    const [{ at: since, done: before }] = samples as [(typeof samples)[0]];
    samples.push({ at, done });
    if (at - started < firstLineAfterMs) return;
    const text = formatProgress({ done, failed, all }, ((done - before) * 1000) / Math.max(at - since, 1));
    if (!live) stderr.write(`${text}\n`);
    else draw(text.slice(0, Math.max(0, (stderr.columns || 80) - 1)));
  }
  function draw(text: string): void {
    if (text !== drawn) stderr.write(`${drawn === '' ? '' : '\r\x1b[K'}${text}`);
    drawn = text;
  }
  const timer = setInterval(show, live ? redrawMs : lineMs).unref();
  return {
    add(how) {
      done += 1;
      if (how === 'failed') failed += 1;
      if (how === 'before') for (const sample of samples) sample.done += 1;
    },
    clear: () => draw(''),
    end() {
      clearInterval(timer);
      draw('');
    },
  };
}

export interface Counts {
  /** The failed ones among them. */
  done: number;
  failed: number;
  all: number;
}

/** `120 of 1000, 3 failed, 19.8/s, 45 s left`. @param rate how many a second */
export function formatProgress({ done, failed, all }: Counts, rate: number): string {
  const parts = [`${done} of ${all}`, `${failed} failed`, `${rate.toFixed(1)}/s`];
  return (rate > 0 ? [...parts, `${duration(Math.ceil((all - done) / rate))} left`] : parts).join(', ');
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
