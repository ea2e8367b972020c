import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Context } from '../../context.ts';
import { usageError } from '../../errors.ts';
import { Secret } from '../../secret.ts';

/** The client secret that was piped in: all of it but a line break at its end. */
export async function secretOnStdin({ runtime }: Context): Promise<Secret> {
  const secret = (await text(addAbortSignal(runtime.signal, runtime.stdin))).replace(/\r?\n$/, '');
  if (secret === '') {
    throw usageError('There was no client secret on standard input', 'Pipe it in, without anything else');
  }
  return new Secret(secret);
}
