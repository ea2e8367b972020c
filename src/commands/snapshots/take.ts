import { mkdir } from 'node:fs/promises';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { notBlank } from '../../cli/flag-values.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { snapshotsDir, snapshotsDirName } from '../../organization/snapshots/store.ts';
import { takeSnapshot } from '../../organization/snapshots/take.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import { ensurePrivateDir } from '../../platform/fs/private-files.ts';
import { rowOf, snapshotView } from './shared/rows.ts';

const flags = defineFlags({
  out: {
    value: 'dir',
    summary: 'put it into this directory, not beside the configuration',
    parse: notBlank,
  },
  ifChanged: { summary: 'keep nothing if the last snapshot has the same content' },
  withoutPersonalData: { summary: 'leave out names, addresses and external ids of users' },
});

export const takeCommand = defineCommand({
  name: 'snapshots take',
  summary: 'Save all users, roles and role assignments as they are now',
  flags,
  scopes: {
    'managed-users/list': [alwaysNeeded],
    'role-assignments/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  effect: 'local',
  examples: [
    'twilio-org snapshots take',
    'twilio-org snapshots take --if-changed --out audit',
    'twilio-org snapshots take --without-personal-data',
  ],
  run: (ctx, { flags }) => take(ctx, flags),
});

async function take(ctx: Context, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(snapshotView);
  const { clientId, organizationSid } = await ctx.identity();
  if (organizationSid === undefined) {
    throw new AppError('usage', 'The SID of the organization is unknown, and a snapshot names it', {
      hint: 'Set TWILIO_ORG_ORGANIZATION_SID, or log in with --organization-sid OR…',
    });
  }
  const dir = options.out ?? snapshotsDir(ctx.configDir, organizationSid);
  if (ctx.flags.dryRun) {
    ctx.messages.note(`Dry run: a snapshot of ${organizationSid} would be saved in ${dir}`);
    return;
  }
  await makeDir(ctx, dir, options.out !== undefined);
  const { send, url } = await ctx.api();
  const taken = await takeSnapshot({
    dir,
    api: { send, url },
    organizationSid,
    clientId,
    program: ctx.version,
    accounts: (await ctx.scopes()).accounts.accounts,
    now: ctx.runtime.now,
    withoutPersonalData: options.withoutPersonalData,
    ifChanged: options.ifChanged,
  });
  if (taken.moved.length > 0) ctx.messages.warn(movedInWords(taken.moved));
  if (!taken.isNew)
    ctx.messages.note(`Nothing has changed since ${taken.manifest.id}: that snapshot is kept`);
  await ctx.out.item(snapshotView, rowOf(taken));
}

/** A directory that the user named keeps its mode: it may hold other things. The snapshot in it is private anyway. */
async function makeDir(ctx: Context, dir: string, isNamed: boolean): Promise<void> {
  if (isNamed) {
    await mkdir(dir, { recursive: true, mode: 0o700 }).catch(
      fsErrorHandler('create the directory', dir, 'Name a directory that can be written'),
    );
    return;
  }
  await ensurePrivateDir(ctx.configDir, ctx.messages.warn);
  await ensurePrivateDir(`${ctx.configDir}/${snapshotsDirName}`, ctx.messages.warn);
  await ensurePrivateDir(dir, ctx.messages.warn);
}

/** More names would hide the sentence; the manifest has all. */
const maxNames = 10;

function movedInWords(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(', ');
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return `${pluralize(names.length, 'user')} changed while the snapshot was taken: ${shown}${more}`;
}
