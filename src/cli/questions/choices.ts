import { parseUserReference, resolveScope } from '../../organization/references.ts';
import type { Choice } from '../../platform/terminal/prompts.ts';
import { isNotListable } from '../../twilio/errors.ts';
import { resourceInWords } from '../../twilio/resources.ts';
import { isSid } from '../../twilio/sids.ts';
import { fullName, type User } from '../../twilio/users.ts';
import type { Context } from '../context.ts';
import { scopeNames } from '../output/scope-names.ts';
import { levelInWords } from '../output/views.ts';
import type { Given } from './missing.ts';

/**
 * All users, by name and address. An address that two users share, or that is none, is replaced by the SID.
 *
 * @param active the state that the users must have: the others come last, and are marked
 */
export async function userChoices(ctx: Context, active?: boolean): Promise<Choice<string>[]> {
  const all = await (await ctx.organization()).users.list();
  const fits = (user: User) => active === undefined || user.active === active;
  const users = [...all.filter(fits), ...all.filter((user) => !fits(user))];
  const counts = countsOf(users.map(({ userName }) => userName.toLowerCase()));
  return users.map((user) => {
    const { id, userName } = user;
    const isUnique = counts.get(userName.toLowerCase()) === 1 && isReference(userName);
    const name = fullName(user);
    const mark = fits(user) ? '' : user.active ? ' (active)' : activeNote(user).replace(/^, (.*)/, ' ($1)');
    return {
      name: `${name === undefined ? userName : `${name} <${userName}>`}${mark}`,
      value: isUnique ? userName : id,
      description: `${id}${activeNote(user)}`,
    };
  });
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

/** The roles that the given users have in the given scopes, by name. All roles where no user is given. */
export async function heldRoleChoices(ctx: Context, { flags }: Given): Promise<Choice<string>[]> {
  const texts = (value: unknown) => [value].flat().filter((text): text is string => typeof text === 'string');
  const named = texts(flags.user);
  if (named.length === 0) return roleChoices(ctx);
  const { users, roles, assignments } = await ctx.organization();
  const known = await ctx.scopes();
  const wanted = texts(flags.scope).map((text) => resolveScope(text, known).toLowerCase());
  const scopes = await scopeNames(ctx);
  /** By role, the places where it is held. */
  const places = new Map<string, Set<string>>();
  for (const text of named) {
    const identity = await users.sidOf(parseUserReference(text));
    for (const assignment of await assignments.where({ identity })) {
      const { role_sid, scope } = assignment;
      if (wanted.length > 0 && !wanted.includes(scope.toLowerCase())) continue;
      const resource = resourceInWords(assignment);
      const place = `${scopes.nameOf(scope)}${resource && ` (${resource})`}`;
      places.set(role_sid, (places.get(role_sid) ?? new Set()).add(place));
    }
  }
  if (places.size === 0) ctx.messages.note(`${named.join(', ')}: no role there`);
  const { label, displayName } = await roles.index();
  return [...places].map(([sid, where]) => ({
    name: label(sid),
    value: displayName(sid),
    description: `in ${[...where].join(', ')}`,
  }));
}

/** The organization, the accounts that have names, and those that users have roles in. */
export async function scopeChoices(ctx: Context): Promise<Choice<string>[]> {
  const { organizationSid } = await ctx.settings();
  const own =
    organizationSid === undefined
      ? []
      : [{ name: 'org', value: 'org', description: `the whole organization, ${organizationSid}` }];
  const { accounts } = await ctx.scopes();
  const scopes = await assignedScopes(ctx);
  const counts = countsOf(scopes.filter((scope) => isSid('AC', scope)));
  const sids = [...new Set([...accounts.accounts.map(({ sid }) => sid), ...counts.keys()])];
  const choices = sids.map((sid) => {
    const name = accounts.label(sid);
    const count = counts.get(sid) ?? 0;
    const use = count === 0 ? 'no role assignments' : `an account with ${count} role assignments`;
    return {
      name: name ?? sid,
      value: accounts.displayName(sid),
      description: name === undefined ? use : `${sid}, ${use}`,
    };
  });
  return [...own, ...choices.toSorted((a, b) => a.name.localeCompare(b.name))];
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
