import { createHash } from 'node:crypto';
import { apiError } from './errors.ts';

/** A page token is good for an hour. */
const lifetime = 3_600_000;

/** Where a page begins (the last place before it) or ends (the first place after it). */
interface Position {
  page: number;
  side: 'after' | 'before';
  place: number;
}

export interface Paged<T> {
  /** The member of the answer that holds the items; `meta.key` says it. */
  key: string;
  /** In their order, which never changes: `place` grows from one to the next. */
  items: readonly T[];
  place(item: T): number;
  matches(item: T): boolean;
  show(item: T): unknown;
  largestPage: number;
}

/**
 * The answer to a list request in Twilio's form, with `meta`. Page tokens name a place in the listing and not a number of items, so a
 * listing neither skips nor repeats what stays while other items come and go.
 * Throws 20001 for a bad page size and 25023 for a bad token.
 */
export function pageOf<T>(list: Paged<T>, url: URL, now: number): Record<string, unknown> {
  const size = readPageSize(url, list.largestPage);
  const position = readToken(url, now);
  const found =
    position.side === 'after' ? forwards(list, position.place, size) : backwards(list, position.place, size);
  const [first, last] = [found.items.at(0), found.items.at(-1)];
  const { page } = position;

  function link(target: Position | undefined): string | null {
    if (target === undefined) return null;
    const linked = new URL(url);
    linked.searchParams.set('PageSize', String(size));
    linked.searchParams.set('Page', String(target.page));
    if (target.page === 0) linked.searchParams.delete('PageToken');
    else linked.searchParams.set('PageToken', writeToken(url, target, now));
    return linked.href;
  }

  const before = first === undefined ? position.place : list.place(first);
  const previous: Position | undefined =
    page > 0 ? { page: page - 1, side: 'before', place: before } : undefined;
  const next: Position | undefined =
    found.more && last !== undefined ? { page: page + 1, side: 'after', place: list.place(last) } : undefined;
  return {
    [list.key]: found.items.map(list.show),
    meta: {
      page,
      page_size: size,
      key: list.key,
      first_page_url: link({ page: 0, side: 'after', place: -1 }),
      previous_page_url: link(previous),
      next_page_url: link(next),
      url: url.href,
    },
  };
}

function forwards<T>(list: Paged<T>, place: number, size: number): { items: T[]; more: boolean } {
  const items: T[] = [];
  for (let at = indexOfPlace(list, place + 1); at < list.items.length; at += 1) {
    const item = list.items[at];
    if (item === undefined || !list.matches(item)) continue;
    if (items.length === size) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
}

function backwards<T>(list: Paged<T>, place: number, size: number): { items: T[]; more: boolean } {
  const items: T[] = [];
  for (let at = indexOfPlace(list, place) - 1; at >= 0 && items.length < size; at -= 1) {
    const item = list.items[at];
    if (item !== undefined && list.matches(item)) items.unshift(item);
  }
  return { items, more: true };
}

/** The index of the first item at `place` or beyond. */
function indexOfPlace<T>({ items, place: placeOf }: Paged<T>, place: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && placeOf(item) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readPageSize(url: URL, largest: number): number {
  const text = url.searchParams.get('PageSize') ?? '50';
  const size = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > largest)
    throw apiError(20001, `Invalid request: PageSize must be from 1 to ${largest}`);
  return size;
}

function writeToken(url: URL, { page, side, place }: Position, now: number): string {
  return `PT${Buffer.from(JSON.stringify([side, page, place, now, filterMark(url)])).toString('base64url')}`;
}

function readToken(url: URL, now: number): Position {
  const token = url.searchParams.get('PageToken');
  if (token === null) return { page: 0, side: 'after', place: -1 };
  const [side, page, place, issued, mark] = tokenParts(token);
  const known = side === 'after' || side === 'before';
  const numbers = Number.isInteger(page) && Number.isInteger(place) && typeof issued === 'number';
  if (!token.startsWith('PT') || !known || !numbers || mark !== filterMark(url)) throw apiError(25023);
  if (issued + lifetime <= now) throw apiError(25023);
  return { page: Number(page), side, place: Number(place) };
}

function tokenParts(token: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token.slice(2), 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** A token is good for the listing it was made for alone: the same path and the same filters. */
function filterMark(url: URL): string {
  const filters = [...url.searchParams].filter(([name]) => !name.startsWith('Page')).sort();
  return createHash('sha256')
    .update(JSON.stringify([url.pathname, filters]))
    .digest('base64url')
    .slice(0, 12);
}
