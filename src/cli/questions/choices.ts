import { parseUserReference } from '../../organization/references.ts';
import type { Choice } from '../../platform/terminal/prompts.ts';
import { isNotListable } from '../../twilio/errors.ts';
import { isSid } from '../../twilio/sids.ts';
import type { User } from '../../twilio/users.ts';
import type { Context } from '../context.ts';
import { levelInWords } from '../output/views.ts';

/** All users, by name and address. An address that two users share, or that is none, is replaced by the SID. */
export async function userChoices(ctx: Context): Promise<Choice<string>[]> {
  const users = await (await ctx.organization()).users.list();
  const counts = countsOf(users.map(({ userName }) => userName.toLowerCase()));
  return users.map((user) => {
    const { id, userName } = user;
    const isUnique = counts.get(userName.toLowerCase()) === 1 && isReference(userName);
    const name = fullName(user);
    return {
      name: name === '' ? userName : `${name} <${userName}>`,
      value: isUnique ? userName : id,
      description: `${id}${activeNote(user)}`,
    };
  });
}

function fullName({ displayName, name }: User): string {
  return displayName || [name?.givenName, name?.familyName].filter(Boolean).join(' ');
}

function isReference(userName: string): boolean {
  try {
    return 'userName' in parseUserReference(userName);
  } catch {
    return false;
  }
}

function activeNote({ active }: User): string {
  if (active) return '';
  return active === false ? ', inactive' : ', state unknown';
}

/** All roles, by name. A name that several roles share is replaced by the SID. */
export async function roleChoices(ctx: Context): Promise<Choice<string>[]> {
  const index = await (await ctx.organization()).roles.index();
  return index.roles.map((role) => {
    const description = [role.product_group, levelInWords(role), role.external_description]
      .filter(Boolean)
      .join(' · ');
    const value = index.displayName(role.sid);
    return { name: index.label(role.sid), value, description: `${role.sid} ${description}` };
  });
}

/** The organization, and the accounts that users have roles in. */
export async function scopeChoices(ctx: Context): Promise<Choice<string>[]> {
  const { organizationSid } = await ctx.settings();
  const own =
    organizationSid === undefined
      ? []
      : [{ name: 'org', value: 'org', description: `the whole organization, ${organizationSid}` }];
  const scopes = await assignedScopes(ctx);
  const counts = countsOf(scopes.filter((scope) => isSid('AC', scope)));
  const accounts = [...counts].map(([sid, count]) => ({
    name: sid,
    value: sid,
    description: `an account with ${count} role assignments`,
  }));
  return [...own, ...accounts.toSorted((a, b) => a.name.localeCompare(b.name))];
}

/** None where the login may not list assignments: an account can still be typed. */
async function assignedScopes(ctx: Context): Promise<string[]> {
  try {
    return (await (await ctx.organization()).assignments.list()).map(({ scope }) => scope);
  } catch (error) {
    if (!isNotListable(error)) throw error;
    return [];
  }
}

export async function profileChoices(ctx: Context): Promise<Choice<string>[]> {
  const { profiles, default_profile } = await ctx.config();
  return Object.entries(profiles).map(([name, { grant, organization_sid }]) => ({
    name,
    value: name,
    description: [grant, organization_sid, name === default_profile ? 'the default' : '']
      .filter(Boolean)
      .join(', '),
  }));
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
