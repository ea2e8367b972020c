import { onceEach } from '../../platform/core/once.ts';
import { pushTo } from '../../platform/core/push-to.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import type { Role } from '../../twilio/roles.ts';
import { canonicalSid, isSid } from '../../twilio/sids.ts';
import { byIdentity } from '../assignments.ts';
import type { Doubt, HeldRole } from './decide.ts';
import { type Holding, holdingsOf, type Search } from './holders.ts';

/** A question about many people, roles and scopes at once. */
export interface MatrixQuestion extends Omit<Search, 'scope' | 'roles'> {
  rows: 'users' | 'roles';
  columns: 'scopes' | 'roles';
  /** The only scopes; undefined for each in which somebody has a role. */
  scopes?: readonly string[] | undefined;
  /** SIDs of the only roles; undefined for any. */
  roles?: readonly string[] | undefined;
}

/** A holding in the scope in which it applies: that of its assignment, or an account below it. */
export interface Entry {
  holding: Holding;
  scope: string;
}

/** The numbers of people with a certain entry, and with undecided ones alone. */
export interface Tally {
  certain: number;
  undecided: number;
}

export interface MatrixRow {
  /** SID of the identity or of the role. */
  sid: string;
  /** Of a user the columns, of a role the people. */
  tally: Tally;
  cell(column: string): readonly Entry[];
  /** The holdings of a user in a scope: one list for all accounts that have the same, whose text then need be made once. */
  holdings?(scope: string): readonly Holding[];
}

export interface MatrixColumn {
  /** SID of the scope or of the role. */
  sid: string;
  /** The people. */
  tally: Tally;
}

export interface Matrix {
  /** The rows with an entry. */
  rows: MatrixRow[];
  /** The columns with an entry of their own scope, and those that the question names, in no order. */
  columns: MatrixColumn[];
  /** The entries, each in one cell. */
  entries: Tally;
  /** The reasons for which entries are undecided. */
  doubts: ReadonlySet<Doubt>;
}

/**
 * Answers the question in each cell.
 *
 * @param assignments all of the question's scopes and, because they may apply in accounts, of the organization
 */
export function matrixOf(
  assignments: readonly RoleAssignment[],
  roleOf: (sid: string) => Role | undefined,
  question: MatrixQuestion,
): Matrix {
  const people = peopleOf(assignments, roleOf);
  const scopes = new Set((question.scopes ?? assignments.map(({ scope }) => scope)).map(canonicalSid));
  if (question.rows === 'roles') return rolesByScope(people, scopes, question);
  return question.columns === 'scopes'
    ? usersByScope(people, scopes, question)
    : usersByRole(people, question.scopes && scopes, question);
}

type People = Iterable<readonly [identity: string, held: readonly HeldRole[]]>;

function* peopleOf(
  assignments: readonly RoleAssignment[],
  roleOf: (sid: string) => Role | undefined,
): Generator<readonly [string, readonly HeldRole[]]> {
  for (const [identity, own] of byIdentity(assignments))
    yield [identity, own.map((assignment) => ({ assignment, role: roleOf(assignment.role_sid) }))];
}

function usersByScope(people: People, scopes: ReadonlySet<string>, question: MatrixQuestion): Matrix {
  const columns = columnsOf(scopes, question);
  const searchIn = searcherOf(question);
  const rows: MatrixRow[] = [];
  const entries = new EntryTally();
  for (const [sid, held] of people) {
    const found = new HoldingsByScope(held, searchIn);
    const row = new Counter();
    for (const [scope, column] of columns) {
      const holdings = found.in(scope);
      if (holdings.length === 0) continue;
      row.add(holdings);
      column.addScope(scope, holdings);
      entries.addAll(holdings);
    }
    // Entries are made when they are asked for: roles of the organization may be in as many cells as there are accounts.
    if (!row.isEmpty) rows.push(new UserByScope(sid, row, found));
  }
  return { rows, columns: ownColumns(columns), entries, doubts: entries.doubts };
}

