import type { Command } from 'commander';
import { createSend } from '../../api/transport.ts';
import { checkPlace, unpack } from '../../auth/credentials.ts';
import type { Cli } from '../../command.ts';
import type { Profile } from '../../config/profiles.ts';
import { type Settings, settingsInForce, sourceOf } from '../../config/settings.ts';
import { type Context, storedLogin } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { View } from '../../terminal/output.ts';
import { printList } from '../listing.ts';
import { lasting } from './lasting.ts';

const fields = [
  'profile',
  'in_force',
  'default',
  'source',
  'grant',
  'client_id',
  'store',
  'state',
  'expires_at',
  'organization_sid',
  'api_url',
  'oauth_url',
];
const view: View = {
  fields,
  columns: ['profile', 'in_force', 'grant', 'client_id', 'store', 'state', 'expires_at'],
};

interface Options {
  check?: boolean;
}

interface Row extends Record<string, unknown> {
  profile: string | null;
  in_force: boolean;
  state: string;
}

export function statusCommand(cli: Cli): Command {
  const command = cli
    .command('status', 'Show every login, and which one is in force and why')
    .option('--check', 'ask Twilio whether each one still works')
    .action(cli.action(status));
  return cli.examples(command, ['twilio-org auth status', 'twilio-org auth status --check -o json']);
}

async function status(ctx: Context, options: Options): Promise<void> {
  ctx.out.checkFields(view);
  const config = await ctx.config();
  const settings = settingsInForce(ctx.flags, ctx.runtime.env, config);
  const rows: Row[] = [];
  const failures: AppError[] = [];
  if (settings.source !== 'profile') rows.push(environmentRow(ctx, settings));
  for (const [name, profile] of Object.entries(config.profiles)) {
    const inForce = settings.source === 'profile' && settings.profileName === name;
    rows.push(await profileRow(ctx, name, profile, inForce, name === config.default_profile));
  }
  if (options.check) {
    for (const row of rows) {
      const failure = await refusalOf(ctx, row, config.profiles);
      row.state = failure === undefined ? 'accepted' : failure.kind === 'auth' ? 'refused' : 'unclear';
      if (failure !== undefined) {
        failures.push(failure);
        ctx.messages.warn(`${row.profile ?? row.source}: ${failure.message}`);
      }
    }
  }
  await printList(ctx, view, rows, { noun: 'logins' });
  ctx.messages.note(whatIsInForce(ctx, settings));
  const worst = failures.find((failure) => failure.kind === 'auth') ?? failures[0];
  if (worst !== undefined) throw worst;
  if (settings.source === 'profile' && settings.profile === undefined) {
    throw new AppError('auth', 'Not logged in', { hint: 'Log in: twilio-org auth login' });
  }
}

function whatIsInForce(ctx: Context, settings: Settings): string {
  const { env } = ctx.runtime;
  if (settings.source !== 'profile') {
    return `In force: ${settings.source} from the environment, which wins over every profile`;
  }
  const why = ctx.flags.profile
    ? '--profile'
    : env.TWILIO_ORG_PROFILE
      ? 'TWILIO_ORG_PROFILE'
      : 'it is the default';
  return `In force: profile ${settings.profileName} (${why})`;
}

function environmentRow(ctx: Context, settings: Settings): Row {
  const minted = sourceOf(ctx.runtime.env) !== 'TWILIO_ORG_ACCESS_TOKEN';
  return {
    profile: null,
    in_force: true,
    default: false,
    source: settings.source,
    grant: minted ? 'client-credentials' : null,
    client_id: minted ? (ctx.runtime.env.TWILIO_ORG_CLIENT_ID ?? null) : null,
    store: 'environment',
    state: 'not checked',
    expires_at: null,
    organization_sid: settings.organizationSid ?? null,
    api_url: settings.apiUrl,
    oauth_url: settings.oauthUrl,
  };
}

async function profileRow(
  ctx: Context,
  name: string,
  profile: Profile,
  inForce: boolean,
  isDefault: boolean,
): Promise<Row> {
  const { state, expiresAt } = await stored(ctx, name, profile);
  return {
    profile: name,
    in_force: inForce,
    default: isDefault,
    source: 'profile',
    grant: profile.grant,
    client_id: profile.client_id,
    store: profile.store,
    state,
    expires_at: expiresAt === undefined ? null : lasting(expiresAt),
    organization_sid: profile.organization_sid ?? null,
    api_url: profile.api_url,
    oauth_url: profile.oauth_url,
  };
}

/** With credentials in the environment the keychain is not touched, so nothing more is known of a profile. */
async function stored(
  ctx: Context,
  name: string,
  profile: Profile,
): Promise<{ state: string; expiresAt?: number }> {
  if (sourceOf(ctx.runtime.env) !== 'profile') return { state: 'not checked' };
  try {
    const secret = await (await ctx.store(profile.store)).get(name);
    if (secret === undefined) return { state: 'no credentials' };
    const credentials = unpack(secret);
    checkPlace(credentials, name, profile);
    const { expiresAt, refreshToken } = credentials;
    const renewable = refreshToken !== undefined || profile.grant === 'client-credentials';
    const over = expiresAt <= ctx.runtime.now();
    return { state: over ? (renewable ? 'to be renewed' : 'expired') : 'valid', expiresAt };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    ctx.messages.warn(`${name}: ${error.message}`, error.hint ?? '');
    return { state: 'unreadable' };
  }
}

/** Asks for one role: harmless, and a 403 shows as well as a 200 that the credentials are accepted. */
async function refusalOf(
  ctx: Context,
  row: Row,
  profiles: Record<string, Profile>,
): Promise<AppError | undefined> {
  try {
    const name = row.profile;
    const profile = name === null ? undefined : profiles[name];
    const tokens =
      name === null || profile === undefined
        ? await ctx.tokens()
        : await storedLogin(ctx, {
            source: 'profile',
            profileName: name,
            profile,
            apiUrl: profile.api_url,
            oauthUrl: profile.oauth_url,
            organizationSid: profile.organization_sid,
            clientId: profile.client_id,
          });
    const send = createSend(String(row.api_url), tokens, ctx.http);
    await send({ method: 'GET', path: '/v2/Organizations/Roles?PageSize=1' });
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.kind === 'forbidden' ? undefined : error;
  }
}
