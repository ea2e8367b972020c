import type { Env } from '../platform/core/env.ts';
import { usageError } from '../platform/core/errors.ts';
import { parseSeconds } from './flag-values.ts';
import type { Flags } from './flags.ts';

/** Seconds. */
function parseTimeoutVariable(text: string): number {
  try {
    return parseSeconds(text);
  } catch {
    throw usageError(
      `TWILIO_ORG_KEYCHAIN_TIMEOUT is ${text}`,
      'Set it to seconds, above 0 and up to 86400, or unset it',
    );
  }
}

/** The time limit of the keychain in milliseconds. On a terminal a person needs time to type a password. */
export function keychainTimeoutMs(flags: Flags, env: Env, interactive: boolean): number {
  const text = env.TWILIO_ORG_KEYCHAIN_TIMEOUT;
  if (flags.keychainTimeout === undefined && text) return parseTimeoutVariable(text) * 1000;
  return (flags.keychainTimeout ?? (interactive ? 60 : 3)) * 1000;
}