function usersByRole(
  people: People,
  scopes: ReadonlySet<string> | undefined,
  question: MatrixQuestion,
): Matrix {
  const columns = new Map<string, ColumnTally>();
  for (const sid of question.roles ?? []) columns.set(canonicalSid(sid), new ColumnTally(true));
  const searchIn = searcherOf(question);
  const rows: MatrixRow[] = [];
  const entries = new EntryTally();
  for (const [sid, held] of people) {
    const cells = new Map<string, Entry[]>();
    for (const entry of entriesOf(held, scopes, searchIn)) {
      pushTo(cells, canonicalSid(entry.holding.assignment.role_sid), entry);
    }
    if (cells.size === 0) continue;
    const row = new Counter();
    for (const [role, found] of cells) {
      const column = columns.get(role) ?? new ColumnTally(true);
      const holdings = found.map(({ holding }) => holding);
      columns.set(role, column);
      row.add(holdings);
      column.add(holdings);
      entries.addAll(holdings);
    }
    rows.push({ sid, tally: row, cell: (role) => cells.get(role) ?? [] });
  }
  return { rows, columns: ownColumns(columns), entries, doubts: entries.doubts };
}

function rolesByScope(people: People, scopes: ReadonlySet<string>, question: MatrixQuestion): Matrix {
  const columns = columnsOf(scopes, question);
  const searchIn = searcherOf(question);
  const rows = new Map<string, { tally: PeopleCounter; cells: Map<string, Holding[]> }>();
  const entries = new EntryTally();
  for (const [identity, held] of people) {
    const found = new HoldingsByScope(held, searchIn);
    for (const [scope, column] of columns) {
      const holdings = found.in(scope);
      if (holdings.length === 0) continue;
      column.addScope(scope, holdings);
      entries.addAll(holdings);
      for (const holding of holdings) {
        const role = canonicalSid(holding.assignment.role_sid);
        const row = rows.get(role) ?? { tally: new PeopleCounter(), cells: new Map() };
        rows.set(role, row);
        row.tally.addOf(identity, holding);
        pushTo(row.cells, scope, holding);
      }
    }
  }
  return {
    rows: [...rows].map(([sid, { tally, cells }]) => ({
      sid,
      tally,
      cell: (scope) => entriesIn(scope, cells.get(scope) ?? []),
    })),
    columns: ownColumns(columns),
    entries,
    doubts: entries.doubts,
  };
}

function entriesIn(scope: string, holdings: readonly Holding[]): readonly Entry[] {
  // Most cells are empty.
  return holdings.length === 0 ? [] : holdings.map((holding) => ({ holding, scope }));
}

/** @param scopes undefined to list each assignment in its own place */
function entriesOf(
  held: readonly HeldRole[],
  scopes: ReadonlySet<string> | undefined,
  searchIn: SearchIn,
): Entry[] {
  if (scopes === undefined) {
    const toEntry = (holding: Holding) => ({ holding, scope: canonicalSid(holding.assignment.scope) });
    return holdingsOf(held, searchIn(undefined)).map(toEntry);
  }
  const found = new HoldingsByScope(held, searchIn);
  return [...scopes].flatMap((scope) => entriesIn(scope, found.in(scope)));
}

/** The search in a scope, which is the same for all people. */
type SearchIn = (scope: string | undefined) => Search;

function searcherOf({ roles, wanted, resource, assumeInheritance }: MatrixQuestion): SearchIn {
  const wantedRoles = roles && new Set(roles.map(canonicalSid));
  const anywhere = { roles: wantedRoles, wanted, resource, assumeInheritance };
  const inScope = onceEach((scope) => ({ ...anywhere, scope }));
  return (scope) => (scope === undefined ? anywhere : inScope(scope));
}

const isAccount = onceEach((scope) => isSid('AC', scope));

