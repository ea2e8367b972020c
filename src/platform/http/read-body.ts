import type { IncomingHttpHeaders } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { countReceived } from '../core/long-lists.ts';
import type { BodyReader, HttpResponse } from './types.ts';

/** Default limit of a decompressed response: twice the size of 100,000 users. */
export const defaultMaxResponseBytes = 128 * 1024 * 1024;

export const responseTooLarge = 'ERR_RESPONSE_TOO_LARGE';

export const unknownEncoding = 'ERR_ENCODING_UNKNOWN';

/** Value of `Accept-Encoding`. Some servers send other encodings anyway. */
export const acceptedEncoding = 'gzip';

/** Head of a response, and the limit of its decompressed body. */
interface Head {
  status: number;
  headers: IncomingHttpHeaders;
  maxBytes: number;
}

/** Reads a whole body, decoded by its `Content-Encoding` (RFC 9110, section 8.4), as text or with the reader. */
export async function readBody(
  body: Readable,
  head: Head,
  reader?: BodyReader,
): Promise<Pick<HttpResponse, 'text' | 'read'>> {
  const isJson = /\bjson\b/i.test(head.headers['content-type'] ?? '');
  if (reader === undefined || head.status !== 200 || !isJson) {
    return { text: await decoded(body, head, (bytes) => text(bytes)) };
  }
  return { text: '', read: { value: await decoded(body, head, reader) } };
}

async function decoded<T>(
  body: Readable,
  { status, headers, maxBytes }: Head,
  read: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const empty = status === 204 || headers['content-length'] === '0';
  const encodings = empty ? [] : encodingsIn(headers['content-encoding']);
  if (encodings.length === 0) return read(upToLimit(body, maxBytes));
  const [zlib, { pipeline }] = await Promise.all([import('node:zlib'), import('node:stream/promises')]);
  // The last encoding was applied last.
  const unpackers = encodings.reverse().map((encoding) => unpackerFor(encoding, zlib));
  const unpacked = unpackers.at(-1) as Transform;
  const [whole] = await Promise.all([read(upToLimit(unpacked, maxBytes)), pipeline([body, ...unpackers])]);
  return whole;
}

/** The encodings of a body, in the order of their application. */
function encodingsIn(header: string | string[] | undefined): string[] {
  const names = [header ?? ''].flat().join(',').toLowerCase().split(',');
  const encodings = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  const unknown = encodings.find((encoding) => !/^(x-)?gzip$|^deflate$|^br$/.test(encoding));
  if (unknown !== undefined || encodings.length > 2) {
    const shown = (unknown ?? encodings.join(', ')).slice(0, 40);
    const message = `it is encoded as "${shown}", which was not asked for`;
    throw Object.assign(new Error(message), { code: unknownEncoding });
  }
  return encodings;
}

function unpackerFor(encoding: string, zlib: typeof import('node:zlib')): Transform {
  return encoding === 'br' ? zlib.createBrotliDecompress() : zlib.createUnzip();
}

async function* upToLimit(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    countReceived(chunk.length);
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): Error {
  const megabytes = Math.round((maxBytes / 1024 / 1024) * 100) / 100;
  return Object.assign(new Error(`it is larger than ${megabytes} MB`), { code: responseTooLarge });
}
