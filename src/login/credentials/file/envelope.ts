import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import type { Secret } from '../../../platform/core/secret.ts';

/**
 * The encrypted file: a JSON object with the parameters of the key derivation, and the accounts under AES-256-GCM (NIST
 * SP 800-38D) with a new nonce for each write. The readable members are authenticated.
 */
export interface Envelope {
  recipe: KdfParams;
  nonce: Buffer;
  tag: Buffer;
  data: Buffer;
}

/** The parameters of scrypt (RFC 7914, section 2). */
export interface Cost {
  N: number;
  r: number;
  p: number;
}

/** Key derivation, with the salt and a value that identifies the key. */
export type KdfParams = (ScryptParams | HkdfParams) & { salt: Buffer; check: Buffer };

/** From a passphrase, which is stretched. */
interface ScryptParams extends Cost {
  kdf: 'scrypt';
}

/** From a random key (RFC 5869), which needs no stretching. */
interface HkdfParams {
  kdf: 'hkdf-sha256';
}

export interface Key {
  recipe: KdfParams;
  bytes: Buffer;
}

/** 32 MiB and three rounds, about a third of a second: a setting from OWASP's Password Storage Cheat Sheet. */
const defaultCost: Cost = { N: 2 ** 15, r: 8, p: 3 };

/** 16 MiB and one round: a file with a cheaper key is refused. */
export const lowestCost: Cost = { N: 2 ** 14, r: 8, p: 1 };

/** The file is damaged or foreign. The message continues a sentence that begins with the file's name. */
export class EnvelopeError extends Error {}

/** A key for a new file under a passphrase, with a fresh salt. */
export async function newKey(passphrase: Secret, cost = defaultCost): Promise<Key> {
  const { N, r, p } = cost;
  const params = { kdf: 'scrypt', N, r, p, salt: randomBytes(16) } as const;
  const { bytes, check } = await stretch(passphrase, params);
  return { recipe: { ...params, check }, bytes };
}

/** A key for a new file under a random key, with a fresh salt. */
export function newKeyFrom(random: Buffer): Key {
  const params = { kdf: 'hkdf-sha256', salt: randomBytes(16) } as const;
  const { bytes, check } = expand(random, params.salt);
  return { recipe: { ...params, check }, bytes };
}

/** The key of a file under a passphrase; `undefined` for a wrong passphrase. */
export async function deriveKey(
  passphrase: Secret,
  recipe: KdfParams & ScryptParams,
): Promise<Key | undefined> {
  const { bytes, check } = await stretch(passphrase, recipe);
  return timingSafeEqual(check, recipe.check) ? { recipe, bytes } : undefined;
}

/** The key of a file under a random key; `undefined` for a wrong one. */
export function deriveKeyFrom(random: Buffer, recipe: KdfParams & HkdfParams): Key | undefined {
  const { bytes, check } = expand(random, recipe.salt);
  return timingSafeEqual(check, recipe.check) ? { recipe, bytes } : undefined;
}

/** True when the key is strong enough to write the file with it again. */
export function meetsCurrentCost(recipe: KdfParams, cost = defaultCost): boolean {
  return recipe.kdf !== 'scrypt' || (recipe.N >= cost.N && recipe.r >= cost.r && recipe.p >= cost.p);
}

export function sameKdfParams(one: KdfParams, other: KdfParams): boolean {
  return associated(one).equals(associated(other));
}

export function seal(accounts: Map<string, string>, { recipe, bytes }: Key): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', bytes, nonce, { authTagLength: 16 });
  cipher.setAAD(associated(recipe));
  const data = Buffer.concat([cipher.update(JSON.stringify([...accounts]), 'utf8'), cipher.final()]);
  const envelope = {
    about: `credentials of twilio-org, encrypted with ${recipe.kdf === 'scrypt' ? 'a passphrase' : 'a random key'}`,
    ...readable(recipe),
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
  return `${JSON.stringify(envelope, undefined, 2)}\n`;
}

