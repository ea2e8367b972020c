import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineCommand } from '../../../src/cli/command.ts';
import type { Context } from '../../../src/cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../src/cli/flag-spec.ts';
import { parseWholeNumber } from '../../../src/cli/flag-values.ts';
import { formatNames } from '../../../src/platform/terminal/formats/index.ts';

const shared = defineFlags({
  limit: { value: 'n', summary: 'show at most this many', parse: parseWholeNumber },
});

const rest = {
  summary: 'Do nothing',
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org nothing', 'twilio-org nothing -q'],
} as const;

describe('defineCommand', () => {
  it('infers the types of the flags for the handler', () => {
    defineCommand({
      ...rest,
      name: 'nothing',
      flags: {
        ...shared,
        search: { value: 'text', summary: 'only these' },
        mode: { value: 'mode', summary: 'how', choices: ['add', 'mirror'] },
        to: { value: 'user', summary: 'these', repeats: true },
        step: { value: 'n', summary: 'these', parse: parseWholeNumber, repeats: true },
        active: { summary: 'only active users' },
        browser: { summary: 'no browser', negated: true },
      },
      async run(ctx, { flags }) {
        expectTypeOf(ctx).toEqualTypeOf<Context>();
        expectTypeOf(flags.limit).toEqualTypeOf<number | undefined>();
        expectTypeOf(flags.search).toEqualTypeOf<string | undefined>();
        expectTypeOf(flags.mode).toEqualTypeOf<'add' | 'mirror' | undefined>();
        expectTypeOf(flags.to).toEqualTypeOf<string[] | undefined>();
        expectTypeOf(flags.step).toEqualTypeOf<number[] | undefined>();
        expectTypeOf(flags.active).toEqualTypeOf<boolean | undefined>();
        expectTypeOf(flags.browser).toEqualTypeOf<boolean | undefined>();
        expectTypeOf(flags.profile).toEqualTypeOf<string | undefined>();
        // @ts-expect-error the command has no such flag
        flags.lmit;
      },
    });
    expectTypeOf<FlagsOf<typeof shared>>().toEqualTypeOf<{ limit?: number }>();
  });

  it('lets a command make documents besides the formats of every command', () => {
    const command = defineCommand({ ...rest, name: 'nothing', documents: ['html'], async run() {} });
    expect(command.flags.output?.choices).toEqual([...formatNames, 'html']);
    expect(defineCommand({ ...rest, name: 'nothing', async run() {} }).flags).not.toHaveProperty('output');
  });

  it('infers the types of the arguments for the handler', () => {
    defineCommand({
      ...rest,
      name: 'nothing',
      args: {
        file: { summary: 'a file' },
        shell: { summary: 'a shell', choices: ['bash', 'zsh'] },
        run: { summary: 'a run', optional: true },
        count: { summary: 'a number', parse: parseWholeNumber, optional: true },
        user: { summary: 'users', optional: true, variadic: true },
      },
      async run(_ctx, input) {
        expectTypeOf(input.file).toEqualTypeOf<string>();
        expectTypeOf(input.shell).toEqualTypeOf<'bash' | 'zsh'>();
        expectTypeOf(input.run).toEqualTypeOf<string | undefined>();
        expectTypeOf(input.count).toEqualTypeOf<number | undefined>();
        expectTypeOf(input.user).toEqualTypeOf<string[]>();
        // @ts-expect-error the command has no such argument
        input.fiel;
      },
    });
  });

  it('refuses a declaration that says too little', () => {
    const run = async () => {};
    const { scopes, effect, examples, ...without } = { ...rest, name: 'nothing' };
    // @ts-expect-error scopes, effect and examples are missing
    defineCommand({ ...without, run });
    // @ts-expect-error scopes are missing
    defineCommand({ ...without, effect, examples, run });
    // @ts-expect-error the effect is missing
    defineCommand({ ...without, scopes, examples, run });
    // @ts-expect-error one example is not enough
    defineCommand({ ...without, scopes, effect, examples: ['twilio-org nothing'], run });
    // @ts-expect-error there is no such scope
    defineCommand({ ...without, scopes: { 'users/list': ['always'] }, effect, examples, run });
    // @ts-expect-error flags would hide an argument of that name
    defineCommand({ ...without, scopes, effect, examples, args: { flags: { summary: 'x' } }, run });
    expect.assertions(0);
  });

  it('gives a command without arguments and flags empty ones', () => {
    expect(defineCommand({ ...rest, name: 'nothing', run: async () => {} })).toMatchObject({
      args: {},
      flags: {},
    });
  });
});
