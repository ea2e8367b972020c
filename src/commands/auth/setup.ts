import { defineCommand } from '../../cli/command.ts';
import { commandsWithScopes, type ScopedCommand } from '../../cli/command-scopes.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { openPage } from '../../cli/open-page.ts';
import type { GrantType, Profile } from '../../login/config/profiles.ts';
import { twilio } from '../../login/config/settings.ts';
import { consoleGuide, renderGuide } from '../../login/console/guides.ts';
import { defaultRedirectUri } from '../../login/oauth/callback-server.ts';
import { staticTokens } from '../../login/oauth/static-tokens.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { createSend } from '../../twilio/client.ts';
import { isMissingScope, probeScopes, type ScopeProbe } from '../../twilio/scope-probe.ts';
import { type Scope, scopeTable } from '../../twilio/scopes.ts';
import { type Intent, intentsOf, scopesOf, shortScopes } from './shared/intents.ts';
import { beforeLogin, checkOptions, type LoginResult, login } from './shared/login.ts';
import { grantFlag, loginFlags } from './shared/login-flags.ts';
import { firstLook, nextSteps } from './shared/next-steps.ts';
import { promptForClientId } from './shared/questions.ts';

const flags = defineFlags({
  grant: { ...grantFlag, summary: 'grant type of the OAuth app, instead of the question' },
  legacy: { summary: 'show the steps for the legacy Console' },
  ...loginFlags,
});

type SetupFlags = FlagsOf<typeof flags>;

export const setupCommand = defineCommand({
  name: 'auth setup',
  summary: 'Set up a login step by step: the OAuth app, its scopes, the login',
  flags,
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org auth setup',
    'twilio-org auth setup --profile ci --grant client-credentials --no-browser',
  ],
  run: (ctx, { flags }) => setup(ctx, flags),
});

/** Runs first the steps that can fail, because the Console shows a client secret only once. */
async function setup(ctx: Context, options: SetupFlags): Promise<void> {
  checkTerminal(ctx);
  checkEnvironment(ctx);
  checkOptions(options);
  const { profileName, old, workingStore } = await beforeLogin(ctx, options);
  if (old !== undefined) await confirmNewApp(ctx, profileName, old);
  const grant = options.grant ?? (await promptForGrantType(ctx));
  const scopes = await promptForScopes(ctx);
  const redirectUri = options.redirectUri ?? defaultRedirectUri;
  await showConsole(ctx, options, grant, redirectUri, scopes);
  const clientId = await promptForClientId(ctx, 'Client id of the new app (OQ…)');
  const agreed = { workingStore, mayReplace: true, isGuided: true };
  const made = await login(ctx, { ...options, ...agreed, grant, clientId, redirectUri });
  await prove(ctx, made, scopes);
  const next =
    grant === 'client-credentials' ? nextForJobs(made, scopes) : nextSteps(scopes).map(ctx.withProfile);
  ctx.messages.say('', ...next);
}

async function confirmNewApp(ctx: Context, name: string, old: Profile): Promise<void> {
  if (ctx.flags.yes) return;
  ctx.messages.say(
    `Profile ${name} is already a login of client ${old.client_id}. The login of the new app will replace it. To keep both, use --profile NAME.`,
  );
  if (await ctx.prompts.confirm({ message: 'Replace it?' })) return;
  throw new AppError('cancelled', 'Nothing was changed');
}

function checkTerminal({ prompts }: Context): void {
  if (prompts.interactive) return;
  throw usageError(
    `auth setup asks questions, but ${prompts.whyNot}`,
    '`twilio-org apps create` and `twilio-org apps scopes` show how to create the app. Then log in: twilio-org auth login',
  );
}

/** The login would use these variables, or they would override it, whichever app was created meanwhile. */
function checkEnvironment({ runtime }: Context): void {
  const names = ['TWILIO_ORG_ACCESS_TOKEN', 'TWILIO_ORG_CLIENT_ID', 'TWILIO_ORG_CLIENT_SECRET'];
  const set = names.filter((name) => runtime.env[name]);
  if (set.length === 0) return;
  throw usageError(
    `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set and would override the new login`,
    'Unset them, then run the same command again',
  );
}

function promptForGrantType({ prompts }: Context): Promise<GrantType> {
  return prompts.choose<GrantType>({
    message: 'Who will use this login?',
    flag: '--grant',
    choices: [
      {
        name: 'A person',
        value: 'authorization-code',
        description: 'approves the login in the browser (grant type Authorization code)',
      },
      {
        name: 'CI or a server',
        value: 'client-credentials',
        description: 'needs no approval (grant type Client credentials)',
      },
    ],
  });
}

