import { AppError } from '../../platform/core/errors.ts';
import { Secret } from '../../platform/core/secret.ts';
import { systemFailure } from '../../platform/core/system-errors.ts';
import { sendWithRetries } from '../../platform/http/client.ts';
import type { HttpOptions, HttpResponse } from '../../platform/http/types.ts';
import { errorDetails, parseErrorBody } from '../../twilio/errors.ts';
import { detectForeignResponse } from '../../twilio/foreign-response.ts';
import { type Expiry, expiryOf } from './expiry.ts';
import { Response } from './light-fetch.ts';

/** An OAuth app of the organization, as the Console shows it, and its authorization server. */
export interface OAuthApp {
  clientId: string;
  /** Absent from a public client, which uses only PKCE (RFC 7636). */
  clientSecret?: Secret | undefined;
  /** Origin of the authorization and token endpoints. */
  oauthUrl: string;
  /**
   * True when the credentials come from TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET: a login would not change
   * them.
   */
  inEnvironment?: boolean;
}

/** A response of the token endpoint (RFC 6749, section 5.1). */
export interface TokenSet extends Expiry {
  accessToken: Secret;
  /** Absent from client credentials, and from a refresh that keeps the old one. */
  refreshToken?: Secret;
}

/** Random 256 bits for `state`, and for PKCE the verifier with its S256 challenge (RFC 7636, section 4). */
export async function newPkce() {
  const oauth = await import('./library.ts');
  const verifier = oauth.generateRandomCodeVerifier();
  return {
    state: oauth.generateRandomState(),
    verifier,
    challenge: await oauth.calculatePKCECodeChallenge(verifier),
  };
}

/** The address of the approval page. Source: Twilio, "Authorize an Authorization code application". */
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
 * Exchanges the code of a callback (RFC 6749, section 4.1.3). Checks `state` and `iss` first (RFC 9207). `iss` is
 * compared with the published metadata, and accepted when that can't be read, because Twilio's issuer is not
 * documented. The code works once, so it is never sent again.
 */
