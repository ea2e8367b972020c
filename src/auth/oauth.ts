import { exchange, type HttpAnswer, type HttpOptions } from '../api/http.ts';
import { readProblem, toldBy } from '../api/problems.ts';
import { otherThanTwilio } from '../api/web-page.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../secret.ts';

/** An OAuth app of the organization, as the Console shows it, and where it is known. */
export interface OAuthApp {
  clientId: string;
  /** Absent from a public client, which proves itself by PKCE alone (RFC 7636). */
  clientSecret?: Secret | undefined;
  /** Origin of the authorization and token endpoints. */
  oauthUrl: string;
}

/** What the token endpoint gives (RFC 6749, section 5.1). */
export interface TokenSet {
  accessToken: Secret;
  /** Milliseconds since 1970, by this machine's clock. */
  expiresAt: number;
  /** Absent from client credentials, and from a refresh that keeps the old one. */
  refreshToken?: Secret;
}

/** What Twilio documents for every access token, taken where an answer does not say; seconds. */
const usualLifetime = 3600;

/** Random 256 bits for `state`, and for PKCE the verifier with its S256 challenge (RFC 7636, section 4). */
export async function newChallenge() {
  const oauth = await import('oauth4webapi');
  const verifier = oauth.generateRandomCodeVerifier();
  return {
    state: oauth.generateRandomState(),
    verifier,
    challenge: await oauth.calculatePKCECodeChallenge(verifier),
  };
}

/** The page on which a person approves. Source: Twilio, "Authorize an Authorization code application". */
export function authorizeUrl(
  app: { clientId: string; oauthUrl: string },
  parameters: { redirectUri: string; state: string; challenge: string },
): URL {
  const url = new URL('/v2/authorize', app.oauthUrl);
  url.search = new URLSearchParams({
    client_id: app.clientId,
    response_type: 'code',
    scope: 'offline_access',
    redirect_uri: parameters.redirectUri,
    state: parameters.state,
    code_challenge: parameters.challenge,
    code_challenge_method: 'S256',
  }).toString();
  return url;
}

/**
 * Exchanges the code that a callback carries (RFC 6749, section 4.1.3). Checks the callback's `state` and `iss` first
 * (RFC 9207). It is sent once and never again: a code works once.
 */
export async function exchangeCode(
  app: OAuthApp,
  callback: URLSearchParams,
  expected: { redirectUri: string; state: string; verifier: string },
  http: HttpOptions,
): Promise<TokenSet> {
  return tokenRequest(
    app,
    { ...http, maxRetries: 0 },
    codeLost,
    async ({ oauth, as, client, auth, options }) => {
      const checked = oauth.validateAuthResponse(as, client, callback, expected.state);
      const { redirectUri, verifier } = expected;
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        checked,
        redirectUri,
        verifier,
        options,
      );
      return oauth.processAuthorizationCodeResponse(as, client, response);
    },
  );
}

/** RFC 6749, section 6. */
export async function refresh(app: OAuthApp, refreshToken: Secret, http: HttpOptions): Promise<TokenSet> {
  const answer = tokenRequest(app, http, refreshLost, async ({ oauth, as, client, auth, options }) => {
    const response = await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken.reveal(), options);
    return oauth.processRefreshTokenResponse(as, client, response);
  });
  return answer.catch((error: unknown) => {
    if (!(error instanceof AppError) || error.kind !== 'auth' || error.status === undefined) throw error;
    throw error.withHint(
      "Log in again: twilio-org auth login. If that is refused too, check the OAuth app's client id and secret",
    );
  });
}

/** RFC 6749, section 4.4. Asking twice does no harm, so it may be repeated. */
export async function mint(app: OAuthApp, http: HttpOptions): Promise<TokenSet> {
  return tokenRequest(app, http, undefined, async ({ oauth, as, client, auth, options }) => {
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, options);
    return oauth.processClientCredentialsResponse(as, client, response);
  });
}

type OAuth = typeof import('oauth4webapi');
type TokenAnswer = import('oauth4webapi').TokenEndpointResponse;

interface Protocol {
  oauth: OAuth;
  as: import('oauth4webapi').AuthorizationServer;
  client: import('oauth4webapi').Client;
  auth: import('oauth4webapi').ClientAuth;
  options: import('oauth4webapi').TokenEndpointRequestOptions;
}

