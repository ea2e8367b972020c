import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Columns } from '../../changes/input/columns.ts';
import { type Input, openInput, type Row } from '../../changes/input/open.ts';
import { type Fault, problemIn, refuseFaults } from '../../changes/input/row-errors.ts';
import { fieldOf } from '../../changes/plan/change.ts';
import { asRead, type Item, type PlannedGrant, type Step, streamedPlan } from '../../changes/plan/plan.ts';
import { checkRoleLimit } from '../../changes/plan/role-limit.ts';
import { withResults } from '../../changes/runs/results-file.ts';
import type { Cli } from '../../cli/command.ts';
import type { Api, Context } from '../../cli/context.ts';
import { withSelfFlag } from '../../cli/review/confirm-self.ts';
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
import { checkRole, scopeSid } from '../../organization/references.ts';
import { counted } from '../../platform/core/text.ts';
import { isSid } from '../../twilio/sids.ts';
import { problemWith } from '../../twilio/user-limits.ts';
import { changeable, type User, type UserFields } from '../../twilio/users.ts';
import { isEmail } from './shared/field-flags.ts';

const texts = ['givenName', 'familyName', 'displayName', 'externalId', 'locale', 'timezone'] as const;

/** What a row may hold. */
export const userColumns: Columns = {
  names: {
    email: ['username', 'mail', 'emailaddress', 'primaryemail', 'user', 'login'],
    givenName: ['firstname', 'forename', 'namegivenname'],
    familyName: ['lastname', 'surname', 'namefamilyname'],
    displayName: ['fullname'],
    externalId: ['employeeid'],
    locale: ['language'],
    timezone: ['tz'],
    active: ['enabled'],
    role: ['rolesid', 'rolename'],
    scope: [],
    resource_type: [],
    resource_id: [],
    // Of users who are there, in lists and results; they are never changed.
    id: [],
    sid: [],
  },
  required: ['email'],
  exact: texts,
};

export interface ImportOptions extends BulkFlags {
  createOnly?: boolean;
  updateOnly?: boolean;
  results?: string;
}

export function importCommand(cli: Cli): Command {
  const command = withSelfFlag(
    withBulkFlags(
      cli
        .command('import', 'Create and change users as a file says: CSV, or JSON lines')
        .argument('<file>', 'the file, or - for standard input')
        .addOption(new Option('--create-only', 'leave users alone who are there').conflicts('updateOnly'))
        .addOption(new Option('--update-only', 'create nobody').conflicts('createOnly'))
        .option('--results <file>', 'write each row with its outcome, SID and reason to this CSV file'),
    ),
  ).action(cli.action(run));
  cli.examples(command, [
    'twilio-org users import joiners.csv --dry-run',
    'twilio-org users import joiners.csv --yes --results results.csv',
  ]);
  return command.addHelpText(
    'after',
    `\nColumns, in any order: ${Object.keys(userColumns.names).join(', ')}.\nAn empty cell, or a column that is not there, leaves a field as it is.\nid and sid, as lists and results have them, are compared and never changed.\n`,
  );
}

async function run(ctx: Context, file: string, options: ImportOptions): Promise<void> {
  const input = await openInput(ctx, file);
  try {
    await importPeople(ctx, { name: input.name, rows: () => people(input) }, options);
  } finally {
    await input.close();
  }
}

async function* people(input: Input): AsyncGenerator<Person> {
  for await (const row of input.rows(userColumns)) yield { ...row, roles: [row.cells] };
}

/** A row about somebody, with the roles that they get: each a role, its scope, and maybe a resource. */
export interface Person extends Row {
  roles: Map<string, string>[];
}

/** Rows that can be read as often as is needed. */
export interface People {
  name: string;
  rows: () => AsyncIterable<Person>;
}

/** Takes rows from their check to their end. */
export async function importPeople(ctx: Context, people: People, options: ImportOptions): Promise<void> {
  await keepMemoryFlat();
  const found = await checkRows(ctx, people);
  if (found.deactivates) ctx.mustBeConfirmable();
  const known = await readKnown(ctx, people, found);
  const head = await planHead(ctx, ['line', 'email']);
  const plan = await streamedPlan(head, () => plannedItems(people, known, options));
  await checkRoleLimit(plan, known.holdings);
  await withResults(ctx, options.results, plan, (onResult) =>
    propose(ctx, plan, options, { title: `${counted(plan.size, 'row')} of ${people.name}`, onResult }),
  );
}

