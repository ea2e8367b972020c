import { withoutLineEnd } from '../login/config/credential-text.ts';
import type { Env } from '../platform/core/env.ts';
import { AppError } from '../platform/core/errors.ts';
import { Secret } from '../platform/core/secret.ts';
import type { Messages } from '../platform/terminal/messages.ts';
import type { Prompts } from '../platform/terminal/prompts.ts';

/** Reads the passphrase of the credential file from the environment or a prompt, which asks twice for a new file. */
export async function readPassphrase(
  { env, prompts, messages }: { env: Env; prompts: Prompts; messages: Messages },
  file: 'known' | 'new',
): Promise<Secret> {
  const given = withoutLineEnd(env.TWILIO_ORG_STORE_PASSPHRASE ?? '');
  if (given) return new Secret(given);
  if (!prompts.interactive) {
    throw new AppError('auth', 'The credential file needs a passphrase', {
      hint: `Set TWILIO_ORG_STORE_PASSPHRASE: ${prompts.whyNot}`,
    });
  }
  const ask = (message: string) => prompts.secret({ message, flag: '--store' });
  if (file === 'known') return ask('Passphrase of the credential file');
  for (;;) {
    const first = await ask('Passphrase of the credential file');
    // A typing error would make the credentials unreadable for good.
    const again = await ask('New credential file. Confirm the passphrase');
    if (again.reveal() === first.reveal()) return first;
    messages.say('The passphrases differ. Type both again.');
  }
}
