import { describe, expect, test } from 'vitest';
import { accountsUrl, consentsToOrigin } from '../../../src/cli/accounts-origin.ts';
import type { Context } from '../../../src/cli/context.ts';

const origin = 'https://accounts.example';

interface Given {
  env?: Record<string, string>;
  apiUrl?: string;
  source?: string;
  profileUrl?: string;
  accountsApi?: 'preview' | 'none';
  interactive?: boolean;
  answer?: boolean;
  yes?: boolean;
}

function contextOf({ interactive = false, answer = false, source = 'profile', ...given }: Given) {
  const questions: string[] = [];
  const ctx = {
    env: given.env ?? {},
    flags: { accountsApi: given.accountsApi, yes: given.yes },
    settings: async () => ({
      apiUrl: given.apiUrl ?? 'https://iam.twilio.com',
      source,
      profile: given.profileUrl === undefined ? {} : { accounts_url: given.profileUrl },
    }),
    prompts: {
      interactive,
      async confirm({ message }: { message: string }) {
        questions.push(message);
        return answer;
      },
    },
  } as unknown as Context;
  return { ctx, questions };
}

describe('the origin for account names', () => {
  test.each<[Given, string | undefined]>([
    [{}, 'https://preview-iam.twilio.com'],
    [{ apiUrl: 'https://iam.example' }, undefined],
    [{ profileUrl: origin }, origin],
    [{ profileUrl: origin, source: 'TWILIO_ORG_ACCESS_TOKEN' }, 'https://preview-iam.twilio.com'],
    [
      { profileUrl: origin, env: { TWILIO_ORG_ACCOUNTS_URL: 'https://other.example' } },
      'https://other.example',
    ],
  ])('of %j is %s', async (given, expected) => {
    expect(await accountsUrl(contextOf(given).ctx)).toBe(expected);
  });

  test.each(['http://accounts.example', 'https://a:b@accounts.example', 'https://accounts.example/x', 'x'])(
    '%s never gets a token',
    async (TWILIO_ORG_ACCOUNTS_URL) => {
      await expect(accountsUrl(contextOf({ env: { TWILIO_ORG_ACCOUNTS_URL } }).ctx)).rejects.toThrow(
        expect.objectContaining({ kind: 'usage' }),
      );
    },
  );
});

describe('the token is sent to the origin', () => {
  const question = `Send the access token to ${origin} to get the names of accounts?`;
  test.each<[string, Given, boolean, string[]]>([
    ['not off a terminal', {}, false, []],
    ['not off a terminal with --yes', { yes: true }, false, []],
    ['not off a terminal, although the profile has it', { profileUrl: origin }, false, []],
    ['with --accounts-api preview', { accountsApi: 'preview' }, true, []],
    ['not with --accounts-api none', { accountsApi: 'none', interactive: true, answer: true }, false, []],
    ['after a yes', { interactive: true, answer: true }, true, [question]],
    ['not after a no', { interactive: true }, false, [question]],
    ['not with --yes after a no', { interactive: true, yes: true }, false, [question]],
    [
      'without another question where the profile has it',
      { interactive: true, profileUrl: origin },
      true,
      [],
    ],
    [
      'after a yes where the profile has another',
      { interactive: true, profileUrl: 'https://b.example' },
      false,
      [question],
    ],
    [
      'after a question of its own for each token of the environment',
      { interactive: true, profileUrl: origin, source: 'TWILIO_ORG_ACCESS_TOKEN' },
      false,
      [question],
    ],
  ])('%s', async (_, given, expected, asked) => {
    const { ctx, questions } = contextOf(given);
    expect(await consentsToOrigin(ctx, origin)).toBe(expected);
    expect(questions).toEqual(asked);
  });
});
