import { EventEmitter } from 'node:events';
import { emitKeypressEvents } from 'node:readline';

interface Key {
  name?: string | undefined;
  sequence?: string | undefined;
  ctrl?: boolean;
  meta?: boolean;
  shift?: boolean;
}

type TerminalInput = NodeJS.ReadableStream & {
  isTTY?: boolean;
  readableFlowing?: boolean | null;
  setRawMode?: (mode: boolean) => unknown;
};

/**
 * The input of a question. Text that arrives in one chunk, as a paste does, is one key press. A question is redrawn
 * after each key press: otherwise a paste of 4,000 characters would be drawn 4,000 times.
 */
export class TextInput extends EventEmitter {
  readonly #stdin: TerminalInput;
  #text = '';
  #key: Key = {};

  constructor(stdin: TerminalInput) {
    super();
    this.#stdin = stdin;
    emitKeypressEvents(stdin);
    stdin.on('keypress', this.#onKey);
    stdin.on('end', this.#onEnd);
  }

  /** Stops listening at the end of the question. */
  release(): void {
    this.#stdin.off('keypress', this.#onKey);
    this.#stdin.off('end', this.#onEnd);
  }

  get isTTY(): boolean | undefined {
    return this.#stdin.isTTY;
  }

  get readableFlowing(): boolean | null | undefined {
    return this.#stdin.readableFlowing;
  }

  setRawMode(mode: boolean): this {
    this.#stdin.setRawMode?.(mode);
    return this;
  }

  resume(): this {
    this.#stdin.resume();
    return this;
  }

  pause(): this {
    this.#stdin.pause();
    return this;
  }

  readonly #onEnd = (): void => {
    this.#flush();
    this.emit('end');
  };

  readonly #onKey = (text: string | undefined, key: Key): void => {
    const isText = text !== undefined && !key.ctrl && !key.meta && !/\p{Cc}/u.test(text);
    if (!isText) {
      this.#flush();
      this.emit('keypress', text, key);
      return;
    }
    // The key presses of one chunk of input follow each other without a pause.
    if (this.#text === '') queueMicrotask(() => this.#flush());
    this.#text += text;
    this.#key = key;
  };

  #flush(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    this.emit('keypress', text, [...text].length === 1 ? this.#key : { sequence: text });
  }
}
