import { cleanEnv, withLineEnd } from '../login/config/credential-text.ts';
import { configDir, usualConfigDir } from '../login/config/paths.ts';
import { readConfig } from '../login/config/profiles.ts';
import type { Config } from '../login/config/schema.ts';
import { credentialSource, resolveSettings } from '../login/config/settings.ts';
import type { OpenStore, StoreKind } from '../login/credentials/stores.ts';
import { activeTokens } from '../login/tokens.ts';
import type { Organization } from '../organization/organization.ts';
import { isOn, whySilent } from '../platform/core/env.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { once } from '../platform/core/once.ts';
import { Secret } from '../platform/core/secret.ts';
import { shellQuote } from '../platform/core/text.ts';
import { createRetryBudget } from '../platform/http/retry.ts';
import { createTransportSelector } from '../platform/http/transports.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import { loadStyle, shouldUseColor } from '../platform/terminal/color.ts';
import { type DocumentName, findDocumentFormat } from '../platform/terminal/documents.ts';
import { defaultFormats, type FormatName, parseFormatName } from '../platform/terminal/formats/index.ts';
import { createMessages } from '../platform/terminal/messages.ts';
import { createOutput } from '../platform/terminal/output.ts';
import { createPrompts } from '../platform/terminal/prompts.ts';
import { createSpinner, noSpinner, type Spinner, spinnerFrames } from '../platform/terminal/spinner.ts';
import { createSend, type Send } from '../twilio/client.ts';
import type { Context } from './context.ts';
import type { Flags } from './flags.ts';
import { pagerCommand } from './pager-command.ts';
import { addProfileFlag } from './profile-hint.ts';
import type { Runtime } from './runtime.ts';
import { keychainTimeoutMs } from './store-options.ts';
import { userAgent } from './user-agent.ts';

/** The format of rows, and the document that is wanted in place of them. */
function outputFormat(
  flag: FormatName | undefined,
  { env, stdout }: Runtime,
): { format: FormatName; document?: DocumentName } {
  const document = findDocumentFormat(flag ?? '')?.name;
  // Output besides the document is for programs.
  if (document !== undefined) return { format: 'json', document };
  if (flag !== undefined) return { format: flag };
  if (env.TWILIO_ORG_OUTPUT) return { format: parseFormatName(env.TWILIO_ORG_OUTPUT, 'TWILIO_ORG_OUTPUT') };
  return { format: stdout.isTTY ? defaultFormats.terminal : defaultFormats.pipe };
}

/** The spinner of this call. It needs two terminals, because stdout may be a pipe to a program that draws there, too. */
function spinnerFor({ env, stdout, stderr, platform, signal, now }: Runtime, flags: Flags): Spinner {
  const isTerminal = stdout.isTTY === true && stderr.isTTY === true && env.TERM !== 'dumb';
  if (!isTerminal || isOn(env.CI) || flags.quiet || flags.debug) return noSpinner;
  return createSpinner({ stderr, signal, now, frames: spinnerFrames(env, platform) });
}

/** Reads `--query` before any request, and settles the format that goes with it. */
async function withQuery(flags: Flags): Promise<{ flags: Flags; query?: Context['query'] }> {
  const { query, output, fields } = flags;
  if (query === undefined) return { flags };
  if (output !== undefined && output !== 'json')
    throw usageError(`--query prints JSON, but -o asks for ${output}`, 'Leave out one of the two');
  if (fields !== undefined)
    throw usageError('--query and --fields exclude each other', "Choose members in the query: '[].{id: id}'");
  const { compileQuery } = await import('./query.ts');
  return { flags: { ...flags, output: 'json' }, query: compileQuery(query) };
}

const noConfig: Config = { default_profile: 'default', profiles: Object.create(null) };

/** One call of the program, with its own context. */
export interface Invocation {
  args: readonly string[];
  /** The command without arguments, such as `users list`. */
  verb: string;
  version: string;
  program: Context['program'];
  /** First words of the commands that use a profile. */
  profileCommands: readonly string[];
}

