import { AppError, usageError } from '../../platform/core/errors.ts';
import { sleep } from '../../platform/core/timeout.ts';
import { truncate } from '../../platform/http/client.ts';
import type { HttpOptions } from '../../platform/http/types.ts';
import {
  type Callback,
  type CallbackServer,
  isLoopbackRedirect,
  type ListenAddress,
  listenAddressOf,
  listenForCallback,
  readCallback,
} from './callback-server.ts';
import { authorizeUrl, exchangeCode, isTemporary, newPkce, type OAuthApp, type TokenSet } from './oauth.ts';

export interface BrowserLoginOptions {
  app: OAuthApp;
  /** The Redirect URL saved in the app, character for character. */
  redirectUri: string;
  /** Listens on this address instead, for a forwarded port or in a container. */
  listen: ListenAddress | undefined;
  /** Time for the person to approve; milliseconds. */
  timeout: number;
  /**
   * Opens the page or shows its address. Called once the response can be received.
   *
   * @param answered resolves when a callback has arrived; absent when nothing listens for one
   */
  present: (page: URL, answered: Promise<unknown> | undefined) => Promise<void>;
  /**
   * Asks for the address that the browser ended on, while the listener waits: the browser may be unable to reach this
   * machine. Absent without a terminal.
   */
  paste: ((check: (text: string) => true | string, signal: AbortSignal) => Promise<string>) | undefined;
  http: HttpOptions;
}

/** Logs a person in with the authorization-code grant (RFC 6749, section 4.1, with PKCE, RFC 7636). */
export async function logInWithBrowser(login: BrowserLoginOptions): Promise<TokenSet> {
  const redirectUri = new URL(login.redirectUri);
  const address =
    login.listen ?? (isLoopbackRedirect(redirectUri) ? listenAddressOf(redirectUri) : undefined);
  if (address === undefined && login.paste === undefined) {
    throw usageError(
      `This machine can't receive requests to ${login.redirectUri}`,
      'Run this on a terminal to paste the address, or pass --listen with the port it is forwarded to',
    );
  }
  const { state, verifier, challenge } = await newPkce();
  const page = authorizeUrl(login.app, { redirectUri: login.redirectUri, state, challenge });
  const server = address && (await listenForCallback(redirectUri, state, address));
  try {
    await login.present(page, server?.callback);
    const callback = await awaitCallback(login, server, redirectUri, state);
    return await finish(callback, login, { redirectUri: login.redirectUri, state, verifier });
  } finally {
    server?.close();
  }
}

/** The callback or the pasted address, whichever comes first. The other is cancelled. */
async function awaitCallback(
  login: BrowserLoginOptions,
  server: CallbackServer | undefined,
  redirectUri: URL,
  state: string,
): Promise<Callback> {
  const over = new AbortController();
  const ways: Promise<Callback>[] = [failAfterTimeout(login, over.signal)];
  if (server !== undefined) ways.push(server.callback);
  if (login.paste !== undefined) ways.push(pasted(login.paste, redirectUri, state, over.signal));
  try {
    return await Promise.race(ways);
  } finally {
    over.abort();
    // The errors of the cancelled question and timer are not needed.
    await Promise.allSettled(ways.filter((way) => way !== server?.callback));
  }
}

async function failAfterTimeout({ timeout, http }: BrowserLoginOptions, over: AbortSignal): Promise<never> {
  await sleep(timeout, AbortSignal.any([over, http.signal]));
  throw new AppError('auth', `The login was not approved within ${duration(timeout)}. Nothing was stored`, {
    hint: 'Run `twilio-org auth login` again. For more time, add --timeout SECONDS',
  });
}

/** Checks a pasted address exactly as a callback. It has no page to show the outcome on. */
async function pasted(
  paste: NonNullable<BrowserLoginOptions['paste']>,
  redirectUri: URL,
  state: string,
  over: AbortSignal,
): Promise<Callback> {
  const read = (text: string) => {
    const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
    return url?.origin === redirectUri.origin ? readCallback(url, redirectUri, state) : 'not-found';
  };
  const text = await paste((value) => {
    const answer = read(value);
    if (answer instanceof URLSearchParams) return true;
    return answer === 'not-found'
      ? `Paste the whole address, which begins with ${redirectUri.href}`
      : 'This address is not of this login: use the page opened last';
  }, over);
  const parameters = read(text);
  if (!(parameters instanceof URLSearchParams))
    throw new AppError('auth', 'The address is not of this login');
  return { parameters, show: async () => {} };
}

type Expected = { redirectUri: string; state: string; verifier: string };

/** Exchanges the code, and only then shows the page of success. */
async function finish(callback: Callback, login: BrowserLoginOptions, expected: Expected): Promise<TokenSet> {
  try {
    const tokens = await tokensFor(callback.parameters, login, expected);
    await shown(callback, 'success');
    return tokens;
  } catch (error) {
    await shown(callback, callback.parameters.get('error') === 'access_denied' ? 'refused' : 'failed');
    throw error;
  }
}

/** Shows the page, but does not wait long for a slow browser. */
async function shown(callback: Callback, page: 'success' | 'refused' | 'failed'): Promise<void> {
  const stop = new AbortController();
  await Promise.race([callback.show(page), sleep(500, stop.signal)]);
  stop.abort();
}

async function tokensFor(
  parameters: URLSearchParams,
  login: BrowserLoginOptions,
  expected: Expected,
): Promise<TokenSet> {
  const oauthError = parameters.get('error');
  if (oauthError !== null) throw refusal(oauthError, parameters.get('error_description'));
  return exchangeCode(login.app, parameters, expected, login.http);
}

/** Translates the error with which the authorization server ended a login (RFC 6749, section 4.1.2.1). */
function refusal(name: string, description: string | null): AppError {
  const oauthError = truncate(name, maxTextLength);
  const said = description ? `${truncate(description, maxTextLength)} (${oauthError})` : oauthError;
  if (isTemporary(name)) {
    return new AppError('temporary', `The approval page could not serve the login: ${said}`, {
      oauthError,
      hint: "Nothing was stored. The problem is on Twilio's side: run `twilio-org auth login` again later",
    });
  }
  if (name === 'access_denied') {
    const why = description ? `: ${said}` : ` (${oauthError})`;
    return new AppError('auth', `Access was refused on the approval page${why}. Nothing was stored`, {
      oauthError,
      hint: 'Run `twilio-org auth login` again and click "Approve access"',
    });
  }
  return new AppError('auth', `Twilio ended the login with an error: ${said}. Nothing was stored`, {
    oauthError,
    hint: 'Check the OAuth app in the Console: its grant, its scopes and its Redirect URL',
  });
}

/** Longer than any known error, and short enough for a terminal. */
const maxTextLength = 1000;

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}
