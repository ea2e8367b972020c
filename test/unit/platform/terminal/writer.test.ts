import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createWriter } from '../../../../src/platform/terminal/writer.ts';
import { Sink } from '../../../support/sink.ts';

test('a writer passes text to the stream in chunks of about 64 KB, in order', async () => {
  const sink = new Sink();
  const writer = createWriter(sink);
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) await writer.write(line);
  await writer.flush();
  expect(sink.text()).toBe(lines.join(''));
  expect(sink.pieces.length).toBeLessThan(10);
  expect(Math.max(...sink.pieces.map((piece) => piece.length))).toBeLessThan(70_000);
});

test('a writer passes a line on without waiting for the next', async () => {
  const sink = new Sink();
  const writer = createWriter(sink);
  writer.write('first\n');
  expect(sink.text()).toBe('');
  await nextTurn();
  await nextTurn();
  expect(sink.text()).toBe('first\n');
});

test('a slow stream holds the writer back', async () => {
  let release = (): void => undefined;
  const slow = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      release = done;
    },
  });
  const writer = createWriter(slow);
  let written = false;
  const pause = writer.write('x'.repeat(100_000))?.then(() => {
    written = true;
  });
  await nextTurn();
  expect(written).toBe(false);
  release();
  await pause;
  expect(written).toBe(true);
});

test('a failed write rejects with its error, then and later, and nothing is left unhandled', async () => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
  });
  const writer = createWriter(broken);
  writer.write('a');
  await nextTurn();
  await nextTurn();
  await expect(writer.write('b')).rejects.toMatchObject({ code: 'EPIPE' });
  await expect(writer.flush()).rejects.toMatchObject({ code: 'EPIPE' });
});

test('many writers of one stream listen to it once', () => {
  const sink = new Sink();
  for (let count = 0; count < 20; count += 1) createWriter(sink);
  expect(sink.listenerCount('error')).toBe(1);
});
