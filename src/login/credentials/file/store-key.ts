import { usageError } from '../../../platform/core/errors.ts';
import type { Secret } from '../../../platform/core/secret.ts';

/** The bytes of TWILIO_ORG_STORE_KEY. @throws usage for anything but 32 bytes, without showing it */
export function decodeStoreKey(key: Secret): Buffer {
  const text = key.reveal();
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (isBase64 && bytes.length === 32) return bytes;
  const found = isBase64 ? `${bytes.length} bytes` : 'no base64';
  throw usageError(
    `TWILIO_ORG_STORE_KEY is not a key of 32 bytes in base64: it has ${found}`,
    'To make one: openssl rand -base64 32',
  );
}
