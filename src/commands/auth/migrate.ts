import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import type { Profile } from '../../login/config/profiles.ts';
import { type OpenStore, type StoreKind, storeKinds, stores } from '../../login/credentials/stores.ts';
import { deleteOldSecret, withLockedProfile, writeProfile } from '../../login/logins.ts';
import { requireCredentials } from '../../login/oauth/login-store.ts';
import { serialize } from '../../login/oauth/stored-credentials.ts';
import { loadProfileTokens } from '../../login/tokens.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';

const fields = ['profile', 'from', 'to', 'outcome', 'reason'];
const view: View = { fields, columns: ['profile', 'from', 'to', 'outcome'] };

const flags = defineFlags({
  to: {
    value: 'kind',
    summary: 'the store to move them to',
    choices: storeKinds,
    required: true,
    ask: {
      question: 'Where should the credentials be kept?',
      example: 'file',
      choices: async () => stores.map(({ kind, description }) => ({ name: kind, value: kind, description })),
    },
  },
  all: { summary: 'move the credentials of all profiles' },
});

export const migrateCommand = defineCommand({
  name: 'auth migrate',
  summary: 'Move the credentials of a profile to another store',
  flags,
  scopes: 'none',
  effect: 'local',
  examples: ['twilio-org auth migrate --to file', 'twilio-org auth migrate --to keychain --all --dry-run'],
  run: (ctx, { flags }) => migrate(ctx, flags),
});

async function migrate(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  if (options.all && ctx.flags.profile !== undefined) {
    throw usageError('--all and --profile cannot be combined', 'Use one of them');
  }
  const { profiles } = await ctx.config();
  const { profileName } = await ctx.settings();
  const { to } = options;
  const wanted = Object.entries(profiles).filter(([name]) => options.all || name === profileName);
  if (wanted.length === 0 && !options.all) {
    throw new AppError('auth', `There is no profile ${profileName}`, {
      hint: 'Log in first: twilio-org auth login',
    });
  }
  const failures: AppError[] = [];
  async function* rows() {
    for (const [profile, { store, left_in = store }] of wanted) {
      const row = { profile, from: store === to ? left_in : store, to };
      try {
        const outcome = ctx.flags.dryRun ? await plannedOutcome(ctx, row) : await move(ctx, profile, to);
        yield { ...row, outcome };
      } catch (error) {
        if (!(error instanceof AppError) || error.kind === 'cancelled' || wanted.length === 1) throw error;
        failures.push(error);
        yield { ...row, outcome: 'failed', reason: error.message };
      }
    }
  }
  await printList(ctx, view, rows(), { noun: 'profiles', mayPage: false });
  if (ctx.flags.dryRun) ctx.messages.note('Dry run: nothing was moved');
  if (failures.length === 0) return;
  throw new AppError('partial', `${failures.length} of ${wanted.length} profiles were not moved`, {
    hint: failures[0]?.hint,
  });
}

async function plannedOutcome(
  ctx: Context,
  { from, to }: { from: StoreKind; to: StoreKind },
): Promise<string> {
  if (from !== to) return 'to be moved';
  return (await (await ctx.store(to)).encryption?.isOutdated()) ? 'to be encrypted anew' : 'unchanged';
}

/**
 * Moves the credentials so that a crash at any point leaves a login that works. The profile always names a store that
 * holds its credentials. It also names the other store as long as that one may hold them, so that a logout or another
 * attempt finds them.
 */
async function move(ctx: Context, name: string, to: StoreKind): Promise<string> {
  const profile = (await ctx.config()).profiles[name];
  if (profile === undefined) throw loggedOutMeanwhile(name);
  if (profile.store !== to) await (await loadProfileTokens(ctx, name, profile)).prove();
  return withLockedProfile(ctx, name, profile, async (now) => {
    if (now === undefined) throw loggedOutMeanwhile(name);
    if (now.store === to) {
      await deleteOldSecret(ctx, name, now);
      if (now.left_in !== undefined) return 'moved';
      return (await renewEncryption(await ctx.store(to))) ? 'encrypted anew' : 'unchanged';
    }
    await copy(ctx, name, now, to);
    const moved: Profile = { ...now, store: to, left_in: now.store };
    await writeProfile(ctx, name, moved);
    await deleteOldSecret(ctx, name, moved, now).catch((error: unknown) => {
      throw oldCopyRemains(name, to, now.store, error);
    });
    return 'moved';
  });
}

/** Encrypts a store that is still under a passphrase with the random key. Resolves to true where that was needed. */
async function renewEncryption({ encryption }: OpenStore): Promise<boolean> {
  if (encryption === undefined || !(await encryption.isOutdated())) return false;
  await encryption.renew();
  return true;
}

async function copy(ctx: Context, name: string, profile: Profile, to: StoreKind): Promise<void> {
  const [from, target] = [await ctx.store(profile.store), await ctx.store(to)];
  const found = await requireCredentials({ name, profile, store: from });
  const secret = serialize(found.credentials);
  await writeProfile(ctx, name, { ...profile, left_in: to });
  await target.set(name, secret);
  if ((await target.get(name))?.reveal() === secret.reveal()) return;
  throw new AppError('failure', `${target.displayName} does not return what was written. Nothing was moved`, {
    hint: 'To check it: twilio-org doctor',
  });
}

function oldCopyRemains(name: string, to: StoreKind, from: StoreKind, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new AppError(
    error.kind,
    `Profile ${name} now uses the ${to}, but its old credentials are still in the ${from}: ${error.message}`,
    { hint: `When the ${from} works again, run the same command again. ${error.hint ?? ''}`, cause: error },
  );
}

function loggedOutMeanwhile(name: string): AppError {
  return new AppError('conflict', `Profile ${name} was logged out meanwhile`, {
    hint: 'To see the profiles: twilio-org auth status',
  });
}
