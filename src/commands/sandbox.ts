import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandBuilder } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { parseList, parseWholeNumber } from '../cli/flag-values.ts';
import type { Flags } from '../cli/flags.ts';
import type { Sandbox } from '../sandbox/server.ts';

interface Options extends Flags {
  port?: number;
  users?: number;
  data?: string;
  latency?: number;
  rateLimit?: number;
  /** False after --no-retry-after. */
  retryAfter?: boolean;
  fail?: number;
  requireAssignmentFilter?: boolean;
  allowDuplicates?: boolean;
  redirectUri?: string;
  issuer?: string;
  tokenLifetime?: number;
  versionConflict?: number;
  duplicateUser?: number;
  scopes?: string[];
  seed?: number;
}

export function sandbox(cli: CommandBuilder, command: Command): void {
  command
    .option('--port <n>', 'port to listen on, on 127.0.0.1 only (any free one)', parseWholeNumber)
    .option('--users <n>', 'how many users there are; the same ones for the same seed (25)', parseWholeNumber)
    .option(
      '--assignments <n>',
      'how many role assignments there are (a few for each user)',
      parseWholeNumber,
    )
    .option('--data <file>', 'keep the state in this file, across runs')
    .option('--latency <ms>', 'hold back every answer this long', parseWholeNumber)
    .option('--rate-limit <n>', 'answer more than this many requests a second with 429', parseWholeNumber)
    .option('--no-retry-after', 'do not say with a 429 when to come back')
    .option(
      '--fail <rate>',
      'let this part of the API requests fail, 0 to 1; half of the writes among them take effect',
      rate,
    )
    .option(
      '--require-assignment-filter',
      'refuse to list role assignments without a filter, as some organizations do',
    )
    .option('--allow-duplicates', 'let a role assignment be made twice, which Twilio leaves open')
    .option(
      '--redirect-uri <url>',
      'Redirect URL saved in the authorization-code app (http://127.0.0.1:8477/callback)',
    )
    .option(
      '--issuer <url>',
      'issuer that the metadata and the callbacks name (its own origin, in the metadata)',
    )
    .option('--token-lifetime <seconds>', 'how long an access token is good for (3600)', parseWholeNumber)
    .option(
      '--version-conflict <status>',
      'status of a write to another version: 412 or 409 (412)',
      parseWholeNumber,
    )
    .option(
      '--duplicate-user <status>',
      'status of a user that exists already: 409 or 400 (409)',
      parseWholeNumber,
    )
    .option('--scopes <list>', 'scopes ticked in the apps (all)', parseList)
    .option('--seed <n>', 'what users, roles and failures follow from (1)', parseWholeNumber)
    .action(cli.action(run));
  cli.examples(command, [
    'twilio-org sandbox',
    'twilio-org sandbox --port 8478 --users 500 --data rehearsal.json',
    'twilio-org sandbox --rate-limit 20 --fail 0.1 -o json',
  ]);
}

/** Runs until it is told to end; that is how it is used, so the end is no failure. */
async function run(ctx: Context, options: Options): Promise<void> {
  const { startSandbox } = await import('../sandbox/server.ts');
  const sandbox = await startSandbox(options);
  const { signal } = ctx.runtime;
  try {
    await ctx.out.text(ctx.out.format.forPeople ? forPeople(sandbox) : forScripts(sandbox));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await sandbox.close();
  }
}

function rate(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > 1) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return value;
}

function forScripts({ apiUrl, oauthUrl, organizationSid, accountSids, apps }: Sandbox): string {
  return JSON.stringify({
    api_url: apiUrl,
    oauth_url: oauthUrl,
    organization_sid: organizationSid,
    account_sids: accountSids,
    apps,
  });
}

function forPeople({ apiUrl, oauthUrl, organizationSid, accountSids, apps }: Sandbox): string {
  const { authorization_code: person, client_credentials: job, public: open } = apps;
  return `A stand-in for Twilio's Organization API runs at ${apiUrl} until Ctrl-C.

In another terminal, point the program at it:
  export TWILIO_ORG_API_URL=${apiUrl}
  export TWILIO_ORG_OAUTH_URL=${oauthUrl}
  export TWILIO_ORG_ORGANIZATION_SID=${organizationSid}

Log in as a person, in the browser:
  twilio-org auth login --profile sandbox --client-id ${person.client_id} --redirect-uri ${person.redirect_uri}
  client secret: ${person.client_secret}

Or with an app that has no secret:
  twilio-org auth login --public --profile sandbox --client-id ${open.client_id} --redirect-uri ${open.redirect_uri}

Or work as a CI job does, without a login:
  export TWILIO_ORG_CLIENT_ID=${job.client_id}
  export TWILIO_ORG_CLIENT_SECRET=${job.client_secret}

Accounts for --scope, beside org: ${accountSids.join(' ')}
`;
}
