import { type Comparison, compareDeclaredAccess } from '../../changes/declared/compare.ts';
import { loadDeclaredAccess } from '../../changes/declared/load.ts';
import type { FileProblem } from '../../changes/declared/model.ts';
import { formatProblem, refuseProblems } from '../../changes/declared/problems.ts';
import { unknownScopeError } from '../../changes/declared/read-owned.ts';
import { editFiles, writeEdited } from '../../changes/declared/writing/apply-update.ts';
import { createFileNames } from '../../changes/declared/writing/names.ts';
import { filesFor, ownedAlready, type Pulled } from '../../changes/declared/writing/pull.ts';
import { planFileUpdate, type UpdateRow } from '../../changes/declared/writing/update.ts';
import { refuseExisting, writeNewFiles } from '../../changes/declared/writing/write-files.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { alwaysNeeded } from '../../cli/scope-conditions.ts';
import { throwAll } from '../../organization/combined-errors.ts';
import { maxConcurrentReads } from '../../organization/listing-sizes.ts';
import { resolveScope } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import { mapConcurrently, together } from '../../platform/core/side-by-side.ts';
import { pluralize, shellQuote } from '../../platform/core/text.ts';
import { exists } from '../../platform/fs/private-files.ts';
import type { View } from '../../platform/terminal/view.ts';
import { wantsFilter } from '../../twilio/errors.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';

const flags = defineFlags({
  update: {
    summary: 'write what has changed in the organization into the files that are there',
    conflicts: ['scope', 'oneFile'],
  },
  scope: {
    value: 'scope',
    summary: 'adopt only this scope: SID or name of an account, or org',
    repeats: true,
    conflicts: ['update'],
  },
  oneFile: { summary: 'write one file, access.yaml, instead of one for each scope', conflicts: ['update'] },
});

const columns = ['file', 'pairs', 'entries'];

const filesView: View = {
  fields: columns,
  columns,
  people: {
    list: [
      { heading: 'File', value: 'file' },
      { heading: 'Roles owned', value: 'pairs' },
      { heading: 'Entries', value: 'entries' },
    ],
  },
};

const updateColumns = ['change', 'file', 'line', 'who', 'role', 'where', 'resource'];

const updateView: View = {
  fields: updateColumns,
  columns: updateColumns,
  people: {
    list: [
      { heading: 'Change', value: 'change' },
      { heading: 'Who', value: 'who' },
      { heading: 'Role', value: 'role' },
      { heading: 'Where', value: 'where' },
      { heading: 'Resource', value: 'resource' },
      { heading: 'File', value: ({ file, line }: UpdateRow) => (line === null ? file : `${file}:${line}`) },
    ],
  },
};

export const pullCommand = defineCommand({
  name: 'access pull',
  summary: 'Write the access that there is into files, to declare it in git from then on',
  args: {
    directory: {
      summary: 'directory for the files, such as access',
      ask: { question: 'Which directory?', example: 'access' },
    },
  },
  flags,
  scopes: {
    'managed-users/list': [alwaysNeeded],
    'managed-users/read': ['with --update, where the files name users by SID'],
    'role-assignments/list': [alwaysNeeded],
    'roles/list': [alwaysNeeded],
  },
  effect: 'local',
  examples: [
    'twilio-org access pull access',
    'twilio-org access pull access --scope "EU production"',
    'twilio-org access pull access --update --dry-run',
  ],
  notes: `Each file owns the pairs of scope and role that somebody has, and lists everybody who has them, so that the next
plan is empty. An existing file is never written over. docs/access-files.md describes the files.

With --update, access that was given by hand gets an entry, and access that was removed by hand loses it. Comments and
everything else in the files stay as they are.
`,
  run: (ctx, { directory, flags }) => (flags.update ? update(ctx, directory) : pull(ctx, directory, flags)),
});

