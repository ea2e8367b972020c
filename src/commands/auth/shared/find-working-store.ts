import type { Context } from '../../../cli/context.ts';
import { type Profile, updateConfig } from '../../../login/config/profiles.ts';
import {
  defaultStore,
  fallbackOf,
  type OpenStore,
  type StoreKind,
  storeInEnvironment,
} from '../../../login/credentials/stores.ts';
import { AppError } from '../../../platform/core/errors.ts';

/**
 * Finds a store that works for the login, before the questions whose answers can't be repeated: a secret that the
 * Console shows once, an approval. On a terminal the fallback of a store that fails is offered, unless a store was named.
 */
export async function findWorkingStore(
  ctx: Context,
  flag: StoreKind | undefined,
  old: Profile | undefined,
): Promise<OpenStore> {
  const named = flag ?? storeInEnvironment(ctx.env);
  const store = await ctx.store(named ?? old?.store ?? defaultStore);
  // Takes the lock of config.json, which shows early that the profile can't be written.
  await updateConfig(ctx.configDir, (config) => config);
  try {
    await store.probe();
    return store;
  } catch (error) {
    const fallback = named === undefined && ctx.prompts.interactive ? fallbackOf(store.kind) : undefined;
    if (fallback === undefined || !(error instanceof AppError) || error.kind !== 'failure') throw error;
    ctx.messages.say(`${error.message}.`);
    if (!(await ctx.prompts.confirm({ message: fallback.question(error), default: true }))) {
      throw new AppError('cancelled', 'Nothing was stored', { hint: error.hint });
    }
    const other = await ctx.store(fallback.kind);
    await other.probe();
    return other;
  }
}
