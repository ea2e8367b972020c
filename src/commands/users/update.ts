import { isDeepStrictEqual } from 'node:util';
import type { Item } from '../../changes/plan/plan.ts';
import { userUnchanged } from '../../changes/plan/preconditions.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { guardFlags } from '../../cli/guard-flags.ts';
import { userView } from '../../cli/output/views.ts';
import { askUser } from '../../cli/questions/asks.ts';
import { reviewAndRunOne, type SingleChange } from '../../cli/review/review.ts';
import { alwaysNeeded, checkingTaken, namingUsersToRemove } from '../../cli/scope-conditions.ts';
import { parseUserReference } from '../../organization/references.ts';
import type { Api } from '../../organization/workspace/api.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { valueAt } from '../../platform/terminal/projection.ts';
import { fieldNames, fieldValue } from '../../twilio/user-fields.ts';
import {
  applyFields,
  changeable,
  getUser,
  primaryEmail,
  type User,
  type UserFields,
  versionIn,
} from '../../twilio/users.ts';
import { fieldFlags, fieldKeys, parseFieldFlags } from './shared/field-flags.ts';

const flags = defineFlags({
  ...fieldFlags,
  ...guardFlags,
  ifMatch: { value: 'version', summary: 'change the user only at this version, such as W/13' },
});

export const updateCommand = defineCommand({
  name: 'users update',
  summary: 'Change a user: only the fields that are given as flags',
  args: { user: { summary: 'SID, e-mail address or external:ID', ask: askUser() } },
  flags,
  oneOf: [{ of: fieldKeys, question: 'Which field should change?' }],
  scopes: {
    'managed-users/update': [alwaysNeeded],
    ...namingUsersToRemove,
    'managed-users/list': [...namingUsersToRemove['managed-users/list'], checkingTaken],
  },
  effect: 'removes',
  examples: [
    'twilio-org users update ada@example.com --display-name "Ada King"',
    'twilio-org users update external:4711 --email ada.king@example.com --if-match W/13',
  ],
  run: (ctx, { user, flags }) => update(ctx, user, flags),
});

/** Reads the user, applies the fields and writes them back, on the condition that the version is still the same. */
async function update(ctx: Context, name: string, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(userView);
  const fields = parseFieldFlags(options, 'known');
  if (Object.keys(fields).length === 0) {
    throw usageError('Nothing to change', 'Pass at least one of --email, --given-name, --display-name …');
  }
  if (fields.active === false) ctx.requireConfirmable();
  const reference = parseUserReference(name);
  const api = await ctx.api();
  const { users } = await ctx.organization();
  const before = changeable(await users.get(reference));
  const version = versionIn(before);
  if (options.ifMatch !== undefined && options.ifMatch !== version) {
    if (version === undefined) {
      throw new AppError(
        'conflict',
        `Twilio does not tell the version of ${before.userName}, so it can't be compared with ${options.ifMatch}. Nothing was sent`,
        { hint: 'To change the user whatever their version is, leave out --if-match' },
      );
    }
    throw new AppError('conflict', `${before.userName} is at version ${version}, not ${options.ifMatch}`, {
      hint: 'Somebody changed them since. Check with `twilio-org users get`, then decide',
    });
  }
  const after = applyFields(before, fields);
  if (after.userName !== primaryEmail(after)) {
    throw usageError(
      `${after.userName} has a different primary e-mail address (${primaryEmail(after) ?? 'none'}). Twilio requires the same address in both`,
      'Add --email, which sets both',
    );
  }
  if (isDeepStrictEqual(before, after) || holds(before, fields)) {
    ctx.messages.note(`${before.userName} already has these values; nothing to change`);
    return ctx.out.item(userView, before);
  }
  const item: Item = {
    row: { id: before.id, userName: before.userName },
    sid: before.id,
    steps: [{ do: 'update-user', user: before, fields }],
    rests: [userUnchanged(before)],
  };
  const isRemoval = before.active && !after.active;
  const change: SingleChange = {
    item,
    columns: ['id', 'userName'],
    done: 'changed',
    title: `${before.userName} (${before.id}) will be deactivated and can no longer sign in.`,
  };
  try {
    const updated = await reviewAndRunOne<User>(
      ctx,
      change,
      isRemoval || fields.email !== undefined ? options : undefined,
    );
    if (updated !== undefined) await ctx.out.item(userView, updated.object);
  } catch (error) {
    throw isVersionConflict(error) ? await conflict(api, before, error) : error;
  }
}

/** An empty field equals an absent one. A new address is always sent: it is more than the user name. */
function holds(user: User, fields: UserFields): boolean {
  const same = (name: keyof UserFields) => fieldValue(user, name) === (fields[name] ?? undefined);
  return fields.email === undefined && fieldNames(fields).every(same);
}

function isVersionConflict(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 25020;
}

/** Adds to a conflict the fields that somebody else changed, if the user can be read again. */
async function conflict(api: Api, before: User, error: AppError): Promise<AppError> {
  let now: User;
  try {
    now = await getUser(api.send, before.id);
  } catch {
    return error;
  }
  const changed = userView.fields
    .filter(
      (field) =>
        !field.startsWith('meta.') && !isDeepStrictEqual(valueAt(now, field), valueAt(before, field)),
    )
    .map((field) => `${field} is now ${text(valueAt(now, field))}, was ${text(valueAt(before, field))}`);
  const what = changed.length === 0 ? 'nothing that this command shows' : changed.join('; ');
  return new AppError(
    'conflict',
    `Somebody else changed ${before.userName} at the same time, so nothing was written: ${what}`,
    {
      hint: 'Run the same command again to change the user as they are now',
      status: error.status,
      code: error.code,
      moreInfo: error.moreInfo,
      requestId: error.requestId,
    },
  );
}

function text(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
