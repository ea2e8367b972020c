import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

/** A running pager. */
export interface PagerProcess {
  input: Writable;
  /** Resolves when the pager has ended: to false when it could not be run. */
  ended: Promise<boolean>;
}

export interface PagedOptions {
  stdout: NodeJS.WritableStream & { columns?: number; rows?: number };
  start: () => PagerProcess;
  /** Called when the pager could not be run. The text is then printed without it. */
  onFailure: () => void;
}

/**
 * The output of one list. What fits on the screen is printed when the list ends; a longer list goes through the pager. A
 * pager that is quit fails the next write with EPIPE, as the reader of a pipe does.
 */
export class PagedStream extends Writable {
  readonly #options: PagedOptions;
  /** Everything so far, for the case that the pager can't be run. */
  readonly #chunks: string[] = [];
  #lines = 0;
  #pager: PagerProcess | undefined;
  #isDirect = false;

  constructor(options: PagedOptions) {
    super({ decodeStrings: false });
    this.#options = options;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#put(chunk.toString()).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.finish().then(() => done(), done);
  }

  /** Shows what is left, and waits until the pager has ended. */
  async finish(): Promise<void> {
    if (this.#isDirect) return;
    if (this.#pager === undefined) return this.#printDirectly();
    this.#pager.input.end();
    if (!(await this.#pager.ended)) await this.#fallBack();
  }

  async #put(text: string): Promise<void> {
    const { stdout, start } = this.#options;
    if (this.#isDirect) return write(stdout, text);
    this.#chunks.push(text);
    if (this.#pager !== undefined) return this.#send(text);
    this.#lines += screenLines(text, stdout.columns || 80);
    // The last line of the screen is for the prompt of the shell.
    if (this.#lines < (stdout.rows || 24)) return;
    this.#pager = start();
    this.#pager.input.on('error', () => undefined);
    await this.#send(this.#chunks.join(''));
  }

  async #send(text: string): Promise<void> {
    const pager = this.#pager;
    if (pager === undefined) return;
    try {
      await write(pager.input, text);
    } catch (error) {
      if (await pager.ended) throw error;
      await this.#fallBack();
    }
  }

  async #fallBack(): Promise<void> {
    if (this.#isDirect) return;
    this.#options.onFailure();
    await this.#printDirectly();
  }

  async #printDirectly(): Promise<void> {
    this.#isDirect = true;
    const text = this.#chunks.join('');
    if (text !== '') await write(this.#options.stdout, text);
  }
}

function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** The lines that a text takes on a screen, where long ones continue on the next. */
export function screenLines(text: string, columns: number): number {
  const lines = text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined);
  return lines
    .map((line) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)))
    .reduce((sum, count) => sum + count, 0);
}