/**
 * Rows come and go, but left to itself V8 lets the heap grow to four times what is in use before it looks. These make it
 * look earlier, which costs next to no time here.
 */
async function keepMemoryFlat(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--max-semi-space-size=4');
}

/** What the rows name. */
interface Found {
  emails: Set<string>;
  roles: boolean;
  scopes: Set<string>;
  deactivates: boolean;
}

/** Checks all rows before anything is sent, and refuses them with every fault there is. */
async function checkRows(ctx: Context, people: People): Promise<Found> {
  const settings = await ctx.settings();
  const found: Found = { emails: new Set(), roles: false, scopes: new Set(), deactivates: false };
  const lines = new Map<string, number>();
  const faults: Fault[] = [];
  for await (const row of people.rows()) {
    faults.push(...row.faults);
    if (row.malformed) continue;
    faults.push(...faultsOf(row, settings));
    const email = row.cells.get('email')?.toLowerCase();
    const before = email === undefined ? undefined : firstLine(`email ${email}`, row, lines);
    if (before !== undefined) {
      const problem = `it is in line ${before} already; give further roles with role-assignments import`;
      faults.push({ line: row.line, column: 'email', problem });
    }
    const externalId = row.cells.get('externalId');
    const other = externalId === undefined ? undefined : firstLine(`id ${externalId}`, row, lines);
    if (other !== undefined) {
      faults.push({ line: row.line, column: 'externalId', problem: `it is in line ${other} already` });
    }
    if (email !== undefined) found.emails.add(email);
    for (const cells of row.roles) {
      const scope = cells.get('scope');
      found.roles ||= cells.has('role');
      if (scope !== undefined) found.scopes.add(scope);
    }
    found.deactivates ||= asBoolean(row.cells.get('active') ?? '') === false;
  }
  refuseFaults(ctx, people.name, faults);
  return found;
}

/** The line where this was before, if it was. */
function firstLine(key: string, { line }: Row, lines: Map<string, number>): number | undefined {
  const before = lines.get(key);
  if (before === undefined) lines.set(key, line);
  return before;
}

function faultsOf({ line, cells, roles }: Person, settings: Settings): Fault[] {
  const faults: Fault[] = [];
  const say = (column: string, problem: string | undefined) => {
    if (problem !== undefined) faults.push({ line, column, problem });
  };
  const email = cells.get('email');
  const verdict = email === undefined ? 'it is missing' : isEmail(email);
  if (verdict !== true) say('email', verdict);
  for (const column of texts) {
    const text = cells.get(column);
    if (text !== undefined) say(column, problemWith(column, text));
  }
  const active = cells.get('active');
  if (active !== undefined && asBoolean(active) === undefined)
    say('active', `"${active}" is neither true nor false`);
  for (const given of roles) {
    const [role, scope] = [given.get('role'), given.get('scope')];
    if (role !== undefined) {
      say(
        'role',
        problemIn(() => checkRole(role)),
      );
      if (scope === undefined) say('scope', 'it is missing, and there is a role');
    }
    if (scope !== undefined) {
      say(
        'scope',
        problemIn(() => scopeSid(scope, settings)),
      );
    }
    if (given.has('resource_type') !== given.has('resource_id')) {
      say('resource_type', 'resource_type and resource_id go together');
    }
  }
  return faults;
}

function asBoolean(text: string): boolean | undefined {
  if (/^(true|yes|y|1|active)$/i.test(text)) return true;
  return /^(false|no|n|0|inactive)$/i.test(text) ? false : undefined;
}

/** What has to be known to plan the rows. */
interface Known {
  directory: Directory;
  roles: RoleBook | undefined;
  holdings: Holdings;
  settings: Settings;
}

async function readKnown(ctx: Context, people: People, found: Found): Promise<Known> {
  const [api, settings] = [await ctx.api(), await ctx.settings()];
  const roles = found.roles ? await readRoleBook(api) : undefined;
  const references = [...found.emails].map((userName) => ({ userName }));
  const directory = await readDirectory(api, references);
  await checkNames(ctx, api, people, { directory, roles });
  const identities =
    roles === undefined ? [] : references.flatMap((reference) => directory.find(reference)?.id ?? []);
  const scopes = [...found.scopes].map((scope) => scopeSid(scope, settings));
  return { directory, roles, holdings: await readHoldings(api, identities, scopes), settings };
}

