import path from 'node:path';
import { itemsWithState } from '../../changes/runs/outcomes.ts';
import { allPeopleOf, type RunSummary, summariesOf } from '../../changes/runs/run-index.ts';
import { listRuns, loadRun } from '../../changes/runs/run-store.ts';
import { readAtSnapshot } from '../../cli/at-snapshot.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { type ScopeNames, scopeNames } from '../../cli/output/scope-names.ts';
import { placeColumns } from '../../cli/output/views.ts';
import { snapshotPlaces } from '../../cli/snapshot-places.ts';
import { assignmentKey } from '../../organization/assignments.ts';
import { parseRoleReference, parseUserReference, resolveScope } from '../../organization/references.ts';
import { dirOfOrganization } from '../../organization/snapshots/find.ts';
import { readPart } from '../../organization/snapshots/read-part.ts';
import { listSnapshots, openSnapshot } from '../../organization/snapshots/store.ts';
import { AppError } from '../../platform/core/errors.ts';
import { minuteOf } from '../../platform/core/time-words.ts';
import type { Column, View } from '../../platform/terminal/view.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';

const columns = ['sid', 'scope', 'resource_type', 'resource_id', 'not_at', 'since', 'run', 'actor'];
const view: View = { fields: [...columns, 'first_snapshot', 'snapshot_before'], columns };

function peopleColumns(scopes: ScopeNames): Column<Row>[] {
  return [
    { heading: 'Since', value: sinceInWords },
    ...placeColumns(scopes),
    { heading: 'By', value: ({ actor, run }) => (run === null ? 'not known here' : actor) },
    { heading: 'Run', value: 'run' },
  ];
}

interface Row {
  sid: string;
  scope: string;
  resource_type: string | null;
  resource_id: string | null;
  /** Time of the last snapshot without it; null where the first of all has it. */
  not_at: string | null;
  /** Time of the first snapshot that has it. */
  since: string;
  first_snapshot: string;
  snapshot_before: string | null;
  /** Our own run that gave it. */
  run: string | null;
  actor: string | null;
}

function sinceInWords({ not_at, since }: Row): string {
  const end = `${minuteOf(since)} UTC`;
  return not_at === null ? `before ${end}` : `between ${minuteOf(not_at)} and ${end}`;
}

export const sinceCommand = defineCommand({
  name: 'access since',
  summary: 'Say since when a user has a role, from the snapshots on this machine',
  args: {
    user: { summary: 'SID, e-mail address or external:ID' },
    role: { summary: 'SID or name' },
    scope: { summary: 'SID or name of an account, or org (default: everywhere)', optional: true },
  },
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org access since ada@example.com Admin',
    'twilio-org access since ada@example.com Admin org -o json',
  ],
  run: (ctx, { user, role, scope }) => since(ctx, user, role, scope),
});

async function since(ctx: Context, user: string, role: string, scope: string | undefined): Promise<void> {
  ctx.out.checkFields(view);
  const reference = parseUserReference(user);
  const named = parseRoleReference(role);
  const dir = await dirOfOrganization(snapshotPlaces(ctx));
  // Names are those of the last snapshot, so that no login is needed.
  await readAtSnapshot(ctx, 'last');
  const wantedScope = scope === undefined ? undefined : resolveScope(scope, await ctx.scopes());
  const organization = await ctx.organization();
  const identity = await organization.users.sidOf(reference);
  const roleSid = await organization.roles.sidOf(named);
  const rows = new Map<string, Row>();
  const open = new Set<string>();
  const ids = dir === undefined ? [] : (await listSnapshots(dir)).reverse();
  for (const [index, id] of ids.entries()) {
    const snapshot = await openSnapshot(path.join(dir ?? '', id));
    const at = snapshot.manifest.began_at;
    const all = await readPart<RoleAssignment>(snapshot, 'roleAssignments', { containing: identity });
    const held = new Map(
      all
        .filter((one) => equalsIgnoreCase(one.identity, identity) && equalsIgnoreCase(one.role_sid, roleSid))
        .filter((one) => wantedScope === undefined || equalsIgnoreCase(one.scope, wantedScope))
        .map((one) => [assignmentKey(one), one]),
    );
    if (index === 0) {
      for (const [key, one] of held) {
        open.add(key);
        rows.set(key, blankRow(one));
      }
    }
    for (const key of open) {
      const row = rows.get(key);
      if (row === undefined) continue;
      if (held.has(key)) Object.assign(row, { since: at, first_snapshot: id, sid: held.get(key)?.sid });
      else {
        Object.assign(row, { not_at: at, snapshot_before: id });
        open.delete(key);
      }
    }
    if (open.size === 0) break;
  }
  if (rows.size === 0) {
    throw new AppError('not-found', `${user} does not have ${role} in the last snapshot`, {
      hint: 'To see what the user has: twilio-org role-assignments list --user USER --at last',
    });
  }
  for (const row of rows.values()) {
    const run = await runThatGave(ctx, row.sid);
    Object.assign(row, { run: run?.run ?? null, actor: run?.actor ?? null });
  }
  const people = { list: peopleColumns(await scopeNames(ctx)) };
  await ctx.out.list({ ...view, people }, rows.values());
}

function blankRow({ sid, scope, resource_type, resource_id }: RoleAssignment): Row {
  return {
    sid,
    scope,
    resource_type: resource_type ?? null,
    resource_id: resource_id ?? null,
    not_at: null,
    since: '',
    first_snapshot: '',
    snapshot_before: null,
    run: null,
    actor: null,
  };
}

/** The run of this machine that created the role assignment. */
async function runThatGave(ctx: Context, sid: string): Promise<RunSummary | undefined> {
  const names = await listRuns(ctx.configDir);
  for await (const summary of summariesOf(ctx.configDir, names, ctx.messages.warn)) {
    const people = await allPeopleOf(ctx.configDir, summary);
    if (people.flat().includes(sid) && (await didGive(ctx, summary.run, sid))) return summary;
  }
  return undefined;
}

/** True where a change of the run created it, and did not find it there. */
async function didGive(ctx: Context, run: string, sid: string): Promise<boolean> {
  for await (const { item, steps } of itemsWithState(await loadRun(ctx.configDir, run))) {
    const isIt = item.steps.some((step, index) => {
      const end = steps[index];
      return step.do === 'create-assignment' && end?.type === 'outcome' && end.sid === sid && !end.found;
    });
    if (isIt) return true;
  }
  return false;
}
