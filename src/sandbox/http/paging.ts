import { createHash } from 'node:crypto';
import { ApiError } from './errors.ts';

/** A page token expires after an hour. */
const tokenLifetimeMs = 3_600_000;

/** The start of a page (the last position before it) or its end (the first position after it). */
interface PageBoundary {
  page: number;
  side: 'after' | 'before';
  position: number;
}

export interface Listing<T> {
  /** The member of the response that holds the items, as in `meta.key`. */
  key: string;
  /** In their order, which never changes: `positionOf` grows from item to item. */
  items: readonly T[];
  positionOf(item: T): number;
  matches(item: T): boolean;
  toResponse(item: T): unknown;
  maxPageSize: number;
}

/**
 * The response to a list request in Twilio's format, with `meta`. A page token names a position in the listing instead of a number of
 * items. Items that stay are therefore neither skipped nor repeated while others come and go.
 * Throws 20001 for an invalid page size and 25023 for an invalid token.
 */
export function paginate<T>(list: Listing<T>, url: URL, now: number): Record<string, unknown> {
  const size = parsePageSize(url, list.maxPageSize);
  const boundary = parseToken(url, now);
  const found =
    boundary.side === 'after'
      ? forwards(list, boundary.position, size)
      : backwards(list, boundary.position, size);
  const [first, last] = [found.items.at(0), found.items.at(-1)];
  const { page } = boundary;

  function link(target: PageBoundary | undefined): string | null {
    if (target === undefined) return null;
    const linked = new URL(url);
    linked.searchParams.set('PageSize', String(size));
    linked.searchParams.set('Page', String(target.page));
    if (target.page === 0) linked.searchParams.delete('PageToken');
    else linked.searchParams.set('PageToken', formatToken(url, target, now));
    return linked.href;
  }

  const before = first === undefined ? boundary.position : list.positionOf(first);
  const previous: PageBoundary | undefined =
    page > 0 ? { page: page - 1, side: 'before', position: before } : undefined;
  const next: PageBoundary | undefined =
    found.more && last !== undefined
      ? { page: page + 1, side: 'after', position: list.positionOf(last) }
      : undefined;
  return {
    [list.key]: found.items.map(list.toResponse),
    meta: {
      page,
      page_size: size,
      key: list.key,
      first_page_url: link({ page: 0, side: 'after', position: -1 }),
      previous_page_url: link(previous),
      next_page_url: link(next),
      url: url.href,
    },
  };
}

function forwards<T>(list: Listing<T>, position: number, size: number): { items: T[]; more: boolean } {
  const items: T[] = [];
  for (let at = indexOfPosition(list, position + 1); at < list.items.length; at += 1) {
    const item = list.items[at];
    if (item === undefined || !list.matches(item)) continue;
    if (items.length === size) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
}

function backwards<T>(list: Listing<T>, position: number, size: number): { items: T[]; more: boolean } {
  const items: T[] = [];
  for (let at = indexOfPosition(list, position) - 1; at >= 0 && items.length < size; at -= 1) {
    const item = list.items[at];
    if (item !== undefined && list.matches(item)) items.unshift(item);
  }
  return { items, more: true };
}

/** The index of the first item at `position` or beyond. */
function indexOfPosition<T>({ items, positionOf }: Listing<T>, position: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && positionOf(item) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function parsePageSize(url: URL, maxSize: number): number {
  const text = url.searchParams.get('PageSize') ?? '50';
  const size = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > maxSize)
    throw new ApiError(20001, `Invalid request: PageSize must be from 1 to ${maxSize}`);
  return size;
}

function formatToken(url: URL, { page, side, position }: PageBoundary, now: number): string {
  return `PT${Buffer.from(JSON.stringify([side, page, position, now, filterHash(url)])).toString('base64url')}`;
}

function parseToken(url: URL, now: number): PageBoundary {
  const token = url.searchParams.get('PageToken');
  if (token === null) return { page: 0, side: 'after', position: -1 };
  const [side, page, position, issuedAt, hash] = tokenParts(token);
  const hasSide = side === 'after' || side === 'before';
  const hasNumbers = Number.isInteger(page) && Number.isInteger(position) && typeof issuedAt === 'number';
  if (!token.startsWith('PT') || !hasSide || !hasNumbers || hash !== filterHash(url))
    throw new ApiError(25023);
  if (issuedAt + tokenLifetimeMs <= now) throw new ApiError(25023);
  return { page: Number(page), side, position: Number(position) };
}

function tokenParts(token: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token.slice(2), 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Binds a token to its listing: the same path and the same filters. */
function filterHash(url: URL): string {
  const filters = [...url.searchParams].filter(([name]) => !name.startsWith('Page')).sort();
  return createHash('sha256')
    .update(JSON.stringify([url.pathname, filters]))
    .digest('base64url')
    .slice(0, 12);
}
