import { createHash } from 'node:crypto';

/**
 * The layout of a secret in the keychain. The entry under the account's own name is the index: a JSON text with the
 * secret, or, if that is too long for one entry, with the names of its parts. The parts of one write share a random
 * generation, so that parts of two writes can't be joined. The checksum shows if all parts are there. The index also
 * lists old generations that may still exist, so that they can be removed later.
 */
export interface ChunkIndex {
  /** The account's name: Windows treats names that differ only in case as one. */
  account: string;
  secret?: string;
  parts?: ChunkSet;
  leftover: Generation[];
}

export interface Generation {
  generation: string;
  count: number;
}

export interface ChunkSet extends Generation {
  /** SHA-256 of the whole secret in UTF-8, in hex. */
  sha256: string;
}

/**
 * Maximum characters of an entry. Windows' Credential Manager holds 2,560 bytes of UTF-16
 * (CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h). All systems use this limit, so that a test on one system holds for all.
 */
export const maxEntryLength = 1280;

/** An index that contains the secret may grow later, by its list of leftovers. */
const leftoverLimit = 8;
const roomForLeftovers = JSON.stringify({
  leftover: Array(leftoverLimit).fill(['0123456789abcdef', 9999]),
}).length;

export function formatIndex(head: ChunkIndex): string {
  const { account, secret, parts } = head;
  return JSON.stringify({
    v: 1,
    account,
    ...(secret !== undefined && { secret }),
    ...(parts && { generation: parts.generation, parts: parts.count, sha256: parts.sha256 }),
    ...(head.leftover.length > 0 && {
      leftover: head.leftover.slice(-leftoverLimit).map(({ generation, count }) => [generation, count]),
    }),
  });
}

/** Returns `undefined` for a text that is no index of this program. */
export function parseIndex(text: string): ChunkIndex | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value.v !== 1 || typeof value.account !== 'string') return undefined;
  const { account } = value;
  const leftover = Array.isArray(value.leftover) ? value.leftover.map(generationOf) : [];
  if (!leftover.every((each) => each !== undefined)) return undefined;
  if (typeof value.secret === 'string') return { account, secret: value.secret, leftover };
  if (value.generation === undefined) return { account, leftover };
  const generation = generationOf([value.generation, value.parts]);
  if (!generation || typeof value.sha256 !== 'string') return undefined;
  return { account, parts: { ...generation, sha256: value.sha256 }, leftover };
}

/** True when the index itself can hold the secret. */
export function fitsInline(account: string, secret: string): boolean {
  return formatIndex({ account, secret, leftover: [] }).length + roomForLeftovers <= maxEntryLength;
}

/** The names of a generation's parts. Profile names contain no slash, so an account can't be mistaken for a part. */
export function chunkNames(account: string, { generation, count }: Generation): string[] {
  return Array.from({ length: count }, (_, index) => `${account}/${generation}/${index + 1}`);
}

export function splitIntoChunks(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + maxEntryLength, text.length);
    // Keeps surrogate pairs together: half a pair would be read back as U+FFFD.
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    parts.push(text.slice(at, end));
    at = end;
  }
  return parts;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function generationOf(value: unknown): Generation | undefined {
  if (!Array.isArray(value)) return undefined;
  const [generation, count]: unknown[] = value;
  if (typeof generation !== 'string' || !/^[0-9a-f]{16}$/.test(generation)) return undefined;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 9999) return undefined;
  return { generation, count };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
