import { cleanEnv, withLineEnd } from '../login/config/credential-text.ts';
import { configDir, usualConfigDir } from '../login/config/paths.ts';
import { type Config, type Profile, readConfig, type StoreKind } from '../login/config/profiles.ts';
import {
  checkOrganization,
  checkOrigins,
  checkPair,
  type Settings,
  settingsInForce,
  sourceOf,
} from '../login/config/settings.ts';
import { type Env } from '../platform/core/env.ts';
import type { Cost } from '../login/credentials/file/envelope.ts';
import type { CredentialStore } from '../login/credentials/open.ts';
import type { Identity } from '../login/identity.ts';
import type { StoredTokens } from '../login/oauth/token-provider.ts';
import { whySilent } from '../platform/core/env.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { once } from '../platform/core/once.ts';
import { Secret } from '../platform/core/secret.ts';
import { quoted } from '../platform/core/text.ts';
import type { HttpOptions } from '../platform/http/client.ts';
import { createRoutes } from '../platform/http/proxy-tunnel.ts';
import { createBudget } from '../platform/http/retry.ts';
import { colorWanted, loadStyle } from '../platform/terminal/color.ts';
import type { JobControl } from '../platform/terminal/job-control.ts';
import { createMessages, type Messages } from '../platform/terminal/messages.ts';
import { createOutput, type Format, formats, type Output } from '../platform/terminal/output.ts';
import { createPrompts, type Prompts } from '../platform/terminal/prompts.ts';
import { createSend, type Send, type Tokens } from '../twilio/client.ts';
import type { Write } from '../twilio/mutation.ts';
import { type Flags, seconds } from './command.ts';

/** What the program gets from its process: nothing below `main` reaches for it otherwise. */
export interface Runtime {
  env: Env;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  platform: NodeJS.Platform;
  home: string;
  /** Given when the person, or the system, wants the program to end. */
  signal: AbortSignal;
  /**
   * Lets the first wish to end the program call this instead, for work that is better finished; the second one is given
   * to `signal`. Returns what takes it back.
   */
  onFirstStop?: (soften: () => void) => () => void;
  /** Lets a shell stop and continue the program at a question; absent on Windows. */
  job?: JobControl | undefined;
  now: () => number;
  /** For the encrypted file, in place of what is usual. */
  keyCost?: Cost;
}

/** The API as the profile or the environment reaches it. */
export interface Api {
  send: Send;
  /** Its origin. */
  url: string;
  /** Makes a change once, and looks whether it took effect when no answer says so. */
  write<T>(write: Write<T>): Promise<T>;
  /** Told how much a whole listing held; throws `guard` when it has lost most of what it held before. */
  sawWhole(counts: { users?: number; assignments?: number }): Promise<void>;
}

/** What a command is given. */
export interface Context {
  runtime: Runtime;
  flags: Flags;
  /** The command as it was typed. */
  commandLine: string;
  /** The command without arguments, such as `users list`. */
  verb: string;
  /** The program's version. */
  version: string;
  out: Output;
  messages: Messages;
  prompts: Prompts;
  http: HttpOptions;
  /** True after a change was sent: the same command may then be another change. */
  hasChanged: boolean;
  /** Lets requests wait for nothing any more, neither for their turn nor to be sent again. */
  endWaits(): void;
  configDir: string;
  /** What holds for this run: origins, profile, organization, and where the credentials come from. */
  settings(): Promise<Settings>;
  config(): Promise<Config>;
  store(kind: StoreKind): Promise<CredentialStore>;
  /** The credentials in force, as tokens. */
  tokens(): Promise<Tokens>;
  /** The login and the organization, from the credentials that are sent. Everything shown and recorded comes from here. */
  identity(): Promise<Identity>;
  api(): Promise<Api>;
  /** Refuses at once, before any request, what could not be confirmed later; what is only planned need not be. */
  mustBeConfirmable(): void;
  /** Shows what is about to happen at Twilio, and in which organization, and asks; `cancelled` when the answer is no. */
  confirm(...change: string[]): Promise<void>;
  /** The same for a change on this machine alone, which needs no working login. */
  confirmLocal(...change: string[]): Promise<void>;
}

export function formatWanted(flag: Format | undefined, runtime: Runtime): Format {
  return flag ?? formatIn(runtime.env.TWILIO_ORG_OUTPUT) ?? (runtime.stdout.isTTY ? 'table' : 'tsv');
}

function formatIn(text: string | undefined): Format | undefined {
  if (!text) return undefined;
  const format = formats.find((known) => known === text);
  if (format === undefined) {
    throw usageError(`TWILIO_ORG_OUTPUT is ${text}`, `Set it to one of ${formats.join(', ')}`);
  }
  return format;
}

