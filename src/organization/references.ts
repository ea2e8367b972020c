import type { Api, Context } from '../cli/context.ts';
import type { Settings } from '../login/config/settings.ts';
import { AppError, usageError } from '../platform/core/errors.ts';
import { candidate, isNamed, listRoles, nameOf, type Role } from '../twilio/roles.ts';
import { isSid } from '../twilio/sids.ts';
import { getUser, listUsers, type User } from '../twilio/users.ts';
import type { Directory } from './assignments.ts';

/** A user as it is written on the command line: a SID, an e-mail address or `external:ID`. */
export type UserReference = { id: string } | { userName: string } | { externalId: string };

export function userReference(written: string): UserReference {
  const text = written.trim();
  if (isSid('US', text)) return { id: text };
  if (/^external:./.test(text)) return { externalId: text.slice('external:'.length) };
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { userName: text };
  throw usageError(
    `"${text}" is not a user`,
    'Give a SID (US and 32 hexadecimal digits), an e-mail address, or external:ID',
  );
}

/** The user as they are now. */
export async function readUser(api: Api, reference: UserReference): Promise<User> {
  if ('id' in reference) return namedUser(api, reference.id);
  const [user, ...others] = await listUsers(api.send, reference);
  if (user !== undefined && others.length === 0) return user;
  if (user === undefined) throw noSuchUser(reference);
  throw severalUsers(reference, others.length + 1);
}

/** Twilio says only "User not found", which is not enough where several are looked up. */
async function namedUser(api: Api, id: string): Promise<User> {
  try {
    return await getUser(api.send, id);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'not-found') throw error;
    const { kind, hint, status, code, moreInfo, requestId } = error;
    throw new AppError(kind, `There is no user ${id}`, { hint, status, code, moreInfo, requestId });
  }
}

/** The user's SID; a SID is taken at its word, so that no scope is needed to read it. */
export async function userSid(api: Api, reference: UserReference): Promise<string> {
  return 'id' in reference ? reference.id : (await readUser(api, reference)).id;
}

/** Refuses what can be neither a role's SID nor its name. */
export function checkRole(written: string): string {
  const text = written.trim();
  // IX, a digit and no blank: somebody meant a SID, and no role has such a name.
  if (text === '' || (/^IX(?=\D*\d)\w+$/i.test(text) && !isSid('IX', text))) {
    throw usageError(
      `"${text}" is not a role`,
      'Give a SID (IX and 32 hexadecimal digits) or the name of a role',
    );
  }
  return text;
}

/** The role with this SID or, in any case, this name. */
export async function readRole(api: Api, text: string, expand = false): Promise<Role> {
  const roles: Role[] = [];
  for await (const role of listRoles(api.send, api.url, { expand })) roles.push(role);
  return roleAmong(roles, text);
}

export function roleAmong(roles: readonly Role[], written: string): Role {
  const text = written.trim();
  const matches: Role[] = [];
  const alike: string[] = [];
  const wanted = text.toLowerCase();
  for (const role of roles) {
    if (isNamed(role, text)) matches.push(role);
    else if (role.friendly_name?.toLowerCase().includes(wanted)) alike.push(role.friendly_name);
  }
  const [role, ...others] = matches;
  if (role === undefined) {
    throw new AppError('not-found', `There is no role ${text}`, {
      hint:
        alike.length > 0
          ? `Did you mean ${alike.slice(0, 5).join(', ')}?`
          : '`twilio-org roles list` shows them all',
    });
  }
  if (others.length > 0) {
    throw new AppError('conflict', `${matches.length} roles are named ${text}`, {
      hint: `Give the SID of one of them: ${matches.map(candidate).join(', ')}`,
    });
  }
  return role;
}

export async function roleSid(api: Api, written: string): Promise<string> {
  const text = written.trim();
  return isSid('IX', text) ? text : (await readRole(api, text)).sid;
}

