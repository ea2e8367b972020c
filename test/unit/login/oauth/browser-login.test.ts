import { describe, expect, it } from 'vitest';
import { logInWithBrowser } from '../../../../src/login/oauth/browser-login.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { Secret } from '../../../../src/platform/core/secret.ts';
import { formatError } from '../../../../src/platform/terminal/messages.ts';
import { nowhere } from '../../../support/server.ts';

/** A login whose browser comes back with these parameters; gives the error it ends with and the page it shows. */
async function endedBy(parameters: Record<string, string>): Promise<{ error: AppError; page: string }> {
  const redirectUri = `${await nowhere()}/callback`;
  let page: Promise<string> | undefined;
  const login = logInWithBrowser({
    app: { clientId: 'OQclient', clientSecret: new Secret('canary'), oauthUrl: await nowhere() },
    redirectUri,
    listen: undefined,
    timeout: 600_000,
    http: { timeoutMs: 60_000, maxRetries: 0, signal: new AbortController().signal, now: Date.now },
    paste: undefined,
    present: async (approval) => {
      const query = new URLSearchParams({ ...parameters, state: approval.searchParams.get('state') ?? '' });
      page = fetch(`${redirectUri}?${query}`).then((answer) => answer.text());
    },
  });
  const error: unknown = await login.catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) throw new Error(`It ended with ${error}`);
  return { error, page: (await page) ?? '' };
}

describe('a login that the approval page ends with an error', () => {
  it.each(['server_error', 'temporarily_unavailable'])('can be repeated later after %s', async (name) => {
    const { error, page } = await endedBy({ error: name });
    expect(error).toMatchObject({
      kind: 'temporary',
      oauthError: name,
      hint: expect.stringContaining('later'),
    });
    expect(error.message).toContain(name);
    expect(page).toContain('The login failed');
  });

  it('was refused when that is what it says', async () => {
    const { error, page } = await endedBy({ error: 'access_denied' });
    expect(error).toMatchObject({ kind: 'auth', hint: expect.stringContaining('Approve access') });
    expect(error.message).toContain('Access was refused on the approval page (access_denied)');
    expect(page).toContain('Access was refused');
  });

  it.each(['access_denied', 'invalid_scope', 'server_error'])(
    'tells why it was %s, escaped, in the message and as JSON',
    async (name) => {
      const { error } = await endedBy({ error: name, error_description: 'The admin said\u001b[2J no' });
      const text = formatError(error, { json: false });
      expect(text).toContain(`The admin said\\x1b[2J no (${name})`);
      expect(text).not.toContain('\u001b[2J');
      expect(JSON.parse(formatError(error, { json: true })).error).toMatchObject({ oauth_error: name });
    },
  );

  it('is not drowned in a description of any length', async () => {
    const { error } = await endedBy({ error: 'x'.repeat(2_000), error_description: 'y'.repeat(5_000) });
    expect(error.message.length).toBeLessThan(2_500);
  });
});
