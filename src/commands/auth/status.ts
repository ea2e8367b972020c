import { defineCommand } from '../../cli/command.ts';
import { sidsFlag } from '../../cli/common-flags.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList, withSids } from '../../cli/output/list-output.ts';
import { type Profile, unusableProfiles } from '../../login/config/profiles.ts';
import {
  checkOrganization,
  checkOrigins,
  checkPair,
  credentialSource,
  resolveSettings,
  type Settings,
  twilio,
} from '../../login/config/settings.ts';
import { describeOrganization, type Identity, organizationSource } from '../../login/identity.ts';
import { claimsOf, ForeignCredentials } from '../../login/oauth/claims.ts';
import { formatExpiry } from '../../login/oauth/expiry.ts';
import { findCredentials } from '../../login/oauth/login-store.ts';
import { isStamped, type StoredCredentials } from '../../login/oauth/stored-credentials.ts';
import { loadProfileTokens } from '../../login/tokens.ts';
import { AppError } from '../../platform/core/errors.ts';
import { Secret } from '../../platform/core/secret.ts';
import { exactTime, relativeTime } from '../../platform/core/time-words.ts';
import type { Column, Look, View } from '../../platform/terminal/view.ts';
import { createSend } from '../../twilio/client.ts';

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
  'organization_from',
  'api_url',
  'oauth_url',
];
const view: View = {
  fields,
  columns: ['profile', 'in_force', 'grant', 'client_id', 'store', 'state', 'expires_at'],
  people: {
    list: [
      // Credentials of the environment have no profile.
      { heading: 'Login', value: ({ profile, source }) => profile ?? source },
      { heading: 'Used', value: ({ in_force }) => (in_force ? 'yes' : ''), look: () => 'green' },
      {
        heading: 'Status',
        value: ({ state }) => state.charAt(0).toUpperCase() + state.slice(1),
        look: (text) => statusLooks[text.toLowerCase()],
      },
      {
        heading: 'Expires',
        value: ({ expires_at }, now) => (expires_at === null ? '' : exactTime(expires_at, now)),
        short: ({ expires_at }, now) =>
          expires_at === null ? '' : (relativeTime(expires_at, now) ?? expires_at),
      },
      { heading: 'Grant type', value: 'grant' },
      { heading: 'Store', value: 'store' },
      {
        heading: 'Server',
        value: ({ api_url }) => (api_url === twilio.apiUrl ? '' : api_url),
        isOptional: true,
      },
      { heading: 'Client id', value: 'client_id', isId: true },
      { heading: 'Organization', value: 'organization_sid', isId: true },
    ] satisfies Column<Row>[],
  },
};

const statusLooks: Readonly<Record<string, Look>> = {
  valid: 'green',
  accepted: 'green',
  expired: 'red',
  refused: 'red',
  unreadable: 'red',
  'no credentials': 'red',
  'of another login': 'red',
};

interface Row extends Record<string, unknown> {
  profile: string | null;
  source: string;
  in_force: boolean;
  client_id: string | null;
  state: string;
  expires_at: string | null;
  api_url: string;
  organization_sid: string | null;
  organization_from: Identity['organizationFrom'];
}

const flags = defineFlags({
  check: { summary: 'ask Twilio whether each login still works' },
  sids: sidsFlag,
});

export const statusCommand = defineCommand({
  name: 'auth status',
  summary: 'Show every login, which one is used, and why',
  flags,
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org auth status', 'twilio-org auth status --check -o json'],
  run: (ctx, { flags }) => status(ctx, flags),
});

async function status(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const config = await ctx.config();
  for (const why of unusableProfiles(config)) ctx.messages.warn(why);
  const settings = resolveSettings(ctx.flags, ctx.runtime.env, config);
  const rows: Row[] = [];
  const failures: AppError[] = [];
  if (settings.source !== 'profile') rows.push(environmentRow(ctx, settings));
  for (const [name, profile] of Object.entries(config.profiles)) {
    const inForce = settings.source === 'profile' && settings.profileName === name;
    rows.push(await profileRow(ctx, name, profile, inForce, name === config.default_profile));
  }
  if (options.check) {
    for (const row of rows) {
      const failure = await testLogin(ctx, row, config.profiles, settings);
      // Credentials that were not sent were not refused.
      const unsent = unusableStates.includes(row.state);
      if (failure === undefined) row.state = 'accepted';
      else if (!unsent) row.state = failure.kind === 'auth' ? 'refused' : 'unclear';
      if (failure !== undefined) {
        failures.push(failure);
        if (!unsent || row.state === 'no credentials')
          ctx.messages.warn(`${row.profile ?? row.source}: ${failure.message}`);
      }
    }
  }
  await printList(ctx, withSids(view, options.sids), rows, { noun: 'logins' });
  ctx.messages.note(
    describeActive(
      ctx,
      settings,
      rows.find((row) => row.in_force),
    ),
  );
  if (settings.source === 'profile' && settings.profile !== undefined && !options.check)
    warnOfVariables(ctx, settings, settings.profile);
  const worst = failures.find((failure) => failure.kind === 'auth') ?? failures[0];
  if (worst !== undefined) throw worst;
  if (settings.source === 'profile' && settings.profile === undefined) {
    throw new AppError('auth', 'You are not logged in', { hint: 'Start with: twilio-org auth setup' });
  }
}

