import { Writable } from 'node:stream';
import type { JobControl } from './job-control.ts';

type Input = NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };
type Output = NodeJS.WritableStream & { columns?: number; rows?: number };

interface Key {
  ctrl?: boolean;
  meta?: boolean;
  name?: string;
}

const showCursor = '\x1b[?25h';
/** Start of inquirer's output when it redraws a question. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences themselves
const drawnOver = /^(?:\x1b\[\d*B)?(?:\x1b\[2K(?:\x1b\[1?A)?)*\x1b\[2K\x1b\[G/;

/** The output of a question. Keeps the part that is needed to draw it again. */
export class Drawn extends Writable {
  readonly #output: Output;
  #last = '';

  constructor(output: Output) {
    super();
    this.#output = output;
  }

  get columns(): number | undefined {
    return this.#output.columns;
  }

  get rows(): number | undefined {
    return this.#output.rows;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString();
    const over = drawnOver.exec(text)?.[0];
    this.#last = over === undefined ? this.#last + text : text.slice(over.length);
    this.#output.write(text);
    done();
  }

  /** Draws the question at the cursor, which the shell has left on a new line. */
  again(): void {
    this.#output.write(this.#last);
  }
}

/**
 * Lets Ctrl-Z stop the program at a question, and `fg` continue it. Without job control readline stops reading after
 * `fg`, and the text typed then, such as a secret, goes to the shell. Returns a function that ends the job control.
 */
export function withJobControl(input: Input, output: Output, drawn: Drawn, job: JobControl): () => void {
  const unwatch = job.watch({
    stops() {
      output.write(showCursor);
      input.setRawMode?.(false);
    },
    resumes() {
      // The shell has changed the terminal's mode unknown to Node, which sets a mode only when its own record differs.
      input.setRawMode?.(false);
      input.setRawMode?.(true);
    },
    redraw: () => drawn.again(),
  });
  const onKey = (_text: unknown, key: Key | undefined): void => {
    if (!key?.ctrl || key.name !== 'z') return;
    // Readline receives the key next, and ignores this one.
    Object.assign(key, { ctrl: false, meta: true, name: 'suspend' });
    job.suspend();
  };
  input.prependListener('keypress', onKey);
  return () => {
    unwatch();
    input.off('keypress', onKey);
  };
}
