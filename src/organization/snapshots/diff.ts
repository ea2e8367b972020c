import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../platform/core/json.ts';

/** The kinds of objects that a snapshot has. */
export type Kind = 'user' | 'role-assignment' | 'role' | 'account';

/** An object of a snapshot: a user has an `id`, everything else a `sid`. */
export type SnapshotObject = Readonly<Record<string, unknown>>;

/** The difference of one object between two states. */
export interface Difference {
  kind: Kind;
  change: 'added' | 'removed' | 'changed';
  sid: string;
  /** Dotted paths of the members that differ; empty unless it was changed. */
  fields: string[];
  /** The object in the first state; null where it was added. */
  before: SnapshotObject | null;
  /** The object in the second state; null where it was removed. */
  after: SnapshotObject | null;
}

/** Members that change with every write, whatever was written. */
const bookkeeping = new Set(['meta.version', 'meta.lastModified']);

export function keyOf(object: SnapshotObject): string {
  return String(object.id ?? object.sid);
}

/**
 * The differences between two lists of one kind: removals, then changes in the order of the second list with its additions.
 *
 * @param withMeta also counts version and time of the last change of users
 */
export function differences(
  kind: Kind,
  before: Iterable<SnapshotObject>,
  after: Iterable<SnapshotObject>,
  { withMeta = false } = {},
): Difference[] {
  const old = new Map<string, SnapshotObject>();
  for (const object of before) old.set(keyOf(object), object);
  const found: Difference[] = [];
  for (const object of after) {
    const sid = keyOf(object);
    const was = old.get(sid);
    old.delete(sid);
    if (was === undefined) {
      found.push({ kind, change: 'added', sid, fields: [], before: null, after: object });
      continue;
    }
    const fields = changedFields(was, object).filter((path) => withMeta || !bookkeeping.has(path));
    if (fields.length > 0) found.push({ kind, change: 'changed', sid, fields, before: was, after: object });
  }
  const removed = [...old].map(([sid, object]): Difference => {
    return { kind, change: 'removed', sid, fields: [], before: object, after: null };
  });
  return [...removed, ...found];
}

/** Dotted paths of the members that differ. A list is compared as a whole. */
function changedFields(before: unknown, after: unknown, path = ''): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const inner = path === '' ? name : `${path}.${name}`;
    if (Object.hasOwn(before, name) !== Object.hasOwn(after, name)) return [inner];
    return changedFields(before[name], after[name], inner);
  });
}
