import type { Context } from '../../../cli/context.ts';
import { checkClientId, checkClientSecret, verdict } from '../../../login/config/credential-text.ts';
import type { Secret } from '../../../platform/core/secret.ts';

/** Neither shows nor accepts a secret that is pasted as the client id. */
export async function promptForClientId(
  ctx: Context,
  message = 'Client id of the OAuth app (OQ…)',
): Promise<string> {
  const check = (typed: string) => checkClientId(typed, 'This');
  const typed = await ctx.prompts.text({
    message,
    flag: '--client-id',
    validate: (value) => verdict(() => check(value)),
    mayShow: (value) => /^\s*(O|OQ[0-9a-f]*)?\s*$/i.test(value),
  });
  return check(typed);
}

/** Checks the secret before the question ends. */
export async function promptForClientSecret(ctx: Context, message: string): Promise<Secret> {
  const check = (typed: string) => checkClientSecret(typed, 'This');
  const typed = await ctx.prompts.secret({
    message,
    flag: '--client-secret-stdin',
    validate: (value) => verdict(() => check(value)),
  });
  return check(typed.reveal());
}
