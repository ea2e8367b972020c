import type { Env } from '../platform/core/env.ts';
import { usageError } from '../platform/core/errors.ts';
import { parseSeconds } from './flag-values.ts';
import type { Flags } from './flags.ts';

export function inVariable(text: string): number {
  try {
    return parseSeconds(text);
  } catch {
    throw usageError(
      `TWILIO_ORG_KEYCHAIN_TIMEOUT is ${text}`,
      'Set it to seconds, above 0 and up to 86400, or unset it',
    );
  }
}

/** Milliseconds: what a flag or the environment says, or long enough to type a password where somebody may be asked. */
export function keychainTimeout(flags: Flags, env: Env, interactive: boolean): number {
  const text = env.TWILIO_ORG_KEYCHAIN_TIMEOUT;
  if (flags.keychainTimeout === undefined && text) return inVariable(text) * 1000;
  return (flags.keychainTimeout ?? (interactive ? 60 : 3)) * 1000;
}
