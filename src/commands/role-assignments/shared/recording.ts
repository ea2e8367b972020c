import type { Recording } from '../../../changes/declared/writing/record-entries.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { notBlank } from '../../../cli/flag-values.ts';
import type { Flags } from '../../../cli/flags.ts';
import { isCalendarDay } from '../../../platform/core/calendar.ts';
import { usageError } from '../../../platform/core/errors.ts';
import type { User } from '../../../twilio/users.ts';
import type { NamedAssignment } from './assignment-flags.ts';

/** The flags that write access into a file of declared access. */
export const recordFlags = defineFlags({
  until: { value: 'day', summary: 'the last day of the access, as YYYY-MM-DD; with --into', parse: parseDay },
  because: {
    value: 'reason',
    summary: 'the reason, such as the number of a ticket; with --into',
    parse: notBlank,
  },
  into: {
    value: 'file',
    summary: 'write the access into this file of declared access first',
    parse: notBlank,
  },
});

export type RecordFlags = FlagsOf<typeof recordFlags>;

function parseDay(text: string): string {
  if (isCalendarDay(text)) return text;
  throw usageError(`"${text}" is not a day`, 'Write it as YYYY-MM-DD, such as 2027-01-31');
}

/** An end that stands in no file would be forgotten. */
export function validateRecordFlags({ until, because, into, planOut }: RecordFlags & Flags): void {
  if (into === undefined && (until ?? because) !== undefined) {
    throw usageError(
      `${until === undefined ? '--because' : '--until'} needs --into`,
      'Name the file of declared access that owns the role: --into access/support.yaml',
    );
  }
  if (into !== undefined && planOut !== undefined)
    throw usageError('--into and --plan-out exclude each other', 'Leave out one of them');
}

/** The file with an entry for each assignment, before it is written. */
export async function recordingOf(
  ctx: Context,
  grants: readonly NamedAssignment[],
  holders: readonly (User | undefined)[],
  { into, until, because }: RecordFlags,
): Promise<Recording | undefined> {
  if (into === undefined) return undefined;
  const { resourceText } = await import('../../../changes/declared/writing/names.ts');
  const { withEntries } = await import('../../../changes/declared/writing/record-entries.ts');
  const { roles } = await ctx.organization();
  const entries = grants.map(({ assignment: grant, user: who, role, scope: where }, index) => {
    const resource = resourceText(grant);
    if (resource === null)
      throw usageError(
        `${into} can't name the resource ${grant.resource_type}/${grant.resource_id}`,
        'Leave out --into',
      );
    return { grant, user: holders[index], entry: { who, role, where, resource, until, because } };
  });
  const state = { roles: await roles.index(), known: await ctx.scopes(), now: ctx.now() };
  return withEntries(into, entries, state);
}

/**
 * Writes the entries. They come before the request: after a crash in between, the next apply gives the access.
 *
 * @returns the number of new entries in the file
 */
export async function writeRecording(
  ctx: Context,
  { edited, added }: Recording,
  { into }: RecordFlags,
): Promise<number> {
  if (edited === undefined) {
    ctx.messages.note(`${into} lists this access already`);
    return 0;
  }
  const entries = added === 1 ? '1 entry' : `${added} entries`;
  if (ctx.flags.dryRun) {
    ctx.messages.note(`Dry run: ${entries} would be written into ${into}`);
    return 0;
  }
  const { writeEdited } = await import('../../../changes/declared/writing/apply-update.ts');
  await writeEdited([edited]);
  ctx.messages.note(`${entries} written into ${into}`);
  return added;
}

/** Says what is in the file after a failure: the request may have been refused, or may have taken effect. */
export function warnOfEntries(ctx: Context, written: number, { into }: RecordFlags): void {
  const [entries, them] =
    written === 1 ? ['new entry', 'the entry'] : [`${written} new entries`, 'their entries'];
  ctx.messages.warn(
    `${into} has the ${entries}`,
    `The next \`access apply\` gives the access. If nobody should have it, remove ${them}`,
  );
}
