import type { Command } from 'commander';
import { type RoleAssignment, sameGrant } from '../../api/role-assignments.ts';
import type { User } from '../../api/users.ts';
import {
  type Directory,
  type Holdings,
  mostRoles,
  type RoleBook,
  readDirectory,
  readHoldings,
  readRoleBook,
} from '../../bulk/directory.ts';
import { asRead, holdsOnly, type Item, type PlanHead, planOf, type Step } from '../../bulk/plan.ts';
import { type BulkFlags, propose, withBulkFlags } from '../../bulk/propose.ts';
import type { Result } from '../../bulk/report.ts';
import type { Cli } from '../../command.ts';
import type { Api, Context } from '../../context.ts';
import { AppError, usageError } from '../../errors.ts';
import type { View } from '../../terminal/output.ts';
import { planHead } from '../changes.ts';
import { knownUsers, userReference } from '../resolve.ts';

interface Options extends BulkFlags {
  copyRolesTo?: string;
  reason?: string;
}

const columns = ['userName', 'outcome', 'roles_removed', 'active', 'roles_left', 'problem', 'reason'];
const view: View = {
  fields: [
    ...columns,
    'id',
    'at',
    'by',
    'organization_sid',
    'api_url',
    'before',
    'after',
    'removed',
    'copied_to',
  ],
  columns,
};

export function offboardCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('offboard', 'Take all roles from users and deactivate them, with a report')
      .argument('<user...>', 'SIDs, e-mail addresses or external:IDs')
      .option('--copy-roles-to <user>', 'give their roles to this user first')
      .option('--reason <text>', 'why; it is in the report'),
  ).action(cli.action(offboard));
  return cli.examples(command, [
    'twilio-org users offboard ada@example.com --dry-run',
    'twilio-org users offboard ada@example.com --copy-roles-to grace@example.com --reason "Left the company" --yes -o json',
  ]);
}

async function offboard(ctx: Context, names: string[], options: Options): Promise<void> {
  ctx.out.checkFields(view);
  const references = names.map(userReference);
  const heirReference = options.copyRolesTo === undefined ? [] : [userReference(options.copyRolesTo)];
  ctx.mustBeConfirmable();
  const api = await ctx.api();
  const directory = await readDirectory(api, [...references, ...heirReference]);
  const users = knownUsers(directory, references);
  const [heir] = knownUsers(directory, heirReference);
  if (heir !== undefined && users.includes(heir))
    throw usageError('--copy-roles-to names a user who is to be offboarded');
  if (heir?.active === false) ctx.messages.warn(`${heir.userName} is not active and can't use the roles`);
  const everybody = heir === undefined ? users : [...users, heir];
  const before = await readHoldings(
    api,
    everybody.map(({ id }) => id),
    [],
  );
  const roles = await readRoleBook(api);
  const items = itemsFor(users, heir, before);
  const head = await planHead(ctx, ['id', 'userName'], 'deactivated');
  const results = new Map<string, Result>();
  let failure: unknown;
  try {
    await propose(ctx, planOf(head, items), options, {
      title: `${users.length} ${users.length === 1 ? 'user loses' : 'users lose'} all roles and can no longer sign in`,
      rows: false,
      onResult: (item, result) => void results.set(String(item.row.id), result),
    });
  } catch (error) {
    failure = error;
  }
  // Nothing was begun: there is nothing to report.
  if (results.size === 0) {
    if (failure !== undefined) throw failure;
    return;
  }
  const left = await report(ctx, { users, heir, before, roles, results, head, reason: options.reason });
  if (failure !== undefined) throw failure;
  if (left.length > 0) {
    throw new AppError('partial', `${left.join(', ')}: not everything is taken away`, {
      hint: 'Somebody may have changed it meanwhile: look, and run the same command again',
    });
  }
}

/**
 * The right to sign in goes first: who may not be deactivated, as the Owner, keeps everything, and everybody else is out at
 * once. The other steps do not wait for each other, but no role is taken that the heir should have got and has not.
 */
