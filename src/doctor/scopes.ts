import { AppError } from '../platform/core/errors.ts';
import type { Send } from '../twilio/client.ts';
import {
  isLacking,
  isOfAnother,
  isReadable,
  onlyByWriting,
  type Tried,
  tryEach,
  whenHeld,
} from '../twilio/scope-probe.ts';
import { scopeNames } from '../twilio/scopes.ts';
import { type Finding, failed, ok, unknown, type Verdict } from './finding.ts';

/** Finds out which scopes the login has; `refusal` is Twilio's word that it refuses the login altogether. */
export async function tryScopes(send: Send): Promise<{ findings: Finding[]; refusal: AppError | undefined }> {
  const tried = await tryEach(send);
  const refusal = tried
    .map(({ result }) => (typeof result === 'object' ? result.error : undefined))
    .find((error) => error instanceof AppError && error.kind === 'auth');
  return {
    findings: tried.map((one) => ({ check: one.scope, ...verdictOn(one) })),
    refusal: refusal as AppError | undefined,
  };
}

/** The same lines when nothing could be asked. */
export function untriedScopes(why: string): Finding[] {
  return scopeNames.map((check) => ({
    check,
    ...(isReadable(check) ? unknown(`Not tried: ${why}`) : notReadable),
  }));
}

const notReadable = unknown(onlyByWriting);

function verdictOn({ scope, result }: Tried): Verdict {
  if (result === undefined) return notReadable;
  if (result !== 'held') return notThere(result.error);
  return ok(whenHeld(scope));
}

function notThere(error: unknown): Verdict {
  if (!(error instanceof AppError)) return failed(error);
  if (error.kind === 'auth') return unknown('Not known, as the login is refused');
  // A login may lack a scope on purpose.
  if (isLacking(error)) return failed(error, 'warning');
  return failed(error, isOfAnother(error) ? 'problem' : 'unknown');
}
