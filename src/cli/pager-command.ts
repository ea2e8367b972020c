import { type Env, whySilent } from '../platform/core/env.ts';
import type { Flags } from './flags.ts';

/**
 * The command of the pager for long lists; undefined where none is wanted. There is no default: a person who sets PAGER
 * expects one.
 */
export function pagerCommand(
  { env, stdout }: { env: Env; stdout: { isTTY?: boolean } },
  flags: Pick<Flags, 'pager' | 'noInput'>,
): string | undefined {
  const command = (env[pagerVariable(env)] ?? '').trim();
  if (command === '' || command === 'cat' || flags.pager === false || stdout.isTTY !== true) return undefined;
  // A pager waits for a person, as a question does.
  return env.TERM === 'dumb' || whySilent(env, flags.noInput) !== undefined ? undefined : command;
}

/** The variable that names the pager: that of this program before the one of all programs. */
export function pagerVariable(env: Env): 'TWILIO_ORG_PAGER' | 'PAGER' {
  return env.TWILIO_ORG_PAGER ? 'TWILIO_ORG_PAGER' : 'PAGER';
}
