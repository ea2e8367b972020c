import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { checkClientSecret } from '../login/config/credential-text.ts';
import { usageError } from '../platform/core/errors.ts';
import type { Secret } from '../platform/core/secret.ts';
import type { Context } from './context.ts';

/** Reads the client secret from standard input, in any encoding that shells use for pipes. */
export async function readSecretFromStdin({ runtime }: Context): Promise<Secret> {
  const secret = decode(await buffer(addAbortSignal(runtime.signal, runtime.stdin)));
  if (secret.trim() === '') {
    throw usageError(
      'Standard input contains no client secret',
      'Pipe in the client secret and nothing else',
    );
  }
  return checkClientSecret(secret, 'The client secret on standard input');
}

/** UTF-16 with a byte order mark, as PowerShell 5 writes it; otherwise UTF-8. */
function decode(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw usageError(
      'The client secret on standard input is not text',
      'Pipe it in as UTF-8, or as UTF-16 with a byte order mark',
    );
  }
}