export async function createContext(
  process: Runtime,
  flags: Flags,
  { args = [], verb = '', version = '' }: { args?: readonly string[]; verb?: string; version?: string } = {},
): Promise<Context> {
  const { stdin, stdout, stderr, signal } = process;
  const color = (stream: NodeJS.WriteStream) => colorWanted(process.env, stream, flags.color === false);
  const style = await loadStyle(color(stderr));
  const messages = createMessages({ stderr, env: process.env, style, quiet: flags.quiet === true });
  const told = new Set<string>();
  // A file is opened more than once in a command.
  const warn = (text: string) => {
    if (!told.has(text)) messages.warn(text);
    told.add(text);
  };
  const env = cleanEnv(process.env, warn);
  const runtime: Runtime = Object.create(process, { env: { value: env } });
  const silent = whySilent(env, flags.noInput);
  const hasTerminal = stdin.isTTY === true && stderr.isTTY === true;
  const whyNot = (hasTerminal && silent) || 'there is no terminal to ask on';
  const prompts = createPrompts({
    stdin,
    stderr,
    interactive: hasTerminal && silent === undefined,
    whyNot,
    plain: env.TERM === 'dumb',
    color: color(stderr),
    signal,
    job: runtime.job,
  });
  const timeout = (flags.timeout ?? 30) * 1000;
  const hurry = new AbortController();
  const http: HttpOptions = {
    timeout,
    maxRetries: flags.maxRetries ?? 4,
    signal,
    hurry: hurry.signal,
    now: runtime.now,
    budget: createBudget(),
    largestAnswer: flags.maxAnswer === undefined ? undefined : flags.maxAnswer * 1024 * 1024,
    tokenCommand: flags.profile && `twilio-org --profile ${quoted(flags.profile)} auth token`,
    debug: flags.debug ? (line) => messages.say(line) : undefined,
    env,
    route: createRoutes(env, { timeout, signal }),
  };
  if (flags.rate !== undefined) {
    const { createPace } = await import('../platform/http/rate-limiter.ts');
    http.pace = createPace(flags.rate, http);
  }
  const openStoreOf = (kind: StoreKind) =>
    once(async () => {
      const { openStore } = await import('../login/credentials/open.ts');
      return openStore(kind, {
        configDir: ctx.configDir,
        usualConfigDir: usualConfigDir(env, runtime.platform, runtime.home),
        passphrase: async (file) =>
          (await import('./passphrase.ts')).readPassphrase({ env, prompts, messages }, file),
        keyCost: runtime.keyCost,
        olderPassphrase: withLineEnd(env.TWILIO_ORG_STORE_PASSPHRASE),
        keychainTimeout: keychainTimeout(flags, env, prompts.interactive),
        keychainWaits: () =>
          messages.say('The system keychain does not answer yet: it may be asking to be unlocked'),
        signal,
        warn,
      });
    });
  // One of each: the passphrase is asked, and its key made, once.
  const stores = { keychain: openStoreOf('keychain'), file: openStoreOf('file') };
  const ctx: Context = {
    runtime,
    flags,
    commandLine: ['twilio-org', ...args.map(quoted)].join(' '),
    verb,
    version,
    out: createOutput({
      stdout,
      env,
      format: formatWanted(flags.output, runtime),
      ...(flags.fields === undefined ? {} : { fields: flags.fields }),
      color: color(stdout),
    }),
    messages,
    prompts,
    http,
    hasChanged: false,
    endWaits: () => hurry.abort(),
    // Only those who need it have to have a home.
    get configDir() {
      return configDir(env, runtime.platform, runtime.home);
    },
    config: once(async () => readConfig(ctx.configDir, { warn })),
    settings: once(async () => {
      // Credentials from the environment need no profile, so a broken or missing file does not matter to them.
      const config = sourceOf(env) === 'profile' ? await ctx.config() : noConfig;
      return settingsInForce(flags, env, config);
    }),
    store: (kind) => stores[kind](),
    tokens: once(() => tokensInForce(ctx)),
    identity: once(async () => (await import('../login/identity.ts')).readIdentity(ctx)),
    api: once(async () => {
      const { apiUrl } = await ctx.settings();
      const sendAny = createSend(apiUrl, await ctx.tokens(), http);
      const send: Send = (request, onResponse) => {
        ctx.hasChanged ||= request.method !== 'GET';
        return sendAny(request, onResponse);
      };
      const reader = { send, url: apiUrl };
      const note = (line: string) => messages.note(line);
      return {
        ...reader,
        async write(write) {
          const { settle } = await import('../twilio/execute-once.ts');
          return settle(reader, write, { ...http, note });
        },
        async sawWhole(counts) {
          const { checkCounts } = await import('../organization/listing-baseline.ts');
          await checkCounts(ctx, counts);
        },
      };
    }),
    mustBeConfirmable() {
      const onlyPlanned = flags.dryRun || flags.planOut !== undefined;
      if (flags.yes || onlyPlanned || prompts.interactive) return;
      throw usageError(
        `This takes something away and asks first, but ${whyNot}: nothing was sent`,
        'Pass --yes to do it without the question, or --dry-run to see what it would do',
      );
    },
    async confirm(...change) {
      if (flags.yes) return;
      const { describeIdentity } = await import('../login/identity.ts');
      await ctx.confirmLocal(...change, `With ${describeIdentity(await ctx.identity())}.`);
    },
    async confirmLocal(...change) {
      if (flags.yes) return;
      messages.say(...change);
      if (await prompts.confirm({ message: 'Go on?' })) return;
      throw new AppError('cancelled', 'Nothing was changed');
    },
  };
  return ctx;
}