/** Refuses what only Twilio can tell is wrong, in every row that has it. */
async function checkNames(
  ctx: Context,
  api: Api,
  people: People,
  { directory, roles }: Pick<Known, 'directory' | 'roles'>,
): Promise<void> {
  const faults: Fault[] = [];
  const said = new Set<string>();
  const others: { line: number; column: string; id: string }[] = [];
  for await (const { line, cells, roles: given } of people.rows()) {
    for (const role of new Set(given.flatMap((cells) => cells.get('role') ?? []))) {
      const answer = roles?.sidOf(role);
      if (answer === undefined || !('problem' in answer)) continue;
      // What a template names is wrong once, not in each row.
      if (role === cells.get('role') || !said.has(role)) {
        faults.push({ line, column: 'role', problem: answer.problem });
      }
      said.add(role);
    }
    const user = directory.find({ userName: cells.get('email') ?? '' });
    for (const column of ['id', 'sid']) {
      const id = cells.get(column) ?? '';
      if (isSid('US', id) && id !== user?.id) others.push({ line, column, id });
    }
  }
  // Whose address has changed would be there twice, and where only one column was sorted all would be mixed up. What
  // nobody has here comes from elsewhere.
  const named = await readDirectory(api, others);
  for (const { line, column, id } of others) {
    const user = named.find({ id });
    if (user === undefined) continue;
    const problem = `this user is ${user.userName}; change an address with twilio-org users update`;
    faults.push({ line, column, problem });
  }
  refuseFaults(ctx, people.name, faults);
}

async function* plannedItems(people: People, known: Known, options: ImportOptions): AsyncGenerator<Item> {
  for await (const row of people.rows()) yield plannedItem(row, known, options);
}

function plannedItem(row: Person, known: Known, options: ImportOptions): Item {
  const email = row.cells.get('email') ?? '';
  const user = known.directory.find({ userName: email });
  const item: Item = { row: { line: row.line, email }, steps: [], cells: row.given };
  if (user !== undefined) {
    item.sid = user.id;
    item.rests = [asRead(user)];
  }
  if (user === undefined && options.updateOnly)
    return { ...item, note: 'There is no such user (--update-only)' };
  if (user !== undefined && options.createOnly)
    return { ...item, note: 'The user is there already (--create-only)' };
  const step = user === undefined ? creation(row, email) : update(row, user);
  if (step !== undefined) item.steps.push(step);
  for (const cells of row.roles) {
    const grant = grantIn(cells, known, user?.id ?? null);
    if (grant === undefined) continue;
    const held = user === undefined ? undefined : known.holdings.find({ ...grant, identity: user.id });
    // The row and a template may mean the same by different names.
    const again = item.steps.some(
      (step) => step.do === 'create-assignment' && isDeepStrictEqual(step.grant, grant),
    );
    if (again) continue;
    if (held === undefined) item.steps.push({ do: 'create-assignment', grant });
    else item.rests?.push({ assignment: held.sid, identity: held.identity, scope: held.scope });
  }
  return item;
}

function fieldsIn({ cells }: Row): UserFields {
  const given = texts.flatMap((name) => (cells.has(name) ? [[name, cells.get(name)]] : []));
  const active = asBoolean(cells.get('active') ?? '');
  return { ...Object.fromEntries(given), ...(active === undefined ? {} : { active }) };
}

function creation(row: Row, email: string): Step {
  return { do: 'create-user', fields: { ...fieldsIn(row), email } };
}

/** Only the fields that differ; nothing, when none does. */
function update(row: Row, user: User): Step | undefined {
  const wanted = Object.entries(fieldsIn(row));
  const differing = wanted.filter(([name, value]) => fieldOf(user, name as keyof UserFields) !== value);
  if (differing.length === 0) return undefined;
  return { do: 'update-user', user: changeable(user), fields: Object.fromEntries(differing) };
}

function grantIn(
  cells: Map<string, string>,
  { roles, settings }: Known,
  identity: string | null,
): PlannedGrant | undefined {
  const [role, scope] = [cells.get('role'), cells.get('scope')];
  const answer = role === undefined ? undefined : roles?.sidOf(role);
  if (answer === undefined || 'problem' in answer || scope === undefined) return undefined;
  const [resource_type, resource_id] = [cells.get('resource_type'), cells.get('resource_id')];
  const resource =
    resource_type === undefined || resource_id === undefined ? {} : { resource_type, resource_id };
  return { role_sid: answer.sid, scope: scopeSid(scope, settings), identity, ...resource };
}
