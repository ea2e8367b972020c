import {
  parseRoleReference,
  parseUserReference,
  resolveScope,
  type UserReference,
} from '../organization/references.ts';
import { nameOf } from '../twilio/roles.ts';
import type { User } from '../twilio/users.ts';
import type { Context } from './context.ts';

export function activeNote({ active }: User): string {
  if (active) return '';
  return active === false ? ', not active' : ', not known whether active';
}

/** The user named by the flag, or the one picked from the list. */
export async function promptForUser(
  ctx: Context,
  text: string | undefined,
  flag: string,
): Promise<UserReference> {
  if (text !== undefined) return parseUserReference(text);
  const choices = async () =>
    (await (await ctx.organization()).users.list()).map((user) => ({
      name: user.displayName ? `${user.displayName} <${user.userName}>` : user.userName,
      value: { id: user.id },
      description: `${user.id}${activeNote(user)}`,
    }));
  return ctx.prompts.choose<UserReference>({ message: 'Which user?', flag, choices });
}

/** The role named by the flag, or the SID of the one picked from the list. */
export async function promptForRole(
  ctx: Context,
  text: string | undefined,
  flag: string,
  message = 'Which role?',
): Promise<string> {
  if (text !== undefined) return parseRoleReference(text);
  const choices = async () => {
    const { roles } = await (await ctx.organization()).roles.index();
    return roles.map((role) => {
      const description = [role.product_group, role.lowest_level, role.external_description]
        .filter(Boolean)
        .join(' · ');
      return { name: nameOf(role), value: role.sid, description: `${role.sid} ${description}` };
    });
  };
  return ctx.prompts.choose<string>({ message, flag, choices });
}

/** The scope named by the flag, or typed. */
export async function promptForScope(ctx: Context, text: string | undefined): Promise<string> {
  const settings = await ctx.settings();
  if (text !== undefined) return resolveScope(text, settings);
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
