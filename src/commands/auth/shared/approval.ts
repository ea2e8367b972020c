import type { Context } from '../../../cli/context.ts';
import { type ListenAddress, listenAddressOf } from '../../../login/oauth/callback-server.ts';
import type { OAuthApp, TokenSet } from '../../../login/oauth/oauth.ts';
import { isLoopback } from '../../../platform/core/origin.ts';

export interface ApprovalOptions {
  listen?: ListenAddress;
  /** False after --no-browser. */
  browser?: boolean;
  /** Seconds. */
  timeout?: number;
}

/** Time that a person may take to approve; seconds. */
export const defaultWait = 300;

/** Lets a person approve the login in a browser, here or elsewhere. */
export async function approvedInBrowser(
  ctx: Context,
  options: ApprovalOptions,
  app: OAuthApp,
  redirectUri: string,
): Promise<TokenSet> {
  const { logInWithBrowser } = await import('../../../login/oauth/browser-login.ts');
  let listens = false;
  return logInWithBrowser({
    app,
    redirectUri,
    listen: options.listen,
    timeout: (options.timeout ?? defaultWait) * 1000,
    http: { ...ctx.http, timeoutMs: 30_000 },
    present: (page, answered) => {
      listens = answered !== undefined;
      return present(ctx, options, {
        page,
        answered,
        listening: answered && (options.listen ?? listenAddressOf(new URL(redirectUri))),
      });
    },
    paste: ctx.prompts.interactive
      ? (validate, signal) =>
          ctx.prompts.text({
            message: `Paste the address where the browser ended, within five minutes${listens ? ', unless the login continues automatically' : ''}:`,
            flag: '',
            validate,
            signal,
          })
      : undefined,
  });
}

interface Approval {
  page: URL;
  /** Resolves when the callback has arrived; absent when nothing listens for it. */
  answered: Promise<unknown> | undefined;
  listening: ListenAddress | undefined;
}

async function present(ctx: Context, options: ApprovalOptions, approval: Approval): Promise<void> {
  const { page, listening } = approval;
  ctx.messages.say(
    'The approval page does not support SSO. Sign in as an organization admin whose SSO is turned off.',
    'Finish the login within five minutes of the approval: its code then expires, and it works only once.',
  );
  if (options.browser !== false && (await opensBrowser(ctx, approval))) {
    ctx.messages.say(
      'Approve the access in your browser. If no page opened, open this address:',
      `  ${page.href}`,
    );
    return;
  }
  ctx.messages.say('Open this page in a browser:', `  ${page.href}`);
  if (listening === undefined) return;
  if (!isLoopback(listening.host.includes(':') ? `[${listening.host}]` : listening.host)) {
    ctx.messages.warn(
      `Until the login ends, other machines can reach port ${listening.port} of this machine`,
    );
  }
  ctx.messages.say(
    'If your browser is on another machine, forward the port from there before you approve, or paste the address at the end:',
    `  ssh -L ${redirectPort(page)}:${localAddress(listening)} ${userAtHost(ctx.runtime.env)}`,
  );
}

/** Opens the approval page in the browser; says why where that fails. */
async function opensBrowser(ctx: Context, { page, answered }: Approval): Promise<boolean> {
  const { openInBrowser } = await import('../../../login/oauth/browser.ts');
  const opening = await openInBrowser(page.href, ctx.runtime, answered);
  if (opening.outcome !== 'failed') return true;
  ctx.messages.say(`${opening.why}.`);
  return false;
}

/** The port that the browser is redirected to. */
function redirectPort(page: URL): number {
  return listenAddressOf(new URL(page.searchParams.get('redirect_uri') ?? '')).port;
}

/** The address for a client on this machine, which reaches a server on all addresses at 127.0.0.1. */
function localAddress({ host, port }: ListenAddress): string {
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** This machine as an SSH target: the third word of SSH_CONNECTION is the address that the client connected to. */
function userAtHost(env: Context['runtime']['env']): string {
  const host = env.SSH_CONNECTION?.split(' ')[2] ?? 'HOST';
  return `${env.USER ?? 'USER'}@${host}`;
}
