import { type Command, InvalidArgumentError, Option } from 'commander';
import { isSid } from '../../api/sids.ts';
import { type Address, addressOf, defaultRedirectUri, isReceivable } from '../../auth/callback-server.ts';
import { checkClaims } from '../../auth/claims.ts';
import { identityOf } from '../../auth/credentials.ts';
import { mint, type OAuthApp, type TokenSet } from '../../auth/oauth.ts';
import { type Cli, type Flags, seconds } from '../../command.ts';
import { isLoopback } from '../../config/origins.ts';
import type { Grant, Profile, StoreKind } from '../../config/profiles.ts';
import type { Context } from '../../context.ts';
import { usageError } from '../../errors.ts';
import { Secret } from '../../secret.ts';
import type { View } from '../../terminal/output.ts';
import { keepLogin, mayReplace, sameApp } from './keep.ts';
import { lasting } from './lasting.ts';
import { secretOnStdin } from './secret-on-stdin.ts';

export interface LoginOptions extends Flags {
  grant?: Grant;
  clientId?: string;
  clientSecretStdin?: boolean;
  redirectUri?: string;
  listen?: Address;
  /** False after --no-browser. */
  browser?: boolean;
  organizationSid?: string;
  store?: StoreKind;
}

const defaultWait = 300;
const grants: Grant[] = ['authorization-code', 'client-credentials'];
const storeKinds: StoreKind[] = ['keychain', 'file'];

const fields = [
  'profile',
  'grant',
  'client_id',
  'store',
  'expires_at',
  'organization_sid',
  'api_url',
  'oauth_url',
];
const view: View = { fields, columns: ['profile', 'grant', 'client_id', 'store', 'expires_at'] };

export function loginCommand(cli: Cli): Command {
  const command = cli
    .command('login', 'Log in and keep the credentials in the OS keychain')
    .addOption(new Option('--grant <grant>', `grant of the OAuth app (${grants[0]})`).choices(grants))
    .option('--client-id <id>', 'client id of the OAuth app (OQ…)')
    .option('--client-secret-stdin', 'read the client secret from standard input');
  withLoginFlags(command).action(
    cli.action(async (ctx, options: LoginOptions) => {
      await login(ctx, options);
    }),
  );
  return cli.examples(command, [
    'twilio-org auth login --client-id OQ0123456789abcdef0123456789abcdef',
    'twilio-org auth login --grant client-credentials --client-id OQ… --client-secret-stdin < secret.txt',
    'TWILIO_ORG_STORE=file twilio-org auth login --profile staging --no-browser',
  ]);
}

/** The flags of a login but those that name the app. */
export function withLoginFlags(command: Command): Command {
  const timeout = command.options.find((option) => option.long === '--timeout');
  if (timeout !== undefined) timeout.description = `how long to wait for the approval (${defaultWait})`;
  return command
    .option('--redirect-uri <url>', `Redirect URL saved in the OAuth app (${defaultRedirectUri})`)
    .option(
      '--listen <address>',
      'HOST:PORT to listen on instead of those of the Redirect URL',
      listenAddress,
    )
    .option('--no-browser', 'print the address of the approval page instead of opening it')
    .option('--organization-sid <sid>', 'SID of the organization (OR…), for which org then stands as a scope')
    .addOption(new Option('--store <kind>', 'where the credentials are kept (keychain)').choices(storeKinds))
    .option(
      '--keychain-timeout <seconds>',
      'how long the keychain may take to answer (3, on a terminal 60)',
      seconds,
    );
}

/** A login that was made: what is kept of it, and its token. */
export interface LoggedIn {
  profileName: string;
  profile: Profile;
  accessToken: Secret;
}

