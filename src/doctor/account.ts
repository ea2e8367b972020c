import type { Context } from '../cli/context.ts';
import type { Settings } from '../login/config/settings.ts';
import { describeOrganization, type Identity } from '../login/identity.ts';
import { createSend, type TokenProvider } from '../twilio/client.ts';
import { checkClock, checkReachable } from './connectivity.ts';
import { type Finding, fromError, ok, unknown, type Verdict } from './finding.ts';
import { checkScopes, skippedScopes } from './scopes.ts';

/**
 * Checks whether Twilio can be reached, and what the active login may do there. Only reads are sent.
 *
 * @param storeWorks false if a stored login can't be read
 */
export async function checkTwilio(ctx: Context, storeWorks: boolean): Promise<Finding[]> {
  let settings: Settings;
  try {
    settings = await ctx.settings();
  } catch (error) {
    const skipped = ['api', 'oauth', 'clock'].map((check) => ({ check, ...unknown('Not checked') }));
    return [...skipped, { check: 'login', ...fromError(error) }, ...skippedScopes('there is no login')];
  }
  const [api, oauth] = await Promise.all([
    checkReachable(settings.apiUrl, '/v2/Organizations/Roles?PageSize=1', ctx.http),
    checkReachable(settings.oauthUrl, '/v2/token', ctx.http),
  ]);
  const { tokens, verdict } =
    storeWorks || settings.profile === undefined ? await checkToken(ctx) : storeFailed;
  const { findings, refusal } =
    tokens === undefined
      ? { findings: skippedScopes('there is no token'), refusal: undefined }
      : api.verdict.state === 'problem'
        ? { findings: skippedScopes(`${settings.apiUrl} could not be reached`), refusal: undefined }
        : await checkScopes(createSend(settings.apiUrl, tokens, ctx.http));
  const identity = tokens === undefined ? undefined : await ctx.identity();
  return [
    { check: 'api', ...api.verdict },
    { check: 'oauth', ...oauth.verdict },
    { check: 'clock', ...checkClock(api.clockAheadMs ?? oauth.clockAheadMs) },
    {
      check: 'login',
      ...withLogin(settings, identity, refusal === undefined ? verdict : fromError(refusal)),
    },
    ...findings,
  ];
}

interface TokenCheck {
  tokens?: TokenProvider;
  verdict: Verdict;
}

const storeFailed: TokenCheck = {
  verdict: unknown('not checked, because the credential store does not work'),
};

async function checkToken(ctx: Context): Promise<TokenCheck> {
  try {
    const tokens = await ctx.tokens();
    await tokens.get();
    return { tokens, verdict: ok('a token can be obtained') };
  } catch (error) {
    return { verdict: fromError(error) };
  }
}

/** The verdict with its login. The organization is known only from a token. */
function withLogin(settings: Settings, identity: Identity | undefined, verdict: Verdict): Verdict {
  const { source, profileName, profile } = settings;
  const login =
    source === 'profile'
      ? `Profile ${profileName}${profile === undefined ? '' : ` (${profile.grant}, ${profile.client_id})`}`
      : `${source} from the environment${identity?.clientId === undefined ? '' : ` (${identity.clientId})`}`;
  const organization = identity === undefined ? '' : `, ${describeOrganization(identity)}`;
  return { ...verdict, found: `${login}${organization}: ${verdict.found}` };
}