/**
 * The holdings of one person in a scope. All accounts in which the person has no role have the same answer, which is found
 * once.
 */
class HoldingsByScope {
  readonly #held: readonly HeldRole[];
  readonly #searchIn: SearchIn;
  /** The scopes in which the person has a role, and what was found there: lists, because most people have one or two. */
  readonly #own: string[] = [];
  readonly #found: (readonly Holding[] | undefined)[] = [];
  #inOthers: readonly Holding[] | undefined;

  constructor(held: readonly HeldRole[], searchIn: SearchIn) {
    this.#held = held;
    this.#searchIn = searchIn;
    for (const { assignment } of held) {
      const scope = canonicalSid(assignment.scope);
      if (!this.#own.includes(scope)) this.#own.push(scope);
    }
  }

  in(scope: string): readonly Holding[] {
    const index = this.#own.indexOf(scope);
    if (index < 0) {
      if (!isAccount(scope)) return [];
      this.#inOthers ??= holdingsOf(this.#held, this.#searchIn(scope));
      return this.#inOthers;
    }
    const found = this.#found[index] ?? holdingsOf(this.#held, this.#searchIn(scope));
    this.#found[index] = found;
    return found;
  }
}

class UserByScope implements MatrixRow {
  readonly sid: string;
  readonly tally: Tally;
  readonly #found: HoldingsByScope;

  constructor(sid: string, tally: Tally, found: HoldingsByScope) {
    this.sid = sid;
    this.tally = tally;
    this.#found = found;
  }

  cell(scope: string): readonly Entry[] {
    return entriesIn(scope, this.#found.in(scope));
  }

  holdings(scope: string): readonly Holding[] {
    return this.#found.in(scope);
  }
}

class Counter implements Tally {
  certain = 0;
  undecided = 0;

  get isEmpty(): boolean {
    return this.certain + this.undecided === 0;
  }

  /** Counts one that has these. */
  add(holdings: readonly Holding[]): void {
    if (holdings.some(({ answer }) => answer === 'yes')) this.certain += 1;
    else this.undecided += 1;
  }
}

/** Counts the people of a role, whose holdings come person by person. */
class PeopleCounter implements Tally {
  certain = 0;
  undecided = 0;
  #last: string | undefined;
  #isCertain = false;

  addOf(person: string, { answer }: Holding): void {
    if (person !== this.#last) {
      this.#last = person;
      this.#isCertain = false;
      this.undecided += 1;
    }
    if (answer !== 'yes' || this.#isCertain) return;
    this.#isCertain = true;
    this.certain += 1;
    this.undecided -= 1;
  }
}

class EntryTally implements Tally {
  certain = 0;
  undecided = 0;
  readonly doubts = new Set<Doubt>();

  addAll(holdings: readonly Holding[]): void {
    for (const { answer, doubts } of holdings) {
      if (answer === 'yes') this.certain += 1;
      else this.undecided += 1;
      for (const doubt of doubts) this.doubts.add(doubt);
    }
  }
}

class ColumnTally extends Counter {
  /** True for a column with an entry of its own scope: every account may have those of the organization. */
  isOwn: boolean;

  constructor(isOwn: boolean) {
    super();
    this.isOwn = isOwn;
  }

  addScope(scope: string, holdings: readonly Holding[]): void {
    this.add(holdings);
    this.isOwn ||= holdings.some(({ assignment }) => canonicalSid(assignment.scope) === scope);
  }
}

function columnsOf(scopes: ReadonlySet<string>, question: MatrixQuestion): Map<string, ColumnTally> {
  return new Map([...scopes].map((sid) => [sid, new ColumnTally(question.scopes !== undefined)]));
}

function ownColumns(columns: ReadonlyMap<string, ColumnTally>): MatrixColumn[] {
  return [...columns].flatMap(([sid, tally]) => (tally.isOwn ? [{ sid, tally }] : []));
}