/** The old login of the profile stays until a token for the new one was really obtained. */
export async function login(ctx: Context, options: LoginOptions): Promise<LoggedIn> {
  ctx.out.checkFields(view);
  const { env } = ctx.runtime;
  checkOptions(options);
  const { profileName, apiUrl, oauthUrl } = await loginSettings(ctx);
  const grant = options.grant ?? (await askedGrant(ctx, options));
  const clientId = options.clientId ?? (env.TWILIO_ORG_CLIENT_ID || (await askedClientId(ctx)));
  const old = (await ctx.config()).profiles[profileName];
  const identity = { client_id: clientId, api_url: apiUrl, oauth_url: oauthUrl };
  const same = old !== undefined && sameApp(old, identity) ? old : undefined;
  const organizationSid =
    options.organizationSid ?? (env.TWILIO_ORG_ORGANIZATION_SID || same?.organization_sid);
  const organization = organizationSid === undefined ? {} : { organization_sid: organizationSid };
  await mayReplace(ctx, profileName, old, { ...identity, ...organization });
  const app: OAuthApp = { clientId, clientSecret: await clientSecret(ctx, options), oauthUrl };
  const storeKind = options.store ?? storeInEnvironment(ctx) ?? old?.store ?? 'keychain';
  const store = await ctx.store(storeKind);
  await store.probe();
  const redirectUri = options.redirectUri ?? same?.redirect_uri ?? defaultRedirectUri;
  const http = { ...ctx.http, timeout: 30_000 };
  const tokens =
    grant === 'client-credentials' ? await mint(app, http) : await inBrowser(ctx, options, app, redirectUri);
  const profile: Profile = {
    grant,
    ...identity,
    ...(grant === 'authorization-code' ? { redirect_uri: redirectUri } : {}),
    ...organization,
    store: storeKind,
  };
  const credentials = { clientSecret: app.clientSecret, ...tokens, identity: identityOf(profile) };
  checkClaims(tokens.accessToken, {
    clientId,
    organizationSid,
    login: 'this login',
    hint: 'Nothing was stored. Log in with the client id and the --organization-sid that belong together',
  });
  const config = await keepLogin(ctx, profileName, profile, credentials);
  ctx.messages.note(`Logged in: profile ${profileName}, kept in ${store.place}`);
  await ctx.out.item(view, { profile: profileName, ...profile, expires_at: lasting(tokens.expiresAt) });
  if (profileName !== config.default_profile) {
    ctx.messages.note(
      `Use it with --profile ${profileName}, or make it the default: twilio-org auth switch ${profileName}`,
    );
  }
  return { profileName, profile, accessToken: tokens.accessToken };
}

export function checkOptions(options: LoginOptions): void {
  const { organizationSid, redirectUri } = options;
  if (organizationSid !== undefined && !isSid('OR', organizationSid)) {
    throw usageError(
      `--organization-sid ${organizationSid} is not the SID of an organization`,
      'It is OR and 32 hexadecimal digits',
    );
  }
  if (redirectUri === undefined) return;
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || isReceivable(url))) {
    throw usageError(
      `--redirect-uri ${redirectUri} can't be the end of a login`,
      `It is the Redirect URL saved in the OAuth app: https, or http on this machine such as ${defaultRedirectUri}`,
    );
  }
}

/** A login makes a profile, so what the profile was before does not matter; a token in the environment would hide it. */
async function loginSettings(ctx: Context) {
  const { settingsInForce } = await import('../../config/settings.ts');
  const { TWILIO_ORG_ACCESS_TOKEN, TWILIO_ORG_CLIENT_ID, TWILIO_ORG_CLIENT_SECRET, ...env } = ctx.runtime.env;
  if (TWILIO_ORG_ACCESS_TOKEN) {
    ctx.messages.warn(
      'TWILIO_ORG_ACCESS_TOKEN is set and wins over what is stored: unset it to use this login',
    );
  } else if (TWILIO_ORG_CLIENT_ID && TWILIO_ORG_CLIENT_SECRET) {
    ctx.messages.warn(
      'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET win over what is stored: unset them to use this login',
    );
  }
  return settingsInForce(ctx.flags, env, await ctx.config());
}

async function askedGrant(ctx: Context, options: LoginOptions): Promise<Grant> {
  if (!ctx.prompts.interactive || options.clientId !== undefined) return 'authorization-code';
  return ctx.prompts.choose<Grant>({
    message: 'Which grant has the OAuth app?',
    flag: '--grant',
    choices: [
      {
        name: 'authorization-code',
        value: 'authorization-code',
        description: 'a person logs in through the browser',
      },
      { name: 'client-credentials', value: 'client-credentials', description: 'a server or a CI job' },
    ],
  });
}

