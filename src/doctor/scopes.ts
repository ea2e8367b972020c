import { AppError } from '../platform/core/errors.ts';
import type { Send } from '../twilio/client.ts';
import {
  canProbe,
  grantedNote,
  isMissingScope,
  isWrongOrganization,
  notProbeableNote,
  probeScopes,
  type ScopeProbe,
} from '../twilio/scope-probe.ts';
import { scopeNames } from '../twilio/scopes.ts';
import { type Finding, fromError, ok, unknown, type Verdict } from './finding.ts';

/** Checks which scopes the login has. `refusal` is the error if Twilio refuses the login itself. */
export async function checkScopes(
  send: Send,
): Promise<{ findings: Finding[]; refusal: AppError | undefined }> {
  const probes = await probeScopes(send);
  const refusal = probes
    .map(({ result }) => (typeof result === 'object' ? result.error : undefined))
    .find((error) => error instanceof AppError && error.kind === 'auth');
  return {
    findings: probes.map((probe) => ({ check: probe.scope, ...verdictOn(probe) })),
    refusal: refusal as AppError | undefined,
  };
}

/** The findings if no request can be sent. */
export function skippedScopes(why: string): Finding[] {
  return scopeNames.map((check) => ({
    check,
    ...(canProbe(check) ? unknown(`Not checked: ${why}`) : notProbeable),
  }));
}

const notProbeable = unknown(notProbeableNote);

function verdictOn({ scope, result }: ScopeProbe): Verdict {
  if (result === undefined) return notProbeable;
  if (result !== 'held') return verdictOnError(result.error);
  return ok(grantedNote(scope));
}

function verdictOnError(error: unknown): Verdict {
  if (!(error instanceof AppError)) return fromError(error);
  if (error.kind === 'auth') return unknown('Unknown, because the login is refused');
  // A missing scope may be intended.
  if (isMissingScope(error)) return fromError(error, 'warning');
  return fromError(error, isWrongOrganization(error) ? 'problem' : 'unknown');
}