async function pull(ctx: Context, directory: string, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(filesView);
  const known = await ctx.scopes();
  const scopes = options.scope?.map((text) => resolveScope(text, known));
  const existing = (await exists(directory)) ? await loadDeclaredAccess(directory) : undefined;
  refuseProblems(directory, existing?.problems ?? []);
  const organization = await ctx.organization();
  const [roles, users, assignments] = await together(
    organization.roles.index(),
    organization.users.all(),
    readAssignments(ctx, scopes),
  );
  const owned = ownedAlready(existing?.files ?? [], assignments, roles, known);
  refuseProblems(directory, owned, wayToWrite(directory, scopes));
  const pulled = filesFor(assignments, createFileNames(users, roles, known), options);
  warnOfLeftOut(ctx, pulled);
  const { files } = pulled;
  if (ctx.flags.dryRun) refuseExisting(directory, files);
  else if (files.length > 0) await writeNewFiles(directory, files);
  await ctx.out.list(
    filesView,
    files.map(({ name, pairs, entries }) => ({
      file: `${directory.replace(/\/+$/, '')}/${name}`,
      pairs,
      entries,
    })),
  );
  if (files.length === 0) ctx.messages.note('No roles are assigned there, so there is nothing to write');
  else if (ctx.flags.dryRun) ctx.messages.note('Dry run: nothing was written');
  else
    ctx.messages.note(
      `${pluralize(files.length, 'file')} written. To compare: twilio-org access plan ${shellQuote(directory)}`,
    );
}

/** Advice where files own what was to be adopted. --scope and --update exclude each other. */
function wayToWrite(directory: string, scopes: readonly string[] | undefined): string {
  const update = `To write what has changed into the files: twilio-org access pull ${shellQuote(directory)} --update`;
  return scopes === undefined
    ? `${update}. To adopt only scopes that no file owns: add --scope SCOPE`
    : update;
}

async function readAssignments(
  ctx: Context,
  scopes: readonly string[] | undefined,
): Promise<RoleAssignment[]> {
  const { assignments } = await ctx.organization();
  if (scopes !== undefined) {
    const read = await mapConcurrently([...new Set(scopes)], maxConcurrentReads, async (scope) => {
      try {
        return await assignments.where({ scope });
      } catch (error) {
        const unknown = unknownScopeError(error, scope);
        if (unknown === undefined) throw error;
        return unknown;
      }
    });
    throwAll(read.filter((one) => one instanceof AppError));
    return read.flatMap((one) => (one instanceof AppError ? [] : one));
  }
  return assignments.all().catch((error: unknown) => {
    if (!wantsFilter(error)) throw error;
    throw error.withHint(
      'This organization lists role assignments only by scope. Name each one: --scope SCOPE',
    );
  });
}

function warnOfLeftOut(ctx: Context, { leftOut }: Pulled): void {
  for (const { scope, role_sid, unnamed } of leftOut)
    ctx.messages.warn(
      `${role_sid} in ${scope} is left out, because files can't name ${listed([...unnamed])}`,
    );
}

/** More would hide the others. */
const maxUnnamed = 5;

function listed(texts: readonly string[]): string {
  const more = texts.length - maxUnnamed;
  return [...texts.slice(0, maxUnnamed), ...(more > 0 ? [`${more} more`] : [])].join('; ');
}

async function update(ctx: Context, directory: string): Promise<void> {
  ctx.out.checkFields(updateView);
  const organization = await ctx.organization();
  const comparison = await compareDeclaredAccess(ctx, directory, { onlyAdd: false, isForUpdate: true });
  const users = await organization.users.all();
  const names = createFileNames(users, comparison.access.roles, await ctx.scopes());
  const { edits, rows, byHand } = planFileUpdate(comparison, names);
  const files = await editFiles(edits);
  if (!ctx.flags.dryRun) await writeEdited(files);
  await ctx.out.list(updateView, rows);
  noteOthers(ctx, directory, comparison);
  if (ctx.flags.dryRun) ctx.messages.note('Dry run: nothing was written');
  else if (rows.length > 0)
    ctx.messages.note(
      `${pluralize(rows.length, 'difference')} written into ${pluralize(files.length, 'file')}`,
    );
  else if (byHand.length === 0)
    ctx.messages.note(`Nothing to write: ${directory} says what was given and removed`);
  if (byHand.length > 0) throw leftByHand(byHand);
}

/** Differences that are not drift: the files decide, and the next apply acts. */
function noteOthers(ctx: Context, directory: string, { changes }: Comparison): void {
  const count = changes.filter(({ drift }) =>
    ['expired', 'too early', 'begins today'].includes(drift),
  ).length;
  if (count === 0) return;
  ctx.messages.note(
    `${pluralize(count, 'assignment')} of entries that have ended, begin today or begin later ${count === 1 ? 'is' : 'are'} left to: twilio-org access apply ${shellQuote(directory)}`,
  );
}

function leftByHand(problems: readonly FileProblem[]): AppError {
  const lines = problems.map(formatProblem);
  const summary = `${pluralize(lines.length, 'difference')} can't be written into the files`;
  return new AppError('partial', `${summary}: ${lines.join('; ')}`, {
    hint: 'Change these files by hand. All other differences were written',
    listed: { summary, lines },
  });
}
