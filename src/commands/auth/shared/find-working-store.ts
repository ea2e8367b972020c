import type { Context } from '../../../cli/context.ts';
import { type Profile, type StoreKind, updateConfig } from '../../../login/config/profiles.ts';
import type { CredentialStore } from '../../../login/credentials/types.ts';
import { AppError, usageError } from '../../../platform/core/errors.ts';

export const storeKinds: StoreKind[] = ['keychain', 'file'];

/**
 * Finds a store that works for the login, before anything is asked that can't be repeated: a secret that the Console
 * shows once, an approval. On a terminal without a keychain the encrypted file is offered, unless a store was named.
 */
export async function settleStore(
  ctx: Context,
  flag: StoreKind | undefined,
  old: Profile | undefined,
): Promise<CredentialStore> {
  const named = flag ?? storeInEnvironment(ctx);
  const store = await ctx.store(named ?? old?.store ?? 'keychain');
  // Takes the lock of config.json, and so finds out whether the profile can be written.
  await updateConfig(ctx.configDir, (config) => config);
  try {
    await store.probe();
    return store;
  } catch (error) {
    const mayAsk = named === undefined && store.kind === 'keychain' && ctx.prompts.interactive;
    if (!mayAsk || !(error instanceof AppError) || error.kind !== 'failure') throw error;
    return fileInstead(ctx, error);
  }
}

async function fileInstead(ctx: Context, { message, hint }: AppError): Promise<CredentialStore> {
  ctx.messages.say(`${message}.`);
  const isThere = /is locked|not answer/.test(message);
  const instead = isThere ? 'The keychain does not open.' : 'There is no keychain here.';
  const question = `${instead} Keep the login in an encrypted file?`;
  if (!(await ctx.prompts.confirm({ message: question, default: true }))) {
    throw new AppError('cancelled', 'Nothing was stored', { hint });
  }
  const file = await ctx.store('file');
  await file.probe();
  return file;
}

function storeInEnvironment(ctx: Context): StoreKind | undefined {
  const text = ctx.runtime.env.TWILIO_ORG_STORE;
  if (!text) return undefined;
  const kind = storeKinds.find((known) => known === text);
  if (kind === undefined)
    throw usageError(`TWILIO_ORG_STORE is ${text}`, `Set it to ${storeKinds.join(' or ')}`);
  return kind;
}
