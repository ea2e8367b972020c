import type { Command } from 'commander';
import type { Columns } from '../../changes/input/columns.ts';
import { type Input, openInput, type Row } from '../../changes/input/open.ts';
import { type Fault, problemIn, refuseFaults } from '../../changes/input/row-errors.ts';
import { asRead, type Item, type Rest, streamedPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import { withResults } from '../../changes/runs/results-file.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { planHead } from '../../cli/review/dry-run.ts';
import { type BulkFlags, propose, withBulkFlags } from '../../cli/review/review.ts';
import type { Settings } from '../../login/config/settings.ts';
import {
  type Directory,
  type Holdings,
  type RoleBook,
  readDirectory,
  readHoldings,
  readRoleBook,
} from '../../organization/assignments.ts';
import { checkRole, scopeSid, type UserReference, userReference } from '../../organization/references.ts';
import { counted } from '../../platform/core/text.ts';
import type { NewRoleAssignment } from '../../twilio/role-assignments.ts';

export const assignmentColumns: Columns = {
  names: {
    user: ['username', 'email', 'mail', 'emailaddress', 'identity', 'usersid'],
    role: ['rolename', 'rolesid'],
    scope: [],
    resource_type: [],
    resource_id: [],
  },
  required: ['user', 'role', 'scope'],
};

interface Options extends BulkFlags {
  results?: string;
}

export function importCommand(cli: Cli): Command {
  const command = withBulkFlags(
    cli
      .command('import', 'Give the roles that a file lists: CSV, or JSON lines')
      .argument('<file>', 'the file, or - for standard input')
      .option('--results <file>', 'write each row with its outcome, SID and reason to this CSV file'),
  ).action(cli.action(run));
  cli.examples(command, [
    'twilio-org role-assignments import roles.csv --dry-run',
    'twilio-org role-assignments import roles.csv --results given.csv',
  ]);
  return command.addHelpText(
    'after',
    `\nColumns, in any order: ${Object.keys(assignmentColumns.names).join(', ')}.\nNobody loses a role by it.\n`,
  );
}

async function run(ctx: Context, file: string, options: Options): Promise<void> {
  const input = await openInput(ctx, file);
  try {
    const known = await readKnown(ctx, input, await checkRows(ctx, input));
    const head = await planHead(ctx, ['line', 'user', 'role', 'scope']);
    const plan = await streamedPlan(head, () => plannedItems(input, known));
    await checkRoleLimit(plan, known.holdings);
    await withResults(ctx, options.results, plan, (onResult) =>
      propose(ctx, plan, options, { title: `${counted(plan.size, 'row')} of ${input.name}`, onResult }),
    );
  } finally {
    await input.close();
  }
}

/** What the rows name. */
interface Found {
  users: Set<string>;
  scopes: Set<string>;
}

async function checkRows(ctx: Context, input: Input): Promise<Found> {
  const settings = await ctx.settings();
  const found: Found = { users: new Set(), scopes: new Set() };
  const lines = new Map<string, number>();
  const faults: Fault[] = [];
  for await (const row of input.rows(assignmentColumns)) {
    faults.push(...row.faults);
    if (row.malformed) continue;
    faults.push(...faultsOf(row, settings));
    const { line, cells } = row;
    const [user, scope] = ['user', 'scope'].map((column) => cells.get(column));
    if (user !== undefined) found.users.add(user);
    if (scope !== undefined) found.scopes.add(scope);
    const key = Object.keys(assignmentColumns.names).map((column) => cells.get(column) ?? '');
    refuseRepeat(key.join('\0'), line, lines, faults);
  }
  refuseFaults(ctx, input.name, faults);
  return found;
}

function refuseRepeat(key: string, line: number, lines: Map<string, number>, faults: Fault[]): void {
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  else faults.push({ line, problem: `it is in line ${before} already` });
}

function faultsOf({ line, cells }: Row, settings: Settings): Fault[] {
  const checks: Record<string, (text: string) => unknown> = {
    user: userReference,
    role: checkRole,
    scope: (text) => scopeSid(text, settings),
  };
  const faults = Object.entries(checks).flatMap(([column, check]): Fault[] => {
    const text = cells.get(column);
    const problem = text === undefined ? 'it is missing' : problemIn(() => check(text));
    return problem === undefined ? [] : [{ line, column, problem }];
  });
  if (cells.has('resource_type') !== cells.has('resource_id')) {
    faults.push({ line, column: 'resource_type', problem: 'resource_type and resource_id go together' });
  }
  return faults;
}

interface Known {
  directory: Directory;
  roles: RoleBook;
  holdings: Holdings;
  settings: Settings;
}

async function readKnown(ctx: Context, input: Input, found: Found): Promise<Known> {
  const [api, settings] = [await ctx.api(), await ctx.settings()];
  const roles = await readRoleBook(api);
  const references = [...found.users].map(userReference);
  const directory = await readDirectory(api, references);
  const faults: Fault[] = [];
  const lines = new Map<string, number>();
  for await (const row of input.rows(assignmentColumns)) {
    const { line, cells } = row;
    const [user = '', role = ''] = [cells.get('user'), cells.get('role')];
    const answer = roles.sidOf(role);
    const there = directory.find(userReference(user)) !== undefined;
    if ('problem' in answer) faults.push({ line, column: 'role', problem: answer.problem });
    if (!there) faults.push({ line, column: 'user', problem: `there is no user ${user}` });
    if ('problem' in answer || !there) continue;
    // The same may stand there by e-mail address and by SID.
    refuseRepeat(JSON.stringify(grantIn(row, { directory, roles, settings })), line, lines, faults);
  }
  refuseFaults(ctx, input.name, faults);
  const identities = references.flatMap((reference: UserReference) => directory.find(reference)?.id ?? []);
  const scopes = [...found.scopes].map((scope) => scopeSid(scope, settings));
  return { directory, roles, holdings: await readHoldings(api, identities, scopes), settings };
}

async function* plannedItems(input: Input, known: Known): AsyncGenerator<Item> {
  for await (const row of input.rows(assignmentColumns)) yield plannedItem(row, known);
}

function plannedItem(row: Row, known: Known): Item {
  const grant = grantIn(row, known);
  const { line, cells, given } = row;
  const [user, role, scope] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const { identity } = grant;
  const found = known.directory.find(userReference(user ?? ''));
  const rests: Rest[] = found === undefined ? [] : [asRead(found)];
  const item: Item = { row: { line, user, role, scope }, steps: [], rests, cells: given };
  const held = known.holdings.find(grant);
  if (held === undefined) return { ...item, steps: [{ do: 'create-assignment', grant }] };
  rests.push({ assignment: held.sid, identity, scope: held.scope });
  return { ...item, sid: held.sid };
}

function grantIn({ line, cells }: Row, known: Omit<Known, 'holdings'>): NewRoleAssignment {
  const [user = '', role = '', scope = ''] = ['user', 'role', 'scope'].map((column) => cells.get(column));
  const answer = known.roles.sidOf(role);
  const identity = known.directory.find(userReference(user))?.id;
  if ('problem' in answer || identity === undefined) throw new Error(`Line ${line} was not checked`);
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  return {
    role_sid: answer.sid,
    scope: scopeSid(scope, known.settings),
    identity,
    ...(resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id }),
  };
}