function describeActive(ctx: Context, settings: Settings, row: Row | undefined): string {
  const { env } = ctx.runtime;
  const login =
    row === undefined || unusableStates.includes(row.state) ? '' : `: ${appAndOrganization(row, settings)}`;
  if (settings.source !== 'profile') {
    return `Active: ${settings.source} from the environment, which overrides every profile${login}`;
  }
  const why = ctx.flags.profile ? '--profile' : env.TWILIO_ORG_PROFILE ? 'TWILIO_ORG_PROFILE' : 'the default';
  return `Active: profile ${settings.profileName} (${why})${login}`;
}

/** Warns of the variables that every command with the active login would refuse. */
function warnOfVariables(ctx: Context, settings: Settings, profile: Profile): void {
  try {
    checkVariables(ctx, settings, profile);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    ctx.messages.warn(error.message, error.hint ?? '');
  }
}

/** Throws when a variable keeps commands from using the active login. */
function checkVariables({ runtime }: Context, settings: Settings, profile: Profile): void {
  checkPair(runtime.env);
  checkOrigins(settings, profile);
  checkOrganization(settings, profile);
}

/** States in which no request can be sent. */
const unusableStates = ['of another login', 'no credentials', 'unreadable'];

function appAndOrganization(row: Row, { organizationSid }: Settings): string {
  const isNamed = row.organization_sid !== null;
  const organization = describeOrganization({
    organizationSid: isNamed ? String(row.organization_sid) : organizationSid,
    organizationFrom: isNamed
      ? row.organization_from
      : organizationSid === undefined
        ? 'unknown'
        : 'environment',
  });
  return `app ${row.client_id ?? 'unknown'}, ${organization}`;
}

function environmentRow(ctx: Context, settings: Settings): Row {
  const { env } = ctx.runtime;
  const minted = credentialSource(env) !== 'TWILIO_ORG_ACCESS_TOKEN';
  const { clientIds = [], organizationSids = [] } = minted
    ? {}
    : claimsOf(new Secret(env.TWILIO_ORG_ACCESS_TOKEN ?? ''));
  return {
    profile: null,
    in_force: true,
    default: false,
    source: settings.source,
    grant: minted ? 'client-credentials' : null,
    client_id: (minted ? env.TWILIO_ORG_CLIENT_ID : clientIds[0]) ?? null,
    store: 'environment',
    state: 'not checked',
    expires_at: null,
    ...organizationOf(settings.organizationSid, 'environment', organizationSids),
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
  const { state, credentials } = await readStored(ctx, name, profile);
  const ofToken = credentials === undefined ? [] : claimsOf(credentials.accessToken).organizationSids;
  return {
    profile: name,
    in_force: inForce,
    default: isDefault,
    source: 'profile',
    grant: profile.grant,
    client_id: profile.client_id,
    store: profile.store,
    state,
    expires_at: credentials === undefined ? null : formatExpiry(credentials),
    ...organizationOf(profile.organization_sid, organizationSource(profile), ofToken),
    api_url: profile.api_url,
    oauth_url: profile.oauth_url,
  };
}

/** The organization. One that only the token names is not verified. */
function organizationOf(
  sid: string | undefined,
  from: Identity['organizationFrom'],
  ofToken: readonly string[],
): Pick<Row, 'organization_sid' | 'organization_from'> {
  const [named] = ofToken.length === 1 ? ofToken : [];
  return {
    organization_sid: sid ?? named ?? null,
    organization_from: sid !== undefined ? from : named !== undefined ? 'token' : 'unknown',
  };
}

/** Reads the stored credentials. With credentials in the environment no store is touched. */
async function readStored(
  ctx: Context,
  name: string,
  profile: Profile,
): Promise<{ state: string; credentials?: StoredCredentials }> {
  if (credentialSource(ctx.runtime.env) !== 'profile') return { state: 'not checked' };
  try {
    const store = await ctx.store(profile.store);
    const found = await findCredentials({ name, profile, store });
    if (found === undefined) return { state: 'no credentials' };
    return { state: stateOf(found.credentials, profile, ctx.runtime.now()), credentials: found.credentials };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    ctx.messages.warn(`${name}: ${error.message}`, error.hint ?? '');
    return { state: error instanceof ForeignCredentials ? 'of another login' : 'unreadable' };
  }
}

function stateOf(credentials: StoredCredentials, { grant }: Profile, now: number): string {
  if (!isStamped(credentials)) return 'to be proven';
  const { expiresAt, refreshToken } = credentials;
  if (expiresAt > now) return 'valid';
  return refreshToken !== undefined || grant === 'client-credentials' ? 'to be renewed' : 'expired';
}

/** Asks Twilio for one role. A 403 proves as well as a 200 that the credentials are accepted. */
async function testLogin(
  ctx: Context,
  row: Row,
  profiles: Record<string, Profile>,
  settings: Settings,
): Promise<AppError | undefined> {
  try {
    const name = row.profile;
    const profile = name === null ? undefined : profiles[name];
    // No command can use the active login while a variable contradicts it.
    if (profile !== undefined && row.in_force) checkVariables(ctx, settings, profile);
    const tokens =
      name === null || profile === undefined
        ? await ctx.tokens()
        : await loadProfileTokens(ctx, name, profile);
    const send = createSend(String(row.api_url), tokens, ctx.http);
    await send({ method: 'GET', path: '/v2/Organizations/Roles?PageSize=1' });
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.kind === 'forbidden' ? undefined : error;
  }
}