/** What to say when no answer came to what may not be sent twice; whether it happened shows itself. */
interface Lost {
  what: string;
  hint: string;
}

const codeLost: Lost = {
  what: 'The login could not be finished',
  hint: 'Nothing was stored. Run `twilio-org auth login` again',
};
const refreshLost: Lost = {
  what: 'The token could not be renewed',
  hint: 'Run the same command again; if it is refused then, log in again: twilio-org auth login',
};

/** @param lost absent when the request may be sent again */
async function tokenRequest(
  app: OAuthApp,
  http: HttpOptions,
  lost: Lost | undefined,
  grant: (protocol: Protocol) => Promise<TokenAnswer>,
): Promise<TokenSet> {
  const oauth = await import('oauth4webapi');
  const token_endpoint = new URL('/v2/token', app.oauthUrl).href;
  const protocol: Protocol = {
    oauth,
    as: { issuer: app.oauthUrl, token_endpoint },
    client: { client_id: app.clientId },
    auth: app.clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(app.clientSecret.reveal()),
    options: {
      [oauth.allowInsecureRequests]: token_endpoint.startsWith('http:'),
      [oauth.customFetch]: (url, init) => post(new URL(url), init, lost === undefined, http),
    },
  };
  let answer: TokenAnswer;
  try {
    answer = await grant(protocol);
  } catch (error) {
    if (lost !== undefined && error instanceof AppError && error.kind === 'unknown-outcome') {
      throw new AppError('temporary', `${lost.what}: ${error.message}`, { hint: lost.hint, cause: error });
    }
    if (error instanceof AppError || http.signal.aborted) throw error;
    // The library's errors carry the answer, tokens and all, as their cause: only its sentence goes on.
    throw new AppError(
      'auth',
      `${app.oauthUrl} did not answer as OAuth 2.0 asks: ${(error as Error).message}`,
      {
        hint: 'A proxy or a sign-in page may be answering instead of Twilio',
      },
    );
  }
  return {
    accessToken: new Secret(answer.access_token),
    expiresAt: http.now() + (answer.expires_in ?? usualLifetime) * 1000,
    ...(answer.refresh_token ? { refreshToken: new Secret(answer.refresh_token) } : {}),
  };
}

const secretMembers = new Set(['client_secret', 'refresh_token', 'code', 'code_verifier']);

async function post(
  url: URL,
  init: { body?: unknown; headers: Record<string, string>; method: string },
  repeatable: boolean,
  http: HttpOptions,
): Promise<Response> {
  const body = String(init.body);
  const members = [...new URLSearchParams(body)];
  const shownBody = members
    .map(([name, value]) => `${name}=${name === 'grant_type' || name === 'client_id' ? value : '[hidden]'}`)
    .join('&');
  const secrets = members.filter(([name]) => secretMembers.has(name)).map(([, value]) => value);
  const { method, headers } = init;
  const answer = await exchange({ method, url, headers, body, shownBody, secrets, repeatable }, http);
  const other = otherThanTwilio(answer, url, false);
  if (other !== undefined) throw other;
  if (answer.status >= 400) throw refusal(answer, http.now());
  return new Response(asOAuth(answer.text), { headers: { 'content-type': 'application/json' } });
}

/** The members OAuth knows, without the `null` ones that Twilio sends; anything but a JSON object as it came. */
function asOAuth(text: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof answer !== 'object' || answer === null) return text;
  const { access_token, token_type, expires_in, refresh_token } = answer as Record<string, unknown>;
  const given = Object.entries({ access_token, token_type, expires_in, refresh_token });
  return JSON.stringify(Object.fromEntries(given.filter(([, value]) => value !== null)));
}

function refusal(answer: HttpAnswer, now: number): AppError {
  const { status } = answer;
  const { details, said } = toldBy(answer, readProblem(answer.text), now, `status ${status}`);
  if (status === 408 || status === 429 || status >= 500) {
    const again = 'Run the same command again later';
    return new AppError('temporary', `Twilio's token endpoint could not serve the request: ${said}`, {
      ...details,
      hint: status < 500 ? again : `The fault is on Twilio's side. ${again}`,
    });
  }
  return new AppError('auth', `Twilio refused the credentials: ${said}`, {
    ...details,
    hint: 'Check the client id, the secret and the grant of the OAuth app, then log in again: twilio-org auth login',
  });
}
