import { withoutLineEnd } from '../login/config/credential-text.ts';
import type { Env } from '../platform/core/env.ts';
import { AppError } from '../platform/core/errors.ts';
import { Secret } from '../platform/core/secret.ts';
import type { Messages } from '../platform/terminal/messages.ts';
import type { Prompts } from '../platform/terminal/prompts.ts';

export interface PassphraseSources {
  env: Env;
  prompts: Prompts;
  messages: Messages;
  signal: AbortSignal;
}

/**
 * Reads the passphrase of the credential file: from its variable, else from the command in a variable, else from a prompt,
 * which asks twice for a new file.
 */
export async function readPassphrase(
  { env, prompts, messages, signal }: PassphraseSources,
  file: 'known' | 'new',
): Promise<Secret> {
  const given = withoutLineEnd(env.TWILIO_ORG_STORE_PASSPHRASE ?? '');
  if (given) return new Secret(given);
  if (env.TWILIO_ORG_STORE_PASSPHRASE_COMMAND) {
    const { passphraseFromCommand } = await import('../login/credentials/file/passphrase-command.ts');
    const { interactive } = prompts;
    return passphraseFromCommand(env.TWILIO_ORG_STORE_PASSPHRASE_COMMAND, { env, signal, interactive });
  }
  const hasKey = Boolean(env.TWILIO_ORG_STORE_KEY);
  if (!prompts.interactive) throw missingPassphrase(hasKey, prompts.whyNot);
  const ask = (message: string) => prompts.secret({ message, flag: '--store' });
  if (hasKey) messages.note(underPassphrase, `To encrypt it with the key: ${toKey}`);
  if (file === 'known') return ask('Passphrase of the credential file');
  for (;;) {
    const first = await ask('Passphrase of the credential file');
    // A typing error would make the credentials unreadable for good.
    const again = await ask('New credential file. Confirm the passphrase');
    if (again.reveal() === first.reveal()) return first;
    messages.say('The passphrases differ. Type both again.');
  }
}

const underPassphrase =
  'The credential file is encrypted with a passphrase, so TWILIO_ORG_STORE_KEY does not open it';

const toKey = 'twilio-org auth migrate --to file';

function missingPassphrase(hasKey: boolean, whyNot: string): AppError {
  if (hasKey) {
    return new AppError('auth', underPassphrase, {
      hint: `Set TWILIO_ORG_STORE_PASSPHRASE as well. With both, this encrypts the file with the key: ${toKey}`,
    });
  }
  return new AppError('auth', 'The credential file needs a passphrase', {
    hint: `Set TWILIO_ORG_STORE_PASSPHRASE, TWILIO_ORG_STORE_PASSPHRASE_COMMAND or TWILIO_ORG_STORE_KEY: ${whyNot}`,
  });
}
