/** Messages for a person or the log of a job. Each argument is one line; control characters in it are escaped. */
export interface Log {
  /** Progress and remarks; silent in quiet mode. */
  note(...lines: string[]): void;
  /** Essential lines, also in quiet mode. */
  say(...lines: string[]): void;
  /** A warning, also in quiet mode. */
  warn(...lines: string[]): void;
}