/** A scope's SID; `org` is the organization of the profile or the environment. */
export function scopeSid(written: string, settings: Settings): string {
  const text = written.trim();
  if (text !== 'org') {
    if (isSid('OR', text) || isSid('AC', text)) return text;
    throw usageError(
      `"${text}" is not a scope`,
      'Give the SID of the organization (OR…) or an account (AC…), or org',
    );
  }
  const sid = settings.organizationSid;
  if (sid === undefined) {
    throw usageError(
      '"org" stands for the organization\'s SID, and that is not known here',
      'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    );
  }
  if (isSid('OR', sid)) return sid;
  throw usageError(`"${sid}" is not the SID of an organization`, 'It is OR and 32 hexadecimal digits');
}

/** The user named by the flag, or the one picked from the list. */
export async function askedUser(
  ctx: Context,
  text: string | undefined,
  flag: string,
): Promise<UserReference> {
  if (text !== undefined) return userReference(text);
  const choices = async () =>
    (await listUsers((await ctx.api()).send)).map((user) => ({
      name: user.displayName ? `${user.displayName} <${user.userName}>` : user.userName,
      value: { id: user.id },
      description: `${user.id}${stateNote(user)}`,
    }));
  return ctx.prompts.choose<UserReference>({ message: 'Which user?', flag, choices });
}

function stateNote({ active }: User): string {
  if (active) return '';
  return active === false ? ', not active' : ', not known whether active';
}

/** The role named by the flag, or the SID of the one picked from the list. */
export async function askedRole(
  ctx: Context,
  text: string | undefined,
  flag: string,
  message = 'Which role?',
): Promise<string> {
  if (text !== undefined) return checkRole(text);
  const choices = async () => {
    const api = await ctx.api();
    const found = [];
    for await (const role of listRoles(api.send, api.url)) {
      const description = [role.product_group, role.lowest_level, role.external_description]
        .filter(Boolean)
        .join(' · ');
      found.push({ name: nameOf(role), value: role.sid, description: `${role.sid} ${description}` });
    }
    return found;
  };
  return ctx.prompts.choose<string>({ message, flag, choices });
}

/** The scope named by the flag, or typed. */
export async function askedScope(ctx: Context, text: string | undefined): Promise<string> {
  const settings = await ctx.settings();
  if (text !== undefined) return scopeSid(text, settings);
  const typed = await ctx.prompts.text({
    message: 'In which scope? (OR… or AC…, or org)',
    flag: '--scope',
    ...(settings.organizationSid === undefined ? {} : { default: 'org' }),
    validate: (value) => {
      try {
        scopeSid(value.trim(), settings);
        return true;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
  return scopeSid(typed.trim(), settings);
}

/** The users of a directory, each once; throws when any is missing. */
export function knownUsers(directory: Directory, references: readonly UserReference[]): User[] {
  const users = new Map<string, User>();
  const missing: AppError[] = [];
  for (const reference of references) {
    const user = directory.find(reference);
    if (user === undefined) missing.push(noSuchUser(reference));
    else users.set(user.id, user);
  }
  throwAll(missing);
  return [...users.values()];
}

/** Runs each check, and throws all that was wrong as one error. */
export function checkAll(checks: readonly (() => unknown)[]): void {
  const faults: AppError[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      faults.push(error);
    }
  }
  throwAll(faults);
}

/** One error that names them all, of the first one's kind; a single one as it is. */
export function throwAll(errors: readonly AppError[]): void {
  const [first, ...others] = errors;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const unique = (texts: readonly (string | undefined)[]) => [...new Set(texts.filter(Boolean))];
  const hint = unique(errors.map((error) => error.hint)).join('. ');
  throw new AppError(first.kind, unique(errors.map(({ message }) => message)).join('; '), { hint });
}

/** Nobody can tell which of them is meant. */
export function severalUsers(reference: UserReference, count: number): AppError {
  return new AppError('conflict', `${textOf(reference)} stands for ${count} users`, {
    hint: 'Give the SID instead',
  });
}

export function textOf(reference: UserReference): string {
  if ('id' in reference) return reference.id;
  return 'userName' in reference ? reference.userName : `external:${reference.externalId}`;
}

export function noSuchUser(reference: UserReference): AppError {
  return new AppError('not-found', `There is no user ${textOf(reference)}`, {
    hint: 'Only users managed by the organization are visible: `twilio-org users list` shows them',
  });
}
