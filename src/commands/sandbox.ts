import { once } from 'node:events';
import { defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { defineFlags, type FlagsOf } from '../cli/flag-spec.ts';
import { invalidValue, parseList, parseWholeNumber } from '../cli/flag-values.ts';
import type { Sandbox } from '../sandbox/server.ts';

const flags = defineFlags({
  port: {
    value: 'n',
    summary: 'port to listen on, on 127.0.0.1 only',
    parse: parseWholeNumber,
    default: 'a free one',
  },
  users: {
    value: 'n',
    summary: 'number of users; the same seed gives the same users',
    parse: parseWholeNumber,
    default: '25',
  },
  assignments: {
    value: 'n',
    summary: 'number of role assignments',
    parse: parseWholeNumber,
    default: 'a few per user',
  },
  data: { value: 'file', summary: 'keep the state in this file between runs' },
  latency: { value: 'ms', summary: 'delay every response by this long', parse: parseWholeNumber },
  rateLimit: {
    value: 'n',
    summary: 'respond with 429 to more than this many requests per second',
    parse: parseWholeNumber,
  },
  rateLimitWindow: {
    summary: 'count the requests in each second of the clock, as many gateways do, not in a token bucket',
  },
  retryAfter: { negated: true, summary: 'leave Retry-After out of a 429 response' },
  fail: {
    value: 'rate',
    summary: 'fail this fraction of the API requests, 0 to 1; half of the failed writes take effect',
    parse: parseRate,
  },
  requireAssignmentFilter: {
    summary: 'refuse to list role assignments without a filter, as some organizations do',
  },
  allowDuplicates: { summary: 'allow a role assignment to be created twice, which Twilio leaves open' },
  redirectUri: {
    value: 'url',
    summary: 'Redirect URL saved in the authorization-code app',
    default: 'http://127.0.0.1:8477/callback',
  },
  issuer: {
    value: 'url',
    summary: 'issuer in the metadata and in callbacks',
    default: 'its own origin, in the metadata',
  },
  tokenLifetime: {
    value: 'seconds',
    summary: 'lifetime of an access token',
    parse: parseWholeNumber,
    default: '3600',
  },
  versionConflict: {
    value: 'status',
    summary: 'status of a write that names an outdated version: 412 or 409',
    parse: parseWholeNumber,
    default: '412',
  },
  duplicateUser: {
    value: 'status',
    summary: 'status when a user already exists: 409 or 400',
    parse: parseWholeNumber,
    default: '409',
  },
  scopes: { value: 'list', summary: 'scopes of the apps', parse: parseList, default: 'all' },
  seed: {
    value: 'n',
    summary: 'seed of the generated users, roles and failures',
    parse: parseWholeNumber,
    default: '1',
  },
});

export const sandboxCommand = defineCommand({
  name: 'sandbox',
  summary: "Run a local stand-in for Twilio's Organization API",
  flags,
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org sandbox',
    'twilio-org sandbox --port 8478 --users 500 --data rehearsal.json',
    'twilio-org sandbox --rate-limit 20 --fail 0.1 -o json',
  ],
  run: (ctx, { flags }) => run(ctx, flags),
});

/** Runs until it is interrupted, and then exits with success. */
async function run(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
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

function parseRate(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > 1) throw invalidValue('Give a number from 0 to 1.');
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
  const { authorization_code: user, client_credentials: ci, public: publicApp } = apps;
  return `A stand-in for Twilio's Organization API is running at ${apiUrl}. Stop it with Ctrl-C.

In another terminal, select it:
  export TWILIO_ORG_API_URL=${apiUrl}
  export TWILIO_ORG_OAUTH_URL=${oauthUrl}
  export TWILIO_ORG_ORGANIZATION_SID=${organizationSid}

Log in with the browser:
  twilio-org auth login --profile sandbox --client-id ${user.client_id} --redirect-uri ${user.redirect_uri}
  client secret: ${user.client_secret}

Or log in with an app that has no secret:
  twilio-org auth login --public --profile sandbox --client-id ${publicApp.client_id} --redirect-uri ${publicApp.redirect_uri}

Or use client credentials, as a CI job does:
  export TWILIO_ORG_CLIENT_ID=${ci.client_id}
  export TWILIO_ORG_CLIENT_SECRET=${ci.client_secret}

Accounts for --scope, in addition to org: ${accountSids.join(' ')}
`;
}