function itemsFor(users: readonly User[], heir: User | undefined, holdings: Holdings): Item[] {
  const heirs = heir === undefined ? [] : [...holdings.of(heir.id)];
  const ofHeir = heir === undefined ? [] : [asRead(heir), holdsOnly(heir.id, heirs)];
  return users.map((user): Item => {
    const held = holdings.of(user.id);
    const ending: Step[] = user.active ? [{ do: 'update-user', user, fields: { active: false } }] : [];
    const giving: Step[] = [];
    /** By the SID of what is taken, the number of the step that gives it to the heir. */
    const given = new Map<string, number>();
    if (heir !== undefined) {
      for (const { sid, role_sid, scope, resource_type, resource_id } of held) {
        const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
        const copy = { role_sid, scope, identity: heir.id, ...resource };
        if (heirs.some((other) => sameGrant(other, copy))) continue;
        heirs.push({ sid: '', ...copy });
        given.set(sid, ending.length + giving.length);
        giving.push({ do: 'create-assignment', grant: copy });
      }
    }
    if (heir !== undefined && heirs.length > mostRoles) {
      throw new AppError(
        'conflict',
        `${heir.userName} would hold ${heirs.length} roles, and Twilio allows ${mostRoles}: nothing was changed`,
        { hint: 'Leave out --copy-roles-to, or take some roles from them first' },
      );
    }
    const taking = held.map((assignment): Step => ({ do: 'delete-assignment', assignment }));
    const steps = [...ending, ...giving, ...taking];
    const needs = held.flatMap(({ sid }, index): [number, number][] => {
      const before = given.get(sid);
      return before === undefined ? [] : [[ending.length + giving.length + index, before]];
    });
    return {
      row: { id: user.id, userName: user.userName },
      sid: user.id,
      steps,
      independent: true,
      ...(needs.length === 0 ? {} : { needs: Object.fromEntries(needs) }),
      rests: [asRead(user), holdsOnly(user.id, held), ...ofHeir],
      ...(steps.length === 0 ? { note: 'Deactivated already, and without roles' } : {}),
    };
  });
}

interface Offboarding {
  users: readonly User[];
  heir: User | undefined;
  before: Holdings;
  roles: RoleBook;
  results: ReadonlyMap<string, Result>;
  head: PlanHead;
  reason: string | undefined;
}

/** Reads everything again and prints what an auditor wants to know; gives those who have kept something. */
async function report(ctx: Context, work: Offboarding): Promise<string[]> {
  const { users, heir, before, roles, results, head, reason } = work;
  const api = await ctx.api();
  const now = await readAgain(
    api,
    users.map(({ id }) => id),
  );
  const left: string[] = [];
  const shown = ({ sid, role_sid, scope, resource_type, resource_id }: RoleAssignment) => ({
    sid,
    role_sid,
    role_name: roles.nameOf(role_sid) ?? null,
    scope,
    resource_type: resource_type ?? null,
    resource_id: resource_id ?? null,
  });
  const rows = users.map((user) => {
    const found = now.directory?.find({ id: user.id });
    const [had, has] = [before.of(user.id), now.holdings?.of(user.id) ?? []];
    const removed = had.filter(({ sid }) => !has.some((other) => other.sid === sid));
    const remains = found?.active !== false || has.length > 0;
    if (remains) left.push(user.userName);
    const nothing = !user.active && had.length === 0;
    const { outcome, reason: problem } = results.get(user.id) ?? { outcome: 'not tried' };
    const failed = remains || ['failed', 'unknown', 'not tried'].includes(outcome);
    const shownOutcome = ['failed', 'unknown', 'not tried'].includes(outcome) ? outcome : 'failed';
    return {
      userName: user.userName,
      id: user.id,
      outcome: failed ? shownOutcome : nothing ? 'deactivated already' : 'deactivated',
      roles_removed: now.holdings === undefined ? null : removed.length,
      active: found?.active ?? null,
      roles_left: now.holdings === undefined ? null : has.length,
      ...(failed
        ? { problem: problem ?? now.error?.message ?? 'It is not as it should be when read again' }
        : {}),
      reason: reason ?? null,
      at: new Date(ctx.runtime.now()).toISOString(),
      by: head.profile,
      organization_sid: head.organization_sid,
      api_url: head.api_url,
      before: { active: user.active, version: user.meta?.version ?? null, roles: had.map(shown) },
      after: { active: found?.active ?? null, version: found?.meta?.version ?? null, roles: has.map(shown) },
      removed: removed.map(shown),
      copied_to: heir?.userName ?? null,
    };
  });
  await ctx.out.list(view, rows);
  if (now.error !== undefined) throw now.error;
  return left;
}

interface Again {
  directory?: Directory;
  holdings?: Holdings;
  /** Why it could not be read. */
  error?: AppError;
}

/** What was done is reported also when it can't be read again. */
async function readAgain(api: Api, ids: readonly string[]): Promise<Again> {
  try {
    const references = ids.map((id) => ({ id }));
    return { directory: await readDirectory(api, references), holdings: await readHoldings(api, ids, []) };
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}
