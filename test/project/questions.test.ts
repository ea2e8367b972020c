import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { commandsOf } from '../../src/cli/command-info.ts';
import type { Context } from '../../src/cli/context.ts';
import { askMissing } from '../../src/cli/questions/ask-missing.ts';
import { type Given, missingIn } from '../../src/cli/questions/missing.ts';
import { noAccounts } from '../../src/organization/accounts.ts';
import { programInfo } from '../../src/program.ts';
import { call } from '../support/cli.ts';

const commands = commandsOf(await programInfo()) as Command[];
const needy = commands.filter((command) => missingIn(command, nothing(command)).length > 0);

/** The values that the parser gives a command without arguments and flags. */
function nothing({ args }: Command): Given {
  const values = Object.entries(args).map(([key, { variadic }]) => [key, variadic ? [] : undefined]);
  return { ...Object.fromEntries(values), flags: {} };
}

/** A context whose person picks the first choice, or types an example. */
function answering(asked: string[]): Context {
  const ctx = {
    commandLine: '',
    flags: {},
    messages: { note: () => undefined },
    config: async () => ({ profiles: { staging: {} } }),
    prompts: {
      interactive: true,
      async choose({ flag, choices }: { flag: string; choices: () => Promise<{ value: unknown }[]> }) {
        asked.push(flag);
        return (await choices())[0]?.value;
      },
      async text({ flag, validate }: { flag: string; validate: (text: string) => unknown }) {
        asked.push(flag);
        return ['5', '400d', 'org', 'ada@example.com', '/scim/v2/Users'].find(
          (text) => validate(text) === true,
        );
      },
    },
    organization: async () => ({
      users: { list: async () => [], sidOf: async () => '' },
      roles: { index: async () => ({ roles: [], nameOf: () => undefined }) },
      assignments: { list: async () => [], where: async () => [] },
    }),
    settings: async () => ({ source: 'profile', profileName: 'staging' }),
    scopes: async () => ({ organizationSid: undefined, accounts: noAccounts }),
    identity: async () => ({}),
    configDir: '/nowhere',
  };
  return ctx as unknown as Context;
}

test('most commands that change something need a value', () => {
  expect(needy.length).toBeGreaterThan(20);
});

describe.each(needy.map((command) => [command.name, command] as const))(
  '%s without its values',
  (name, command) => {
    const missing = missingIn(command, nothing(command));
    const names = missing.map((one) => ('of' in one ? one.of.map((each) => each.name) : [one.name]));

    test('is exit 2 off a terminal, with every question and an example that has every name', async () => {
      for (const flags of [[], ['--no-input']]) {
        const { stdout, stderr, exitCode } = await call([...name.split(' '), ...flags]);
        expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
        const [question, example] = stderr.split('\n');
        expect(question).toMatch(/^error: [A-Z]/);
        expect(example).toContain(`For example: twilio-org ${name}`);
        for (const [first = ''] of names) if (first.startsWith('--')) expect(example).toContain(first);
      }
    });

    test('asks for each of them on a terminal, and then has them', async () => {
      if (name === 'role-assignments delete') return;
      const asked: string[] = [];
      const given = nothing(command);
      await askMissing(answering(asked), command, given, missing, name.split(' '));
      expect(missingIn(command, given)).toEqual([]);
      for (const group of names)
        expect(asked.some((flag) => group.some((each) => flag.includes(each)))).toBe(true);
    });
  },
);

test('no command has words of its own for a value that is missing', async () => {
  for (const { name } of commands.filter((command) => !needy.includes(command))) {
    if (/^(?:auth (?:login|setup)|sandbox)$/.test(name)) continue;
    const { stderr } = await call([...name.split(' '), '--no-input']);
    expect(stderr, name).not.toMatch(/^error: (?:Which|Pass|.* is needed|Missing)/);
  }
});