const noConfig: Config = { default_profile: 'default', profiles: Object.create(null) };

/** Milliseconds: what a flag or the environment says, or long enough to type a password where somebody may be asked. */
function keychainTimeout(flags: Flags, env: Env, interactive: boolean): number {
  const text = env.TWILIO_ORG_KEYCHAIN_TIMEOUT;
  if (flags.keychainTimeout === undefined && text) return inVariable(text) * 1000;
  return (flags.keychainTimeout ?? (interactive ? 60 : 3)) * 1000;
}

function inVariable(text: string): number {
  try {
    return seconds(text);
  } catch {
    throw usageError(
      `TWILIO_ORG_KEYCHAIN_TIMEOUT is ${text}`,
      'Set it to seconds, above 0 and up to 86400, or unset it',
    );
  }
}

async function tokensInForce(ctx: Context): Promise<Tokens> {
  const { env } = ctx.runtime;
  const settings = await ctx.settings();
  const session = await import('../login/oauth/token-provider.ts');
  checkPair(env);
  const { source } = settings;
  if (source !== 'profile' && ctx.flags.profile !== undefined) {
    const wins = source === 'TWILIO_ORG_ACCESS_TOKEN' ? 'wins' : 'win';
    ctx.messages.warn(
      `--profile ${ctx.flags.profile} is not used: ${source} in the environment ${wins} over every profile`,
    );
  }
  if (source === 'TWILIO_ORG_ACCESS_TOKEN') {
    const token = new Secret(env.TWILIO_ORG_ACCESS_TOKEN ?? '');
    (await environmentCheck(settings))(token);
    return session.givenToken(token);
  }
  if (source !== 'profile') {
    const app = {
      clientId: env.TWILIO_ORG_CLIENT_ID ?? '',
      clientSecret: new Secret(env.TWILIO_ORG_CLIENT_SECRET ?? ''),
      oauthUrl: settings.oauthUrl,
      inEnvironment: true,
    };
    return session.mintedToken(app, ctx.http, await environmentCheck(settings));
  }
  return storedLogin(ctx, settings);
}

/** A token that names another app or organization than the variables do is used for nothing. */
async function environmentCheck(settings: Settings): Promise<(token: Secret) => void> {
  const { checkClaims } = await import('../login/oauth/claims.ts');
  const { clientId, organizationSid } = settings;
  const app = { clientId, organizationSid: undefined, login: 'TWILIO_ORG_CLIENT_ID' };
  const organization = { clientId: undefined, organizationSid, login: 'TWILIO_ORG_ORGANIZATION_SID' };
  return (token) => {
    for (const expected of [app, organization]) {
      checkClaims(token, { ...expected, hint: `Correct or unset ${expected.login}` });
    }
  };
}

/** The tokens of the profile in force; `auth` when there is no such login. */
export async function storedLogin(ctx: Context, settings: Settings) {
  const { profile, profileName } = settings;
  if (profile === undefined) throw notLoggedIn(profileName, await ctx.config());
  checkOrigins(settings, profile);
  checkOrganization(settings, profile);
  return profileLogin(ctx, profileName, profile);
}

/** The tokens of a profile, whether or not it is in force. */
export async function profileLogin(ctx: Context, name: string, profile: Profile): Promise<StoredTokens> {
  const [{ storedToken }, { withLogin }] = await Promise.all([
    import('../login/oauth/token-provider.ts'),
    import('../login/oauth/login-lock.ts'),
  ]);
  return storedToken({
    name,
    profile,
    store: await ctx.store(profile.store),
    locked: (work) => withLogin(ctx.configDir, name, profile, work),
    warn: (...lines) => ctx.messages.warn(...lines),
    http: ctx.http,
  });
}

function notLoggedIn(name: string, config: Config): AppError {
  const others = Object.keys(config.profiles);
  return new AppError('auth', `Not logged in: there is no profile ${name}`, {
    hint:
      others.length === 0
        ? 'Log in with `twilio-org auth login`, or set TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET'
        : `Profiles are ${others.join(', ')}: pass --profile NAME, or twilio-org auth switch NAME`,
  });
}