export async function exchangeCode(
  app: OAuthApp,
  callback: URLSearchParams,
  expected: { redirectUri: string; state: string; verifier: string },
  http: HttpOptions,
): Promise<TokenSet> {
  await checkIssuer(app, callback, http);
  const parameters = new URLSearchParams(callback);
  parameters.delete('iss');
  return tokenRequest(
    app,
    { ...http, maxRetries: 0 },
    forCode,
    async ({ oauth, as, client, auth, options }) => {
      const checked = oauth.validateAuthResponse(as, client, parameters, expected.state);
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

async function checkIssuer(app: OAuthApp, callback: URLSearchParams, http: HttpOptions): Promise<void> {
  const [named] = callback.getAll('iss');
  if (named === undefined) return;
  const { publishedIssuer } = await import('./metadata.ts');
  const published = await publishedIssuer(app.oauthUrl, http);
  if (published === undefined || (published === named && callback.getAll('iss').length === 1)) return;
  throw new AppError(
    'auth',
    `The login response names the issuer ${named}, but the authorization server is ${published}: nothing was stored`,
    { hint: 'Log in again, and approve only on the page that opens: twilio-org auth login' },
  );
}

/** RFC 6749, section 6. */
export async function refresh(app: OAuthApp, refreshToken: Secret, http: HttpOptions): Promise<TokenSet> {
  return tokenRequest(app, http, forRefresh, async ({ oauth, as, client, auth, options }) => {
    const response = await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken.reveal(), options);
    return oauth.processRefreshTokenResponse(as, client, response);
  });
}

/** RFC 6749, section 4.4. Repeatable, because a second token does no harm. */
export async function clientCredentialsToken(app: OAuthApp, http: HttpOptions): Promise<TokenSet> {
  return tokenRequest(app, http, forMint, async ({ oauth, as, client, auth, options }) => {
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, options);
    return oauth.processClientCredentialsResponse(as, client, response);
  });
}

type OAuth = typeof import('./library.ts');

type TokenResponse = import('oauth4webapi').TokenEndpointResponse;

interface Protocol {
  oauth: OAuth;
  as: import('oauth4webapi').AuthorizationServer;
  client: import('oauth4webapi').Client;
  auth: import('oauth4webapi').ClientAuth;
  options: import('oauth4webapi').TokenEndpointRequestOptions;
}

/** The texts of messages that depend on the kind of token request. */
interface Purpose {
  /** Absent when the request is repeatable, so that a lost response does no harm. */
  lost?: { what: string; hint: string };
  /** Advice for a refused request, by OAuth's error name and the status. */
  refused: (oauthError: string | undefined, status: number) => string;
}

const checkApp = 'Check the client id, the secret and the grant type of the OAuth app';
const otherGrantType =
  'The OAuth app has another grant type: pass the other --grant, or create an app with this one (twilio-org apps create)';

/** Advice about the app's credentials, for every kind of token request. */
function ofApp(
  { clientSecret, inEnvironment }: OAuthApp,
  oauthError: string | undefined,
): string | undefined {
  if (oauthError === 'invalid_grant') return undefined;
  if (clientSecret === undefined) {
    return 'The OAuth app may not be a public one: log in with its secret, without --public';
  }
  if (/^[0-9a-f]{32}$/i.test(clientSecret.reveal())) {
    return "The secret has the form of an Auth Token, which Twilio does not support here: use the OAuth app's client secret";
  }
  if (!inEnvironment) return undefined;
  return 'Check TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET, and that the OAuth app has the grant type client credentials';
}

const forCode: Purpose = {
  lost: {
    what: 'The login could not be finished',
    hint: 'Nothing was stored. Run `twilio-org auth login` again',
  },
  refused(oauthError, status) {
    if (oauthError === 'invalid_client') {
      return `${checkApp}, then log in again: twilio-org auth login`;
    }
    if (oauthError === 'unauthorized_client') return otherGrantType;
    // Status 401 is about the app (RFC 6749, section 5.2), but an error in Twilio's own format does not guarantee that.
    if (oauthError === undefined && status === 401) {
      return `${checkApp}, then run \`twilio-org auth login\` again and complete it promptly: a code works once and for five minutes`;
    }
    const code =
      'A code works once and for five minutes after the approval: run `twilio-org auth login` again and complete it promptly';
    return `${code}. If that is refused too, check the client id, the secret and the Redirect URL of the OAuth app`;
  },
};

const forRefresh: Purpose = {
  lost: {
    what: 'The token could not be renewed',
    hint: 'Run the same command again; if it is refused then, log in again: twilio-org auth login',
  },
  refused: () =>
    "Log in again: twilio-org auth login. If that is refused too, check the OAuth app's client id and secret",
};

const forMint: Purpose = {
  refused: (oauthError) =>
    oauthError === 'unauthorized_client'
      ? otherGrantType
      : `${checkApp}, then log in again: twilio-org auth login`,
};

async function tokenRequest(
  app: OAuthApp,
  http: HttpOptions,
  { lost, refused }: Purpose,
  grant: (protocol: Protocol) => Promise<TokenResponse>,
): Promise<TokenSet> {
  const oauth = await import('./library.ts');
  const token_endpoint = new URL('/v2/token', app.oauthUrl).href;
  const protocol: Protocol = {
    oauth,
    as: { issuer: app.oauthUrl, token_endpoint },
    client: { client_id: app.clientId },
    auth: app.clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(app.clientSecret.reveal()),
    options: {
      [oauth.allowInsecureRequests]: token_endpoint.startsWith('http:'),
      [oauth.customFetch]: (url, init) =>
        post(
          new URL(url),
          init,
          {
            repeatable: lost === undefined,
            refused: (oauthError, status) => ofApp(app, oauthError) ?? refused(oauthError, status),
          },
          http,
        ),
    },
  };
  let response: TokenResponse;
  try {
    response = await grant(protocol);
  } catch (error) {
    if (lost !== undefined && error instanceof AppError && error.kind === 'unknown-outcome') {
      throw new AppError('temporary', `${lost.what}: ${error.message}`, { hint: lost.hint, cause: error });
    }
    if (error instanceof AppError || http.signal.aborted || systemFailure(error) !== undefined) throw error;
    // The library's errors carry the response with its tokens as their cause, so only the message is kept.
    throw new AppError(
      'auth',
      `${app.oauthUrl} sent an invalid OAuth 2.0 response: ${(error as Error).message}`,
      {
        hint: 'A proxy or a sign-in page may have responded instead of Twilio',
      },
    );
  }
  for (const token of [response.access_token, response.refresh_token ?? 'none']) checkSendable(token, app);
  return {
    accessToken: new Secret(response.access_token),
    ...expiryOf(response.expires_in, http.now()),
    ...(response.refresh_token ? { refreshToken: new Secret(response.refresh_token) } : {}),
  };
}

/**
 * Throws for a token that no header can carry (RFC 6749, appendix A.12: VSCHAR): storing it would replace a working
 * login.
 */
function checkSendable(token: string, { oauthUrl }: OAuthApp): void {
  if (/^[\x21-\x7e]+$/.test(token)) return;
  throw new AppError(
    'auth',
    `${oauthUrl} sent an invalid OAuth 2.0 response: the token is blank, or contains an invalid character`,
    { hint: 'Something else, such as a proxy, may have responded instead of Twilio. Nothing was stored' },
  );
}

const secretMembers = new Set(['client_secret', 'refresh_token', 'code', 'code_verifier']);

async function post(
  url: URL,
  init: { body?: unknown; headers: Record<string, string>; method: string },
  { repeatable, refused }: { repeatable: boolean } & Pick<Purpose, 'refused'>,
  http: HttpOptions,
): Promise<globalThis.Response> {
  const body = String(init.body);
  const members = [...new URLSearchParams(body)];
  const debugBody = members
    .map(([name, value]) => `${name}=${name === 'grant_type' || name === 'client_id' ? value : '[hidden]'}`)
    .join('&');
  const secrets = members.filter(([name]) => secretMembers.has(name)).map(([, value]) => value);
  const { method, headers } = init;
  const label = 'Requesting an access token';
  const request = { method, url, label, headers, body, debugBody, secrets, repeatable };
  const response = await sendWithRetries(request, http);
  const other = detectForeignResponse(response, { method, url }, false);
  if (other !== undefined) throw other;
  if (response.status >= 400) throw refusal(response, http.now(), refused);
  // The library reads no other members.
  return new Response(asOAuth(response.text)) as unknown as globalThis.Response;
}

/**
 * Keeps the members of OAuth, without the `null` ones that Twilio sends. Returns other text than a JSON object
 * unchanged.
 */
function asOAuth(text: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof parsed !== 'object' || parsed === null) return text;
  const { access_token, token_type, expires_in, refresh_token } = parsed as Record<string, unknown>;
  // The library refuses a whole response because of an invalid lifetime, so that is removed.
  const { lifetime } = expiryOf(expires_in, 0);
  const seconds = typeof lifetime === 'number' ? lifetime / 1000 : null;
  const given = Object.entries({ access_token, token_type, expires_in: seconds, refresh_token });
  return JSON.stringify(Object.fromEntries(given.filter(([, value]) => value !== null)));
}

/**
 * True for OAuth's temporary errors (RFC 6749, section 4.1.2.1). Some servers use them at the token endpoint as well.
 */
export function isTemporary(oauthError: string | undefined): boolean {
  return oauthError === 'server_error' || oauthError === 'temporarily_unavailable';
}

function refusal(response: HttpResponse, now: number, refused: Purpose['refused']): AppError {
  const { status } = response;
  const { details, said } = errorDetails(response, parseErrorBody(response.text), now, `status ${status}`);
  const { oauthError } = details;
  if (status === 408 || status === 429 || status >= 500 || isTemporary(oauthError)) {
    const again = 'Run the same command again later';
    return new AppError('temporary', `Twilio's token endpoint could not serve the request: ${said}`, {
      ...details,
      hint: status === 408 || status === 429 ? again : `The problem is on Twilio's side. ${again}`,
    });
  }
  return new AppError('auth', `Twilio refused the credentials: ${said}`, {
    ...details,
    hint: refused(oauthError, status),
  });
}
