import { isSid, type SidPrefix } from '../api/sids.ts';
import { asUser } from '../api/users.ts';
import { isObject } from '../api/values.ts';
import { AppError } from '../errors.ts';
import type { Item, Step } from './plan.ts';

/** Checks an item of a plan that comes from a file: it may have been made, or changed, by anybody. */
export function checkItem(value: unknown): Item {
  if (!isObject(value) || !isObject(value.row) || !Array.isArray(value.steps))
    throw broken('an item has another form');
  for (const step of value.steps) checkStep(step);
  const { rests = [] } = value;
  if (!Array.isArray(rests)) throw broken('what an item rests on has another form');
  for (const rest of rests) {
    if (!isObject(rest)) throw broken('what an item rests on has another form');
    if ('user' in rest) sid('US', rest.user);
    else if ('holder' in rest) {
      sid('US', rest.holder);
      if (!Array.isArray(rest.assignments)) throw broken('what an item rests on has another form');
    } else {
      sid('IY', rest.assignment);
      sid('US', rest.identity);
    }
  }
  return value as unknown as Item;
}

const kinds: Record<Step['do'], (step: Record<string, unknown>) => void> = {
  'create-user': ({ fields }) => {
    if (!isObject(fields) || typeof fields.email !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(fields.email)) {
      throw broken('a user to create has no e-mail address');
    }
    checkFields(fields);
  },
  'update-user': ({ user, fields }) => {
    checkUser(user);
    if (!isObject(fields)) throw broken('a user to change has no fields');
    checkFields(fields);
  },
  'delete-user': ({ user }) => checkUser(user),
  'create-assignment': ({ grant }) => {
    if (!isObject(grant)) throw broken('a role to give has another form');
    sid('IX', grant.role_sid);
    if (grant.identity !== null) sid('US', grant.identity);
    if (typeof grant.scope !== 'string' || !(isSid('OR', grant.scope) || isSid('AC', grant.scope))) {
      throw broken('a scope is not one');
    }
  },
  'delete-assignment': ({ assignment }) => {
    if (!isObject(assignment)) throw broken('a role to take away has another form');
    sid('IY', assignment.sid);
    if (assignment.identity !== undefined) sid('US', assignment.identity);
  },
};

function checkStep(step: unknown): void {
  const kind = isObject(step) && typeof step.do === 'string' ? step.do : '';
  if (!isObject(step) || !Object.hasOwn(kinds, kind)) throw broken('a step is of no known kind');
  kinds[kind as Step['do']](step);
  if (step.whose !== undefined && typeof step.whose !== 'string') throw broken('a name is no text');
}

const texts = ['email', 'givenName', 'familyName', 'displayName', 'externalId', 'locale', 'timezone'];

/** Strictly: the guards judge by these what a step takes away. */
function checkFields(fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) {
    const isText = typeof value === 'string' || (value === null && name !== 'email');
    if (name === 'active' ? typeof value === 'boolean' : texts.includes(name) && isText) continue;
    throw broken(`${name} is no field of a user, or not with such a value`);
  }
}

function checkUser(value: unknown): void {
  try {
    sid('US', asUser(value).id);
  } catch {
    throw broken('a user has another form');
  }
}

function sid(prefix: SidPrefix, value: unknown): void {
  if (typeof value !== 'string' || !isSid(prefix, value))
    throw broken(`what should be a SID (${prefix}…) is none`);
}

function broken(why: string): AppError {
  return new AppError('usage', `The plan can't be used: ${why}`, {
    hint: 'Nothing was sent. Make the plan again with the command that made it',
  });
}
