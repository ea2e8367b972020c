import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../../platform/core/secret.ts';

/**
 * The encrypted file: a JSON object with the parameters of the key derivation, and the accounts under AES-256-GCM (NIST
 * SP 800-38D) with a new nonce for each write. The readable members are authenticated.
 */
interface Envelope extends KdfParams {
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

/** Key derivation from a passphrase: the cost, the salt and a value that identifies the key. */
export interface KdfParams extends Cost {
  salt: Buffer;
  check: Buffer;
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

/** A key for a new file, with a fresh salt. */
export async function newKey(passphrase: Secret, cost = defaultCost): Promise<Key> {
  const salt = randomBytes(16);
  const { bytes, check } = await derive(passphrase, { ...cost, salt });
  return { recipe: { ...cost, salt, check }, bytes };
}

/** The key of a file; `undefined` for a wrong passphrase. */
export async function deriveKey(passphrase: Secret, recipe: KdfParams): Promise<Key | undefined> {
  const { bytes, check } = await derive(passphrase, recipe);
  return timingSafeEqual(check, recipe.check) ? { recipe, bytes } : undefined;
}

/** True when the key is strong enough to write the file with it again. */
export function meetsCurrentCost({ N, r, p }: KdfParams, cost = defaultCost): boolean {
  return N >= cost.N && r >= cost.r && p >= cost.p;
}

export function sameKdfParams(one: KdfParams, other: KdfParams): boolean {
  return associated(one).equals(associated(other));
}

export function seal(accounts: Map<string, string>, { recipe, bytes }: Key): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', bytes, nonce, { authTagLength: 16 });
  cipher.setAAD(associated(recipe));
  const data = Buffer.concat([cipher.update(JSON.stringify([...accounts]), 'utf8'), cipher.final()]);
  const { N, r, p, salt, check } = recipe;
  const envelope = {
    about: 'credentials of twilio-org, encrypted with a passphrase',
    ...form,
    ...{ N, r, p },
    salt: salt.toString('base64'),
    check: check.toString('base64'),
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
  return `${JSON.stringify(envelope, undefined, 2)}\n`;
}

export function unseal(envelope: Envelope, { bytes }: Key): Map<string, string> {
  const decipher = createDecipheriv('aes-256-gcm', bytes, envelope.nonce, { authTagLength: 16 });
  decipher.setAAD(associated(envelope));
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
  if (typeof value.version === 'number' && value.version > form.version) {
    throw new EnvelopeError('was written by a newer version of twilio-org');
  }
  if (Object.entries(form).some(([member, known]) => value[member] !== known)) {
    throw new EnvelopeError('is not a credentials file of twilio-org');
  }
  const { N, r, p } = value;
  // At most 256 MiB and four rounds: a foreign file must not exhaust the machine.
  if (
    !isWithin(N, lowestCost.N, 2 ** 18) ||
    !Number.isInteger(Math.log2(N)) ||
    !isWithin(r, lowestCost.r, 8) ||
    !isWithin(p, lowestCost.p, 4)
  ) {
    throw new EnvelopeError('is damaged: its scrypt parameters are out of bounds');
  }
  return {
    ...{ N, r, p },
    salt: bytesOf(value, 'salt', 16),
    check: bytesOf(value, 'check', 16),
    nonce: bytesOf(value, 'nonce', 12),
    tag: bytesOf(value, 'tag', 16),
    data: bytesOf(value, 'data'),
  };
}

const form = { version: 1, kdf: 'scrypt', cipher: 'aes-256-gcm' };

function associated({ N, r, p, salt, check }: KdfParams): Buffer {
  const recipe = { ...form, N, r, p, salt: salt.toString('base64'), check: check.toString('base64') };
  return Buffer.from(JSON.stringify(recipe), 'utf8');
}

/** Derives 32 bytes of key, and 16 independent bytes that distinguish a wrong passphrase from a damaged file. */
async function derive(
  passphrase: Secret,
  recipe: Omit<KdfParams, 'check'>,
): Promise<{ bytes: Buffer; check: Buffer }> {
  const { N, r, p, salt } = recipe;
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
