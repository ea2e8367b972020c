import { expect, test } from 'vitest';
import { paginate } from '../../../../src/sandbox/http/paging.ts';

const hour = 3_600_000;
const start = 'http://127.0.0.1/v2/Things?PageSize=10';

interface Thing {
  at: number;
}

interface Page {
  things: number[];
  meta: { page: number; next_page_url: string | null; previous_page_url: string | null };
}

const things = (count: number): Thing[] =>
  Array.from({ length: count }, (_, index) => ({ at: index * 3 + 1 }));

function get(items: Thing[], url: string | null, matches = (_: Thing) => true, now = 0): Page {
  const list = {
    key: 'things',
    items,
    positionOf: ({ at }: Thing) => at,
    toResponse: ({ at }: Thing) => at,
    matches,
    maxPageSize: 100,
  };
  return paginate(list, new URL(url ?? ''), now) as unknown as Page;
}

function collect(items: Thing[], between: () => void = () => undefined): number[] {
  const seen: number[] = [];
  for (let url: string | null = start; url !== null; ) {
    const page: Page = get(items, url);
    seen.push(...page.things);
    url = page.meta.next_page_url;
    between();
  }
  return seen;
}

test.each([0, 1, 9, 10, 11, 20, 35])('all pages of %i items contain each item once, in order', (count) => {
  const items = things(count);
  expect(collect(items)).toEqual(items.map(({ at }) => at));
});

test('a full last page has no next one', () => {
  const items = things(20);
  const second = get(items, get(items, start).meta.next_page_url);
  expect([second.things.length, second.meta.next_page_url]).toEqual([10, null]);
});

test('deleting listed items while paging skips nothing', () => {
  const items = things(35);
  const all = items.map(({ at }) => at);
  expect(collect(items, () => items.splice(0, 7))).toEqual(all);
});

test('deleting the item of a page token and adding items skips and repeats nothing', () => {
  const items = things(25);
  const all = items.map(({ at }) => at);
  let pages = 0;
  const seen = collect(items, () => {
    pages += 1;
    if (pages !== 1) return;
    items.splice(9, 1);
    items.push({ at: 1000 });
  });
  expect(seen).toEqual([...all, 1000]);
});

test('filters apply to every page', () => {
  const items = things(60);
  const even = ({ at }: Thing) => at % 2 === 0;
  const first = get(items, start, even);
  const second = get(items, first.meta.next_page_url, even);
  const third = get(items, second.meta.next_page_url, even);
  const found = [first, second, third].flatMap((page) => page.things);
  expect(found).toEqual(items.filter(even).map(({ at }) => at));
  expect(third.meta.next_page_url).toBeNull();
});

test('paging backwards gives the same pages', () => {
  const items = things(35);
  const pages = [get(items, start)];
  for (let url = pages[0]?.meta.next_page_url; url; url = pages.at(-1)?.meta.next_page_url)
    pages.push(get(items, url));
  expect(pages.map(({ meta }) => meta.page)).toEqual([0, 1, 2, 3]);
  const third = get(items, pages[3]?.meta.previous_page_url ?? null);
  const second = get(items, third.meta.previous_page_url);
  const first = get(items, second.meta.previous_page_url);
  expect([first, second, third].map((page) => page.things)).toEqual(
    pages.slice(0, 3).map((page) => page.things),
  );
  expect(first.meta.previous_page_url).toBeNull();
  expect(get(items, third.meta.next_page_url).things).toEqual(pages[3]?.things);
});

const refused = (action: () => unknown) => expect(action).toThrow(expect.objectContaining({ code: 25023 }));

test('a page token expires after an hour', () => {
  const items = things(20);
  const next = get(items, start, undefined, 5).meta.next_page_url;
  expect(get(items, next, undefined, hour + 4).things).toHaveLength(10);
  refused(() => get(items, next, undefined, hour + 5));
});

test('a changed or forged page token is refused', () => {
  const items = things(20);
  const url = new URL(get(items, start).meta.next_page_url ?? '');
  const token = url.searchParams.get('PageToken') ?? '';
  const forged = (parts: unknown) => `PT${Buffer.from(JSON.stringify(parts)).toString('base64url')}`;
  for (const wrong of [
    '',
    'x',
    token.slice(0, -6),
    `XX${token.slice(2)}`,
    forged([]),
    forged(null),
    forged(['after', 1, 1, 0, 'x']),
  ]) {
    url.searchParams.set('PageToken', wrong);
    refused(() => get(items, url.href));
  }
});

test('a page token only works for its own listing, at any page size', () => {
  const items = things(30);
  const next = get(items, start).meta.next_page_url ?? '';
  refused(() => get(items, `${next}&Scope=other`));
  refused(() => get(items, next.replace('/v2/Things', '/v2/Others')));
  expect(get(items, next.replace('PageSize=10', 'PageSize=20')).things).toHaveLength(20);
});
