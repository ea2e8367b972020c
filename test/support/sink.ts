import { Writable } from 'node:stream';

/** A stream that keeps what is written to it, each write as a piece of its own. */
export class Sink extends Writable {
  readonly pieces: string[] = [];
  isTTY?: boolean;
  columns?: number;

  /** A terminal so many columns wide. */
  static terminal(columns: number): Sink {
    return Object.assign(new Sink(), { isTTY: true, columns });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.pieces.push(chunk.toString());
    done();
  }

  text(): string {
    return this.pieces.join('');
  }
}