function askedClientId(ctx: Context): Promise<string> {
  return ctx.prompts.text({
    message: 'Client id of the OAuth app (OQ…)',
    flag: '--client-id',
    validate: (value) => value.trim() !== '' || 'The Console shows it on the Credentials tab of the app',
  });
}

async function clientSecret(ctx: Context, options: LoginOptions): Promise<Secret> {
  const { env } = ctx.runtime;
  if (options.clientSecretStdin) return secretOnStdin(ctx);
  if (env.TWILIO_ORG_CLIENT_SECRET) return new Secret(env.TWILIO_ORG_CLIENT_SECRET);
  if (!ctx.prompts.interactive) {
    throw usageError(
      'The client secret is needed, and there is no terminal to ask on',
      'Pipe it in with --client-secret-stdin, or set TWILIO_ORG_CLIENT_SECRET',
    );
  }
  return ctx.prompts.secret({ message: 'Client secret', flag: '--client-secret-stdin' });
}

function storeInEnvironment(ctx: Context): StoreKind | undefined {
  const text = ctx.runtime.env.TWILIO_ORG_STORE;
  if (!text) return undefined;
  const kind = storeKinds.find((known) => known === text);
  if (kind === undefined)
    throw usageError(`TWILIO_ORG_STORE is ${text}`, `Set it to ${storeKinds.join(' or ')}`);
  return kind;
}

async function inBrowser(
  ctx: Context,
  options: LoginOptions,
  app: OAuthApp,
  redirectUri: string,
): Promise<TokenSet> {
  const { logInWithBrowser } = await import('../../auth/authorization-code.ts');
  return logInWithBrowser({
    app,
    redirectUri,
    listen: options.listen,
    timeout: (options.timeout ?? defaultWait) * 1000,
    http: { ...ctx.http, timeout: 30_000 },
    present: (page, listening) =>
      present(
        ctx,
        options,
        page,
        listening ? (options.listen ?? addressOf(new URL(redirectUri))) : undefined,
      ),
    paste: ctx.prompts.interactive
      ? (validate, signal) =>
          ctx.prompts.text({
            message: 'Paste the address that the browser ended on:',
            flag: '',
            validate,
            signal,
          })
      : undefined,
  });
}

async function present(
  ctx: Context,
  options: LoginOptions,
  page: URL,
  listening: Address | undefined,
): Promise<boolean> {
  const { env } = ctx.runtime;
  ctx.messages.say(
    'The approval page has no SSO login: approve as an organization admin whose SSO is deactivated.',
  );
  const { isElsewhere, openBrowser } = await import('../../auth/browser.ts');
  if (options.browser !== false && !isElsewhere(env)) {
    try {
      await openBrowser(page.href, env.BROWSER);
      ctx.messages.say(
        'Approve the access in your browser. If no page opened, open this one:',
        `  ${page.href}`,
      );
      return false;
    } catch {
      ctx.messages.say('No browser could be started here.');
    }
  }
  ctx.messages.say('Open this page in a browser:', `  ${page.href}`);
  if (
    listening !== undefined &&
    !isLoopback(listening.host.includes(':') ? `[${listening.host}]` : listening.host)
  ) {
    ctx.messages.warn(`Until the login ends, other machines can reach port ${listening.port} of this one`);
  }
  if (listening !== undefined) {
    ctx.messages.say(
      'If that is on another machine, forward the port from there before you approve, or paste the address at the end:',
      `  ssh -L ${forwarded(page)}:${reachedAt(listening)} ${userAtHost(env)}`,
    );
  }
  return true;
}

/** The port that the browser will be sent to. */
function forwarded(page: URL): number {
  return addressOf(new URL(page.searchParams.get('redirect_uri') ?? '')).port;
}

/** Where a program on this machine finds what listens there; what listens on all addresses is found on 127.0.0.1. */
function reachedAt({ host, port }: Address): string {
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** How this machine is reached, as far as SSH tells: the third word of SSH_CONNECTION is the address connected to. */
function userAtHost(env: Context['runtime']['env']): string {
  const host = env.SSH_CONNECTION?.split(' ')[2] ?? 'HOST';
  return `${env.USER ?? 'USER'}@${host}`;
}

/** `HOST:PORT`, or a port of 127.0.0.1. */
function listenAddress(text: string): Address {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) throw new InvalidArgumentError('Give HOST:PORT, or a port.');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
