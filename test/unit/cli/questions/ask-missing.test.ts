import { expect, test } from 'vitest';
import type { CommandInfo } from '../../../../src/cli/command-info.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { askMissing } from '../../../../src/cli/questions/ask-missing.ts';
import { type Given, missingIn } from '../../../../src/cli/questions/missing.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';

/** A command that needs a role, another role and a scope; its roles are looked up with `find`. */
function asking(find: (ctx: never, text: string) => Promise<unknown>) {
  const role = {
    value: 'role',
    summary: 'role',
    required: true,
    ask: { question: 'Which role?', example: 'Admin', find },
  };
  const scope = {
    value: 'scope',
    summary: 'scope',
    required: true,
    ask: { question: 'Where?', example: 'org' },
  };
  const command = {
    name: 'roles give',
    args: {},
    flags: { role, other: role, scope },
  } as unknown as CommandInfo;
  const asked: string[] = [];
  const ctx = {
    commandLine: '',
    flags: {},
    messages: { note: () => undefined },
    prompts: {
      interactive: true,
      async text({ flag }: { flag: string }) {
        asked.push(flag);
        return 'org';
      },
    },
  } as unknown as Context;
  const given: Given = { flags: { role: 'Suport', other: 'Boss' } };
  const done = askMissing(ctx, command, given, missingIn(command, given), ['roles', 'give']);
  return { done, asked, given };
}

test('a name that Twilio does not know is refused before the first question, with all others', async () => {
  const { done, asked } = asking(async (_, text) => {
    throw new AppError('not-found', `There is no role ${text}`);
  });
  await expect(done).rejects.toThrow('There is no role Suport; There is no role Boss');
  expect(asked).toEqual([]);
});

test('a name that the login may not look up is left to the command', async () => {
  const { done, asked, given } = asking(async () => {
    throw new AppError('forbidden', 'No scope');
  });
  await done;
  expect(asked).toEqual(['--scope']);
  expect(given.flags.scope).toBe('org');
});

test('a failed request ends the command before the first question', async () => {
  const { done, asked } = asking(async () => {
    throw new TypeError('a bug');
  });
  await expect(done).rejects.toThrow('a bug');
  expect(asked).toEqual([]);
});
