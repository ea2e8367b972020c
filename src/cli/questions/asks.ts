import { parseRoleReference, parseUserReference, resolveScope } from '../../organization/references.ts';
import { isEmail } from '../../twilio/email.ts';
import type { AskSpec } from '../ask-spec.ts';
import type { Context } from '../context.ts';
import type { Given } from './missing.ts';

/** The questions that several commands share. Their lists are loaded when they are asked. */
export function askUser(question = 'Which user?', example = 'ada@example.com') {
  return {
    question,
    example,
    check: parseUserReference,
    find: async (ctx: Context, text: string) =>
      (await ctx.organization()).users.sidOf(parseUserReference(text)),
    choices: async (ctx: Context) => (await import('./choices.ts')).userChoices(ctx),
  } satisfies AskSpec;
}

/** The question for users of one state: the others come last, and are marked. */
export function askUserWho(active: boolean) {
  return {
    ...askUser(),
    choices: async (ctx: Context) => (await import('./choices.ts')).userChoices(ctx, active),
  } satisfies AskSpec;
}

/** The question for a role that the given users have. */
export function askHeldRole(question = 'Which role?', example = 'Developer') {
  return {
    ...askRole(question, example),
    choices: async (ctx: Context, given: Given) => (await import('./choices.ts')).heldRoleChoices(ctx, given),
  } satisfies AskSpec;
}

export function askRole(question = 'Which role?', example = 'Developer') {
  return {
    question,
    example,
    check: parseRoleReference,
    find: async (ctx: Context, text: string) => (await ctx.organization()).roles.sidOf(text),
    choices: async (ctx: Context) => (await import('./choices.ts')).roleChoices(ctx),
  } satisfies AskSpec;
}

export const askScope = {
  question: 'In which scope?',
  example: 'org',
  other: 'another account: type its SID',
  async makeCheck(ctx: Context) {
    const { accounts } = await ctx.scopes();
    // The command itself refuses `org` where the organization is unknown.
    return (text: string) => resolveScope(text, { organizationSid: `OR${'0'.repeat(32)}`, accounts });
  },
  choices: async (ctx: Context) => (await import('./choices.ts')).scopeChoices(ctx),
} satisfies AskSpec;

export const askProfile = {
  question: 'Which profile?',
  example: 'production',
  choices: async (ctx: Context) => (await import('./choices.ts')).profileChoices(ctx),
} satisfies AskSpec;

export function askFile(question: string, example: string) {
  return { question, example } satisfies AskSpec;
}

export const askEmail = {
  question: 'E-mail address',
  example: 'ada@example.com',
  check: (text) => {
    const verdict = isEmail(text);
    if (verdict !== true) throw new Error(verdict);
  },
} satisfies AskSpec;
