import type { HttpOptions } from '../api/http.ts';
import { sleep } from '../api/http.ts';
import { AppError } from '../errors.ts';
import { type Callback, isReceivable, listenForCallback, sameText } from './callback-server.ts';
import { authorizeUrl, exchangeCode, newChallenge, type OAuthApp, type TokenSet } from './oauth.ts';

export interface AuthorizationCodeLogin {
  app: OAuthApp;
  /** The Redirect URL saved in the app, character for character. */
  redirectUri: string;
  /** How long the person may take; milliseconds. */
  timeout: number;
  /** Called once everything is ready to receive the answer: opens the page, or shows its address. */
  present: (url: URL) => Promise<void>;
  /** Asks for the address that the browser ended on, where this machine cannot receive it. */
  pasted: () => Promise<string>;
  http: HttpOptions;
}

/** Logs a person in with the authorization-code grant (RFC 6749, section 4.1, with PKCE, RFC 7636). */
export async function logInWithBrowser(login: AuthorizationCodeLogin): Promise<TokenSet> {
  const redirectUri = new URL(login.redirectUri);
  const { state, verifier, challenge } = await newChallenge();
  const page = authorizeUrl(login.app, { redirectUri: login.redirectUri, state, challenge });
  const expected = { redirectUri: login.redirectUri, state, verifier };
  if (!isReceivable(redirectUri)) {
    await login.present(page);
    const parameters = pastedParameters(await login.pasted(), redirectUri, state);
    return tokensFor(parameters, login, expected);
  }
  const server = await listenForCallback(redirectUri, state);
  try {
    await login.present(page);
    return await finish(await withinTime(server.callback, login), login, expected);
  } finally {
    server.close();
  }
}

type Expected = { redirectUri: string; state: string; verifier: string };

/** The page says that it worked only after the code was exchanged. */
async function finish(
  callback: Callback,
  login: AuthorizationCodeLogin,
  expected: Expected,
): Promise<TokenSet> {
  try {
    const tokens = await tokensFor(callback.parameters, login, expected);
    await shown(callback, 'success');
    return tokens;
  } catch (error) {
    await shown(callback, callback.parameters.has('error') ? 'refused' : 'failed');
    throw error;
  }
}

/** A browser that is slow to read its page does not hold up the login. */
async function shown(callback: Callback, page: 'success' | 'refused' | 'failed'): Promise<void> {
  const stop = new AbortController();
  await Promise.race([callback.show(page), sleep(500, stop.signal)]);
  stop.abort();
}

async function tokensFor(
  parameters: URLSearchParams,
  login: AuthorizationCodeLogin,
  expected: Expected,
): Promise<TokenSet> {
  const error = parameters.get('error');
  if (error === 'access_denied') {
    throw new AppError('auth', 'Access was refused on the approval page: nothing was stored', {
      hint: 'Run `twilio-org auth login` again and click "Approve access"',
    });
  }
  if (error !== null) {
    throw new AppError('auth', `Twilio ended the login with the error ${error}: nothing was stored`, {
      hint: 'Check the OAuth app in the Console: its grant, its scopes and its Redirect URL',
    });
  }
  return exchangeCode(login.app, parameters, expected, login.http);
}

async function withinTime<T>(promise: Promise<T>, login: AuthorizationCodeLogin): Promise<T> {
  const stop = new AbortController();
  const tooLate = sleep(login.timeout, AbortSignal.any([stop.signal, login.http.signal])).then(() => {
    throw new AppError(
      'auth',
      `Nobody approved the login within ${duration(login.timeout)}: nothing was stored`,
      {
        hint: 'Run `twilio-org auth login` again; --timeout SECONDS gives more time',
      },
    );
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    stop.abort();
    tooLate.catch(() => {});
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

/** What a pasted address carries, checked as a callback is. */
function pastedParameters(pasted: string, redirectUri: URL, state: string): URLSearchParams {
  const url = URL.canParse(pasted.trim()) ? new URL(pasted.trim()) : undefined;
  if (url === undefined || url.origin !== redirectUri.origin || url.pathname !== redirectUri.pathname) {
    throw new AppError('auth', 'That is not the address that the browser ends on', {
      hint: `After the approval, copy the whole address line of the browser: it begins with ${redirectUri.href}`,
    });
  }
  if (!sameText(url.searchParams.get('state') ?? '', state)) {
    throw new AppError('auth', 'That address does not belong to this login: its state is another', {
      hint: 'Use the address of the page opened last, or begin again: twilio-org auth login',
    });
  }
  return url.searchParams;
}
