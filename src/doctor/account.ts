import type { Context } from '../cli/context.ts';
import type { Settings } from '../login/config/settings.ts';
import { describeOrganization, type Identity } from '../login/identity.ts';
import { createSend, type TokenProvider } from '../twilio/client.ts';
import { checkClock, checkReachable } from './connectivity.ts';
import { type Finding, fromError, ok, unknown, type Verdict } from './finding.ts';
import { checkScopes, skippedScopes } from './scopes.ts';

/**
 * Whether Twilio can be reached, and what can be done there with the login in force. Nothing is changed there.
 *
 * @param storeWorks false when a stored login can't be read anyway
 */
export async function checkTwilio(ctx: Context, storeWorks: boolean): Promise<Finding[]> {
  let settings: Settings;
  try {
    settings = await ctx.settings();
  } catch (error) {
    const untried = ['api', 'oauth', 'clock'].map((check) => ({ check, ...unknown('Not tried') }));
    return [...untried, { check: 'login', ...fromError(error) }, ...skippedScopes('there is no login')];
  }
  const [api, oauth] = await Promise.all([
    checkReachable(settings.apiUrl, '/v2/Organizations/Roles?PageSize=1', ctx.http),
    checkReachable(settings.oauthUrl, '/v2/token', ctx.http),
  ]);
  const { tokens, verdict } = storeWorks || settings.profile === undefined ? await token(ctx) : storeBroken;
  const { findings, refusal } =
    tokens === undefined
      ? { findings: skippedScopes('there is no token'), refusal: undefined }
      : api.verdict.state === 'problem'
        ? { findings: skippedScopes(`${settings.apiUrl} was not reached`), refusal: undefined }
        : await checkScopes(createSend(settings.apiUrl, tokens, ctx.http));
  const identity = tokens === undefined ? undefined : await ctx.identity();
  return [
    { check: 'api', ...api.verdict },
    { check: 'oauth', ...oauth.verdict },
    { check: 'clock', ...checkClock(api.ahead ?? oauth.ahead) },
    { check: 'login', ...naming(settings, identity, refusal === undefined ? verdict : fromError(refusal)) },
    ...findings,
  ];
}

interface Found {
  tokens?: TokenProvider;
  verdict: Verdict;
}

const storeBroken: Found = { verdict: unknown('not tried, as the credential store does not work') };

async function token(ctx: Context): Promise<Found> {
  try {
    const tokens = await ctx.tokens();
    await tokens.get();
    return { tokens, verdict: ok('a token can be had') };
  } catch (error) {
    return { verdict: fromError(error) };
  }
}

/** The verdict with the login that it is about. Without a token nothing vouches for the organization. */
function naming(settings: Settings, identity: Identity | undefined, verdict: Verdict): Verdict {
  const { source, profileName, profile } = settings;
  const login =
    source === 'profile'
      ? `Profile ${profileName}${profile === undefined ? '' : ` (${profile.grant}, ${profile.client_id})`}`
      : `${source} from the environment${identity?.clientId === undefined ? '' : ` (${identity.clientId})`}`;
  const organization = identity === undefined ? '' : `, ${describeOrganization(identity)}`;
  return { ...verdict, found: `${login}${organization}: ${verdict.found}` };
}