export function unseal(envelope: Envelope, { bytes }: Key): Map<string, string> {
  const decipher = createDecipheriv('aes-256-gcm', bytes, envelope.nonce, { authTagLength: 16 });
  decipher.setAAD(associated(envelope.recipe));
  decipher.setAuthTag(envelope.tag);
  try {
    const text = decipher.update(envelope.data, undefined, 'utf8') + decipher.final('utf8');
    // Authenticated: this program wrote it.
    const accounts: [string, string][] = JSON.parse(text);
    return new Map(accounts);
  } catch {
    throw new EnvelopeError('is damaged: its contents were changed or cut');
  }
}

/** Parses and validates the file's parameters. Throws for a file that this program would not have written. */
export function parseEnvelope(text: string): Envelope {
  const file = parseJson(text);
  if (typeof file !== 'object' || file === null) throw new EnvelopeError('is damaged: it is not JSON');
  const value: Partial<Record<string, unknown>> = { ...file };
  if (typeof value.version === 'number' && value.version > newestVersion) {
    throw new EnvelopeError('was written by a newer version of twilio-org');
  }
  const form = forms.find((one) => Object.entries(one).every(([member, known]) => value[member] === known));
  if (form === undefined) throw new EnvelopeError('is not a credentials file of twilio-org');
  const params = form.kdf === 'scrypt' ? { kdf: form.kdf, ...costIn(value) } : { kdf: form.kdf };
  return {
    recipe: { ...params, salt: bytesOf(value, 'salt', 16), check: bytesOf(value, 'check', 16) },
    nonce: bytesOf(value, 'nonce', 12),
    tag: bytesOf(value, 'tag', 16),
    data: bytesOf(value, 'data'),
  };
}

/** Version 2 came with the random key. A file under a passphrase stays at version 1, which older programs open. */
const forms = [
  { version: 1, kdf: 'scrypt', cipher: 'aes-256-gcm' },
  { version: 2, kdf: 'hkdf-sha256', cipher: 'aes-256-gcm' },
] as const;

const newestVersion = 2;

function costIn({ N, r, p }: Partial<Record<string, unknown>>): Cost {
  // At most 256 MiB and four rounds: a foreign file must not exhaust the machine.
  if (
    !isWithin(N, lowestCost.N, 2 ** 18) ||
    !Number.isInteger(Math.log2(N)) ||
    !isWithin(r, lowestCost.r, 8) ||
    !isWithin(p, lowestCost.p, 4)
  ) {
    throw new EnvelopeError('is damaged: its scrypt parameters are out of bounds');
  }
  return { N, r, p };
}

/** The readable members, in the order in which they are authenticated. */
function readable(recipe: KdfParams): Record<string, string | number> {
  const cost = recipe.kdf === 'scrypt' ? { N: recipe.N, r: recipe.r, p: recipe.p } : {};
  return {
    ...forms.find(({ kdf }) => kdf === recipe.kdf),
    ...cost,
    salt: recipe.salt.toString('base64'),
    check: recipe.check.toString('base64'),
  };
}

function associated(recipe: KdfParams): Buffer {
  return Buffer.from(JSON.stringify(readable(recipe)), 'utf8');
}

/** Derives 32 bytes of key, and 16 independent bytes that distinguish a wrong passphrase from a damaged file. */
async function stretch(
  passphrase: Secret,
  { N, r, p, salt }: Cost & { salt: Buffer },
): Promise<{ bytes: Buffer; check: Buffer }> {
  // Some systems compose "é", others use two characters: both are the same passphrase.
  const text = passphrase.reveal().normalize('NFC');
  const output = await new Promise<Buffer>((resolve, reject) => {
    // Node's default limit is 32 MiB. Twice the table of N blocks leaves room for the rest.
    scrypt(text, salt, 48, { N, r, p, maxmem: 2 * 128 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
  return { bytes: output.subarray(0, 32), check: output.subarray(32) };
}

/** The same from a random key, whose 256 bits nobody can guess. */
function expand(random: Buffer, salt: Buffer): { bytes: Buffer; check: Buffer } {
  const output = Buffer.from(hkdfSync('sha256', random, salt, 'twilio-org credentials', 48));
  return { bytes: output.subarray(0, 32), check: output.subarray(32) };
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function bytesOf(value: Partial<Record<string, unknown>>, member: string, length?: number): Buffer {
  const text = value[member];
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (bytes.toString('base64') === text && (length === undefined || bytes.length === length)) return bytes;
  throw new EnvelopeError(`is damaged: "${member}" is missing or cut`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
