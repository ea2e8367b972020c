import { text } from 'node:stream/consumers';

/** How large an answer may be when nothing else is said: twice what 100,000 users take. Bytes, decompressed. */
export const largestAnswer = 128 * 1024 * 1024;

export const answerTooLarge = 'ERR_ANSWER_TOO_LARGE';

/** The whole text of a body. Rejects as soon as it is longer than `most` bytes, and reads no further. */
export function boundedText(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  async function* upToMost() {
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      yield chunk;
    }
  }
  return text(upToMost());
}

function tooLarge(most: number): Error {
  const megabytes = Math.round((most / 1024 / 1024) * 100) / 100;
  return Object.assign(new Error(`it is larger than ${megabytes} MB`), { code: answerTooLarge });
}
