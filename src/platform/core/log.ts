/** Tells a person, or the log of a job, what happens. Each argument is one line, and data in it can't break out of it. */
export interface Log {
  /** Progress and remarks; nothing under `--quiet`. */
  note(...lines: string[]): void;
  /** Lines that the rest needs to make sense, also under `--quiet`. */
  say(...lines: string[]): void;
  /** A warning, also under `--quiet`. */
  warn(...lines: string[]): void;
}
