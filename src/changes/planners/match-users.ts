import { referenceKey, type UserReference } from '../../organization/references.ts';
import type { UserIndex } from '../../organization/users.ts';
import { pushTo } from '../../platform/core/push-to.ts';
import type { User, UserFields } from '../../twilio/users.ts';
import type { RowError } from '../input/row-errors.ts';
import { keysIn, movedKeys } from '../plan/kinds/shared.ts';

/** The ways to recognise the user of a row. */
export const matchKeys = ['email', 'id', 'external-id'] as const;

export type MatchKey = (typeof matchKeys)[number];

type Cells = ReadonlyMap<string, string>;

/** The column that recognises the user of a row; `id` may also be called `sid`. */
export const keyColumns: Readonly<Record<MatchKey, string>> = {
  email: 'email',
  id: 'id',
  'external-id': 'externalId',
};

/** The user whom a row names, by the column that recognises them; undefined where it is empty. */
export function referenceIn(cells: Cells, match: MatchKey): UserReference | undefined {
  const text = match === 'id' ? (cells.get('id') ?? cells.get('sid')) : cells.get(keyColumns[match]);
  if (text === undefined) return undefined;
  if (match === 'id') return { id: text };
  return match === 'email' ? { userName: text } : { externalId: text };
}

/** The address that a row gives to a known user, where it differs from the present one. */
export function newAddress(cells: Cells, user: User): string | undefined {
  const email = cells.get('email');
  if (email === undefined) return undefined;
  const isSame = referenceKey({ userName: email }) === referenceKey({ userName: user.userName });
  return isSame ? undefined : email;
}

/** The external id of a row without a user. */
export interface UnknownExternalId {
  line: number;
  externalId: string;
}

/** Errors for external ids that nobody has, and that differ from somebody's in case, blanks or wide letters alone: the row means them. */
export function nearExternalIds(unknown: readonly UnknownExternalId[], users: Iterable<User>): RowError[] {
  const near = (externalId: string) => externalId.normalize('NFKC').toLowerCase().replace(/\s/g, '');
  const holders = new Map<string, User>();
  for (const user of users) if (user.externalId) holders.set(near(user.externalId), user);
  return unknown.flatMap(({ line, externalId }) => {
    const holder = holders.get(near(externalId));
    if (holder === undefined) return [];
    const problem = `no user has the external id ${JSON.stringify(externalId)}, but ${holder.userName} (${holder.id}) has ${JSON.stringify(holder.externalId)}. Write it as that user has it. To create another user: twilio-org users create`;
    return [{ line, column: 'externalId', problem }];
  });
}

/** A row, and what it makes of the addresses and external ids of its user. */
export interface KeyUse {
  line: number;
  user: User | undefined;
  /** Of a new user, all; of a known one, those that the row changes. */
  fields: UserFields;
}

/** By the line of a row, the lines that have to be done before it. */
export type RowOrder = ReadonlyMap<number, ReadonlySet<number>>;

/** A key that a row gives to its user, and that another user has. */
interface HeldKey {
  use: KeyUse;
  key: UserReference;
  holder: User;
}

/**
 * Compares the addresses and external ids that rows give with those of the organization. One that another user has is free only
 * where a row of the same input takes it from that user, which then has to be done first.
 */
export class KeyCheck {
  readonly #users: UserIndex;
  readonly #match: MatchKey;
  /** By a key that a row takes from its user, the line of the row. */
  readonly #released = new Map<string, number>();
  /** Judged at the end: a later row may release the key. */
  readonly #held: HeldKey[] = [];

  constructor(users: UserIndex, match: MatchKey) {
    [this.#users, this.#match] = [users, match];
  }

  add(use: KeyUse): void {
    const { line, user, fields } = use;
    const { claims, releases = [] } =
      user === undefined ? { claims: keysIn(fields) } : movedKeys(user, fields);
    for (const key of releases) this.#released.set(referenceKey(key), line);
    for (const key of claims ?? []) {
      const holder = this.#users.find(key);
      if (holder !== undefined && holder.id !== user?.id) this.#held.push({ use, key, holder });
    }
  }

  end(): { errors: RowError[]; order: RowOrder } {
    const errors: RowError[] = [];
    const order = new Map<number, Set<number>>();
    const claims = new Map<number, UserReference[]>();
    for (const { use, key, holder } of this.#held) {
      const { line } = use;
      const from = this.#released.get(referenceKey(key));
      if (from === undefined) errors.push({ line, ...takenKey(key, holder, use, this.#match) });
      else if (from !== line) {
        order.set(line, (order.get(line) ?? new Set()).add(from));
        pushTo(claims, line, key);
      }
    }
    for (const line of linesInCircles(order)) {
      for (const key of claims.get(line) ?? []) {
        errors.push({
          line,
          column: columnOf(key),
          problem: `${textOf(key)} belongs to another user, and the rows exchange ${nounOf(key)}. First give one of these users another one, in an import of its own`,
        });
      }
    }
    return { errors, order };
  }
}

/** The lines that wait, directly or through others, for themselves. */
function linesInCircles(order: RowOrder): Set<number> {
  const circular = new Set<number>();
  const ended = new Set<number>();
  for (const start of order.keys()) {
    // A path in a list, not in calls: a chain may be as long as the input.
    const path: number[] = [];
    const onPath = new Set<number>();
    const todo: { line: number; leave?: true }[] = [{ line: start }];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { line, leave } = next;
      if (leave) {
        path.pop();
        onPath.delete(line);
        ended.add(line);
      } else if (onPath.has(line)) {
        for (const each of path.slice(path.indexOf(line))) circular.add(each);
      } else if (!ended.has(line)) {
        path.push(line);
        onPath.add(line);
        todo.push({ line, leave: true }, ...[...(order.get(line) ?? [])].map((each) => ({ line: each })));
      }
    }
  }
  return circular;
}

function columnOf(key: UserReference): string {
  return 'userName' in key ? 'email' : 'externalId';
}

function nounOf(key: UserReference): string {
  return 'userName' in key ? 'addresses' : 'external ids';
}

function textOf(key: UserReference): string {
  if ('id' in key) return key.id;
  return 'userName' in key ? key.userName : key.externalId;
}

/** The problem with an address or external id that another user has, and the way to what was probably meant. */
function takenKey(
  key: UserReference,
  holder: User,
  { user, fields }: KeyUse,
  match: MatchKey,
): Pick<RowError, 'column' | 'problem'> {
  const column = columnOf(key);
  if ('userName' in key) {
    const other = holder.externalId ? `has the external id ${holder.externalId}` : 'has no external id';
    const way =
      match === 'external-id' && user === undefined && !holder.externalId
        ? '. To give the external id to that user: --match email'
        : '';
    return { column, problem: `${key.userName} is the address of ${holder.id}, who ${other}${way}` };
  }
  const isMoved = match === 'email' && user === undefined && fields.email !== undefined;
  const way = isMoved ? '. To change the address of that user: --match external-id' : '';
  return { column, problem: `${textOf(key)} is the external id of ${holder.userName} (${holder.id})${way}` };
}