/** Offers the usual intents, each with its scopes, and a choice of single commands. */
async function promptForScopes(ctx: Context): Promise<readonly Scope[]> {
  const intents = intentsOf(await ctx.program());
  const chosen = await ctx.prompts.choose<Intent | undefined>({
    message: 'What will this login be used for?',
    flag: '',
    choices: [
      ...intents.map((intent) => ({
        name: `${intent.name}: ${intent.summary}`,
        value: intent,
        description: `Scopes: ${shortScopes(intent.scopes)}`,
      })),
      {
        name: 'Choose myself: tick the commands that will be used',
        value: undefined,
        description: 'Scopes: those that the commands need',
      },
    ],
  });
  return chosen?.scopes ?? scopesOf(await promptForCommands(ctx));
}

/** Offers all commands. Those that only read are selected from the start. */
async function promptForCommands({ prompts, program }: Context): Promise<ScopedCommand[]> {
  const commands = commandsWithScopes(await program());
  return prompts.chooseSome({
    message: 'Which commands will be used?',
    flag: '',
    choices: commands.map((command) => ({ name: command.name, value: command })),
    chosen: commands.filter(({ name }) => / (list|get)$/.test(name)),
  });
}

async function showConsole(
  ctx: Context,
  options: SetupFlags,
  grant: GrantType,
  redirectUri: string,
  scopes: readonly Scope[],
): Promise<void> {
  const how = consoleGuide('create', grant, options.legacy ? 'legacy' : 'present', redirectUri);
  const width = Math.max(...scopes.map((scope) => scope.length));
  const selected = scopeTable.filter(({ scope }) => scopes.includes(scope));
  ctx.messages.say(
    '',
    ...renderGuide(how),
    '',
    'Select these scopes:',
    ...selected.map(({ scope, allows }) => `   ${scope.padEnd(width)}  ${allows}`),
    '',
  );
  if (options.browser !== false) await openPage(ctx, how.url);
  await ctx.prompts.text({
    message: 'Press Enter when you have created the app and copied its secret.',
    flag: '',
    // A secret that is pasted too early stays hidden.
    mayShow: () => false,
  });
}

/** Proves the login by reads. An error that says no more than that a scope is missing counts as accepted. */
async function prove(
  ctx: Context,
  { profile, accessToken }: LoginResult,
  scopes: readonly Scope[],
): Promise<void> {
  const tried = await probeScopes(createSend(profile.api_url, staticTokens(accessToken), ctx.http));
  for (const { result } of tried) {
    if (typeof result === 'object' && !isMissingScope(result.error)) throw result.error;
  }
  const wanted = (of: (one: ScopeProbe) => boolean) =>
    tried.filter((one) => of(one) && scopes.includes(one.scope)).map(({ scope }) => scope);
  const lacking = wanted(({ result }) => typeof result === 'object');
  const unprobed = wanted(({ result }) => result === undefined);
  ctx.messages.say('Twilio accepts the login.');
  if (unprobed.length > 0) ctx.messages.say(`Only a change can show whether it has ${unprobed.join(', ')}.`);
  if (lacking.length === 0) return;
  ctx.messages.warn(
    `The login lacks ${lacking.join(', ')}`,
    'Add these scopes to the app (see twilio-org apps update), then log in again: twilio-org auth login',
  );
}

function nextForJobs({ profileName, profile }: LoginResult, scopes: readonly Scope[]): string[] {
  const { client_id, organization_sid, api_url, oauth_url } = profile;
  const elsewhere = api_url !== twilio.apiUrl || oauth_url !== twilio.oauthUrl;
  return [
    "Set these in your CI's secret store, or in the server's environment, for the job that runs twilio-org:",
    `  TWILIO_ORG_CLIENT_ID         ${client_id}`,
    '  TWILIO_ORG_CLIENT_SECRET     the client secret that you copied',
    `  TWILIO_ORG_ORGANIZATION_SID  ${organization_sid ?? 'the SID of the organization (OR…), if a command uses --scope org'}`,
    ...(elsewhere
      ? [`  TWILIO_ORG_API_URL           ${api_url}`, `  TWILIO_ORG_OAUTH_URL         ${oauth_url}`]
      : []),
    'The job then needs no login. Its first command could be:',
    `  ${firstLook(scopes)}`,
    `This machine is logged in too, so that you can try it. To log out: twilio-org auth logout --profile ${profileName}`,
  ];
}
