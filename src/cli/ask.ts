import {
  parseRoleReference,
  parseUserReference,
  resolveScope,
  type UserReference,
} from '../organization/references.ts';
import { usageError } from '../platform/core/errors.ts';
import { nameOf } from '../twilio/roles.ts';
import type { User } from '../twilio/users.ts';
import type { Context } from './context.ts';

/**
 * The user that the argument or flag names, or one picked from a list.
 *
 * @param name the argument or flag, such as `USER` or `--user`
 * @throws usage with an example where there is no terminal
 */
export async function promptForUser(
  ctx: Context,
  text: string | undefined,
  name: string,
): Promise<UserReference> {
  if (text !== undefined) return parseUserReference(text);
  const message = 'Which user?';
  requireTerminal(ctx, message, name, 'ada@example.com');
  const choices = async () =>
    (await (await ctx.organization()).users.list()).map((user) => ({
      name: user.displayName ? `${user.displayName} <${user.userName}>` : user.userName,
      value: { id: user.id },
      description: `${user.id}${activeNote(user)}`,
    }));
  return ctx.prompts.choose<UserReference>({ message, flag: name, choices });
}

function activeNote({ active }: User): string {
  if (active) return '';
  return active === false ? ', inactive' : ', state unknown';
}

/** The role that the argument or flag names, or the SID of one picked from a list; otherwise as {@link promptForUser}. */
export async function promptForRole(
  ctx: Context,
  text: string | undefined,
  name: string,
  message = 'Which role?',
): Promise<string> {
  if (text !== undefined) return parseRoleReference(text);
  requireTerminal(ctx, message, name, 'Developer');
  const choices = async () => {
    const { roles } = await (await ctx.organization()).roles.index();
    return roles.map((role) => {
      const description = [role.product_group, role.lowest_level, role.external_description]
        .filter(Boolean)
        .join(' · ');
      return { name: nameOf(role), value: role.sid, description: `${role.sid} ${description}` };
    });
  };
  return ctx.prompts.choose<string>({ message, flag: name, choices });
}

/** The scope that the flag names, or the one that is typed; otherwise as {@link promptForUser}. */
export async function promptForScope(ctx: Context, text: string | undefined): Promise<string> {
  const settings = await ctx.settings();
  if (text !== undefined) return resolveScope(text, settings);
  requireTerminal(ctx, 'In which scope?', '--scope', 'org');
  const typed = await ctx.prompts.text({
    message: 'In which scope? (OR… or AC…, or org)',
    flag: '--scope',
    ...(settings.organizationSid === undefined ? {} : { default: 'org' }),
    validate: (value) => {
      try {
        resolveScope(value.trim(), settings);
        return true;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
  return resolveScope(typed.trim(), settings);
}

function requireTerminal(ctx: Context, question: string, name: string, example: string): void {
  if (ctx.prompts.interactive) return;
  const value = name.startsWith('--') ? `${name} ${example}` : example;
  const hint = `For example: twilio-org ${ctx.verb} ${value}`;
  // A person at a terminal expects the question.
  const isExpected = ctx.runtime.stdin.isTTY === true;
  throw usageError(question, isExpected ? `${hint}. No question was asked: ${ctx.prompts.whyNot}` : hint);
}
