import { withLogin } from '../../auth/login-lock.ts';
import {
  type Config,
  type Profile,
  readConfig,
  type StoreKind,
  updateConfig,
} from '../../config/profiles.ts';
import type { Context } from '../../context.ts';
import { AppError, usageError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';

/** Runs the work while no other process touches the login, with what the profile is then. */
export async function holding<T>(
  ctx: Context,
  name: string,
  profile: Profile,
  work: (now: Profile | undefined) => Promise<T>,
): Promise<T> {
  return withLogin(ctx.configDir, name, profile, async () =>
    work((await readConfig(ctx.configDir)).profiles[name]),
  );
}

/** Keeps a new login in place of what the profile was, if it was anything. */
export async function keepLogin(
  ctx: Context,
  name: string,
  profile: Profile,
  credentials: Secret,
): Promise<Config> {
  const before = (await readConfig(ctx.configDir)).profiles[name];
  return holding(ctx, name, before ?? profile, async (now) => {
    const old = placesOf(now).find((kind) => kind !== profile.store);
    await (await ctx.store(profile.store)).set(name, credentials);
    const next: Profile = { ...profile, ...(old === undefined ? {} : { left_in: old }) };
    const config = await putProfile(ctx, name, next);
    await removeLeftover(ctx, name, next).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      ctx.messages.warn(
        `The old credentials are still in the ${old}: ${error.message}`,
        `Run this when it works again: twilio-org auth migrate --profile ${name} --to ${profile.store}`,
      );
    });
    return config;
  });
}

/**
 * Removes all that is kept of a login, and then the profile: a profile without secrets is a nuisance, secrets without
 * a profile are forgotten and dangerous. A store that fails does not keep the other one from being emptied.
 */
export async function forgetLogin(ctx: Context, name: string, profile: Profile): Promise<void> {
  await holding(ctx, name, profile, async (now) => {
    const failures: unknown[] = [];
    for (const kind of placesOf(now)) {
      const store = await ctx.store(kind);
      await store.delete(name).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
    await putProfile(ctx, name, undefined);
  });
}

/** Empties the store that a login was moved out of, if that is still to be done. */
export async function removeLeftover(ctx: Context, name: string, profile: Profile): Promise<void> {
  const { left_in, ...clean } = profile;
  if (left_in === undefined) return;
  await (await ctx.store(left_in)).delete(name);
  await putProfile(ctx, name, clean);
}

/** Puts the profile in the place of the one of that name, whose guards stay; without one, takes that away. */
export function putProfile(ctx: Context, name: string, profile: Profile | undefined): Promise<Config> {
  return updateConfig(ctx.configDir, (before) => {
    const profiles: Record<string, Profile> = Object.assign(Object.create(null), before.profiles);
    const guards = profiles[name]?.guards;
    if (profile === undefined) delete profiles[name];
    else profiles[name] = guards === undefined ? profile : { ...profile, guards };
    return { ...before, profiles };
  });
}

function placesOf(profile: Profile | undefined): StoreKind[] {
  if (profile === undefined) return [];
  return profile.left_in === undefined ? [profile.store] : [profile.store, profile.left_in];
}

type Identity = Pick<Profile, 'client_id' | 'api_url' | 'oauth_url' | 'organization_sid'>;

export function sameApp(one: Identity, other: Identity): boolean {
  return (
    one.client_id === other.client_id && one.api_url === other.api_url && one.oauth_url === other.oauth_url
  );
}

/** Asks before a login takes the place of that of another organization, app or origin. */
export async function mayReplace(
  ctx: Context,
  name: string,
  old: Profile | undefined,
  next: Identity,
): Promise<void> {
  if (old === undefined || ctx.flags.yes) return;
  const { organization_sid = old.organization_sid } = next;
  const sameOrganization = old.organization_sid === undefined || old.organization_sid === organization_sid;
  if (sameApp(old, next) && sameOrganization) return;
  const change = [
    `Profile ${name} is the login of ${described(old)}.`,
    `It would be replaced by ${described(next)}.`,
  ];
  if (!ctx.prompts.interactive) {
    throw usageError(
      change.join(' '),
      'Pass --yes to replace it, or keep both with another name: --profile NAME',
    );
  }
  ctx.messages.say(...change);
  if (await ctx.prompts.confirm({ message: 'Replace it?' })) return;
  throw new AppError('cancelled', 'Nothing was changed');
}

function described({ client_id, organization_sid, api_url, oauth_url }: Identity): string {
  const organization = organization_sid === undefined ? '' : `, organization ${organization_sid}`;
  return `client ${client_id}${organization}, at ${[...new Set([api_url, oauth_url])].join(' and ')}`;
}