const noInvocation: Invocation = {
  args: [],
  verb: '',
  version: '',
  profileCommands: [],
  program: () => Promise.reject(new Error('This context has no commands')),
};

export async function createContext(
  process: Runtime,
  given: Flags,
  { args, verb, version, program, profileCommands }: Invocation = noInvocation,
): Promise<Context> {
  const { flags, query } = await withQuery(given);
  if (flags.fields !== undefined && findDocumentFormat(flags.output ?? '') !== undefined)
    throw usageError(`-o ${flags.output} has no fields to choose`, 'Leave out --fields');
  const { stdout, stderr, signal } = process;
  if (findDocumentFormat(flags.output ?? '')?.name === 'html' && stdout.isTTY)
    throw usageError('-o html prints a page for a browser', 'Send it to a file: … -o html > page.html');
  const color = (stream: NodeJS.WriteStream) => shouldUseColor(process.env, stream, flags.color === false);
  const style = await loadStyle(color(stderr));
  const spinner = spinnerFor(process, flags);
  const messages = createMessages({
    stderr,
    env: process.env,
    style,
    quiet: flags.quiet === true,
    beforeWrite: spinner.clear,
  });
  const told = new Set<string>();
  // A command can open the same file several times: one warning is enough.
  const warn = (text: string) => {
    if (!told.has(text)) messages.warn(text);
    told.add(text);
  };
  const env = cleanEnv(process.env, warn);
  const runtime: Runtime = Object.create(process, { env: { value: env } });
  const silent = whySilent(env, flags.noInput);
  // Node opens stdin on first access, which takes long for what most commands never read.
  const hasTerminal = stderr.isTTY === true && process.stdin.isTTY === true;
  const whyNot = (hasTerminal && silent) || 'there is no terminal to ask on';
  const pager = pagerCommand({ env, stdout }, flags);
  const openPager =
    pager === undefined
      ? undefined
      : async () => (await import('./pager.ts')).pagedStream(pager, { runtime, env, messages, spinner });
  const prompts = createPrompts({
    get stdin() {
      return process.stdin;
    },
    stderr,
    interactive: hasTerminal && silent === undefined,
    whyNot,
    plain: env.TERM === 'dumb',
    style,
    signal,
    job: runtime.job,
    onQuestion: spinner.suspend,
    // Others may have changed the organization while the question was open.
    onAnswer: () => organization?.onChange(),
  });
  const timeout = (flags.timeout ?? 30) * 1000;
  const skipping = new AbortController();
  const http: HttpOptions = {
    timeoutMs: timeout,
    maxRetries: flags.maxRetries ?? 4,
    signal,
    skipWaits: skipping.signal,
    now: runtime.now,
    retryBudget: createRetryBudget(),
    maxResponseBytes: flags.maxAnswer === undefined ? undefined : flags.maxAnswer * 1024 * 1024,
    userAgent,
    tokenCommand: `twilio-org ${flags.profile ? `--profile ${shellQuote(flags.profile)} ` : ''}auth token`,
    activity: spinner,
    debug: flags.debug ? (line) => messages.say(line) : undefined,
    env,
    transportFor: createTransportSelector(env, { timeoutMs: timeout, signal, userAgent }),
  };
  if (flags.rate !== undefined) {
    const { createRateLimiter } = await import('../platform/http/rate-limiter.ts');
    http.rateLimiter = createRateLimiter(flags.rate, http);
  }
  async function openStoreOf(kind: StoreKind): Promise<OpenStore> {
    const { openStore } = await import('../login/credentials/stores.ts');
    return openStore(kind, {
      configDir: ctx.configDir,
      usualConfigDir: usualConfigDir(env, runtime.platform, runtime.home),
      passphrase: async (file) =>
        (await import('./passphrase.ts')).readPassphrase({ env, prompts, messages, signal }, file),
      randomKey: env.TWILIO_ORG_STORE_KEY ? new Secret(env.TWILIO_ORG_STORE_KEY) : undefined,
      keyCost: runtime.keyCost,
      olderPassphrase: withLineEnd(env.TWILIO_ORG_STORE_PASSPHRASE),
      keychainTimeout: keychainTimeoutMs(flags, env, prompts.interactive),
      keychainWaits: () =>
        messages.say('The system keychain has not responded yet. It may be waiting to be unlocked'),
      signal,
      warn,
    });
  }
  // Each store is opened once, so that its passphrase is asked for, and its key derived, a single time.
  const opened = new Map<StoreKind, Promise<OpenStore>>();
  let organization: Organization | undefined;
  const ctx: Context = {
    runtime,
    flags,
    env,
    now: runtime.now,
    signal,
    log: messages,
    commandLine: ['twilio-org', ...args.map(shellQuote)].join(' '),
    verb,
    version,
    program,
    withProfile: (advice) => addProfileFlag(advice, flags.profile, profileCommands),
    out: createOutput({
      stdout,
      env,
      ...outputFormat(flags.output, runtime),
      ...(flags.fields === undefined ? {} : { fields: flags.fields }),
      query,
      color: color(stdout),
      now: () => ctx.now(),
      beforeWrite: spinner.clear,
      pager: openPager,
    }),
    query,
    messages,
    prompts,
    spinner,
    http,
    hasChanged: false,
    skipWaits: () => skipping.abort(),
    // A getter, because commands that need no directory work without a home directory.
    get configDir() {
      return configDir(env, runtime.platform, runtime.home);
    },
    config: once(async () => readConfig(ctx.configDir, { warn })),
    settings: once(async () => {
      // Credentials from the environment need no profile and work beside a broken config.json.
      const config = credentialSource(env) === 'profile' ? await ctx.config() : noConfig;
      return resolveSettings(flags, env, config);
    }),
    store(kind) {
      const store = opened.get(kind) ?? openStoreOf(kind);
      opened.set(kind, store);
      return store;
    },
    tokens: once(() => activeTokens(ctx, flags.profile)),
    scopes: once(async () => {
      const { loadAccounts } = await import('./accounts.ts');
      const { organizationSid } = await ctx.settings();
      const accounts = await loadAccounts(ctx, organizationSid);
      return { organizationSid, accounts };
    }),
    identity: once(async () => (await import('../login/identity.ts')).readIdentity(ctx)),
    api: once(async () => {
      const { apiUrl } = await ctx.settings();
      const sendAny = createSend(apiUrl, await ctx.tokens(), http);
      const send: Send = (request, onResponse) => {
        if (request.method !== 'GET') {
          ctx.hasChanged = true;
          organization?.onChange();
        }
        return sendAny(request, onResponse);
      };
      const reader = { send, url: apiUrl };
      const note = (line: string) => messages.note(line);
      return {
        ...reader,
        async write(write) {
          const { executeOnce: settle } = await import('../twilio/execute-once.ts');
          return settle(reader, write, { ...http, note });
        },
      };
    }),
    organization: once(async () => {
      const { createOrganization } = await import('../organization/organization.ts');
      const { apiSource } = await import('../organization/source.ts');
      organization = createOrganization(apiSource(await ctx.api()), {
        async sizes() {
          const { lastListingSizes } = await import('../organization/listing-baseline.ts');
          return lastListingSizes(ctx);
        },
        async check(sizes) {
          const { checkListingShrinkage } = await import('../organization/listing-baseline.ts');
          await checkListingShrinkage(ctx, sizes, flags.overrideGuards === true);
        },
      });
      return organization;
    }),
    requireConfirmable(effect = 'This removes access') {
      const onlyPlanned = flags.dryRun || flags.planOut !== undefined;
      if (flags.yes || onlyPlanned || prompts.interactive) return;
      throw usageError(
        `${effect} and needs confirmation, but ${whyNot}`,
        'In a script add --yes. Nothing was sent. To see what it would do, add --dry-run',
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
      if (await prompts.confirm({ message: 'Continue?' })) return;
      throw new AppError('cancelled', 'Nothing was changed');
    },
  };
  if (flags.at !== undefined) await (await import('./at-snapshot.ts')).readAtSnapshot(ctx, flags.at);
  return ctx;
}
