import { expect, test } from 'vitest';
import type { ApiRequest } from '../../../src/twilio/client.ts';
import { listPages, nextPagePath, queryString } from '../../../src/twilio/pagination.ts';

const api = 'https://iam.twilio.com';
const first: ApiRequest = { method: 'GET', path: '/list?PageSize=2' };

/** A `send` that gives these answers by path, and what it was asked for. */
function answering(answers: Record<string, unknown>) {
  const asked: string[] = [];
  const send = async ({ path }: ApiRequest) => {
    asked.push(path);
    return answers[path];
  };
  return { send, asked };
}

const page = (content: unknown, next: unknown) => ({
  content,
  meta: { key: 'content', next_page_url: next },
});

async function all(source: AsyncIterable<unknown[]>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const items of source) found.push(...items);
  return found;
}

test('pages are followed until there is no next one, through an empty one too', async () => {
  const { send, asked } = answering({
    '/list?PageSize=2': page([1, 2], `${api}/list?PageToken=a`),
    '/list?PageToken=a': page([], `${api}/list?PageToken=b`),
    '/list?PageToken=b': page([3], null),
  });
  expect(await all(listPages(send, first, 'content', api))).toEqual([1, 2, 3]);
  expect(asked).toEqual(['/list?PageSize=2', '/list?PageToken=a', '/list?PageToken=b']);
});

test('a page is asked for only when it is wanted', async () => {
  const { send, asked } = answering({ '/list?PageSize=2': page([1, 2], `${api}/list?PageToken=a`) });
  for await (const items of listPages(send, first, 'content', api)) {
    expect(items).toEqual([1, 2]);
    break;
  }
  expect(asked).toHaveLength(1);
});

test.each([
  ['another host', 'https://iam.twilio.com.evil.example/list'],
  ['another port', 'https://iam.twilio.com:8443/list'],
  ['http', 'http://iam.twilio.com/list'],
  ['no host at all', '//evil.example/list'],
  ['a login in front', 'https://me:secret@iam.twilio.com/list'],
  ['another protocol', 'javascript:alert(1)'],
])('a next page at %s is refused, and the token stays here', async (_, next) => {
  const { send, asked } = answering({ '/list?PageSize=2': page([1], next) });
  await expect(all(listPages(send, first, 'content', api))).rejects.toMatchObject({
    kind: 'failure',
    message: expect.stringMatching(/could not be read to its end: its next page is at another origin/),
    hint: expect.stringMatching(/list shown so far is incomplete/),
  });
  expect(asked).toHaveLength(1);
});

test.each([[42], ['http://'], [{}]])('a next page that is no URL is refused: %j', (next) => {
  expect(() => nextPagePath(page([], next), new URL(api))).toThrow(/not a URL/);
});

test.each([[null], [undefined], ['']])('%j is the end of the list', (next) => {
  expect(nextPagePath(page([], next), new URL(api))).toBeUndefined();
});

test('a response without meta is the only page', () => {
  expect(nextPagePath({ content: [] }, new URL(api))).toBeUndefined();
});

test.each([
  ['/list?PageToken=a', '/list?PageToken=a'],
  ['?PageToken=a', '/v2/Organizations/Roles?PageToken=a'],
  ['Roles?PageToken=a', '/v2/Organizations/Roles?PageToken=a'],
  ['./Roles?PageToken=a', '/v2/Organizations/Roles?PageToken=a'],
  ['../x', '/v2/x'],
  [`${api}/list?PageToken=a#part`, '/list?PageToken=a'],
])('a next page at %s starts from the page that names it', async (next, path) => {
  const here = '/v2/Organizations/Roles?PageSize=2';
  expect(nextPagePath(page([], next), new URL(here, api))).toBe(path);
  const { send, asked } = answering({ [here]: page([1], next), [path]: page([2], null) });
  await all(listPages(send, { method: 'GET', path: here }, 'content', api));
  expect(asked).toEqual([here, path]);
});

test('a list of which a page is missing is refused', async () => {
  const numbered = (number: number, next: string | null) => ({
    content: [number],
    meta: { key: 'content', page: number, next_page_url: next },
  });
  const pages = (numbers: [number, number, number]) =>
    answering({
      '/list?PageSize=2': numbered(numbers[0], '/list?PageToken=a'),
      '/list?PageToken=a': numbered(numbers[1], '/list?PageToken=b'),
      '/list?PageToken=b': numbered(numbers[2], null),
    }).send;
  expect(await all(listPages(pages([0, 1, 2]), first, 'content', api))).toEqual([0, 1, 2]);
  await expect(all(listPages(pages([0, 1, 3]), first, 'content', api))).rejects.toMatchObject({
    kind: 'failure',
    message: expect.stringContaining('page 3 came after page 1'),
  });
});

test('pages that lead in a circle end', async () => {
  const { send } = answering({
    '/list?PageSize=2': page([1], `${api}/list?PageToken=a`),
    '/list?PageToken=a': page([2], `${api}/list?PageToken=a`),
  });
  await expect(all(listPages(send, first, 'content', api))).rejects.toThrow(/in a circle/);
});

test.each([[undefined], [{}], [{ content: null }], [{ content: {} }], [[]]])(
  'a response without the list is refused: %j',
  async (answer) => {
    const { send } = answering({ '/list?PageSize=2': answer });
    await expect(all(listPages(send, first, 'content', api))).rejects.toThrow(
      /the response has no "content"/,
    );
  },
);

test.each([[undefined], [{}], [{ key: 'content', page: 0 }]])(
  'a response that does not say whether more pages follow is refused: meta %j',
  async (meta) => {
    const { send } = answering({ '/list?PageSize=2': { content: [1], meta } });
    await expect(all(listPages(send, first, 'content', api))).rejects.toThrow(/whether more pages follow/);
  },
);

test('a query leaves out what is not given and escapes the rest', () => {
  expect(queryString({ a: undefined })).toBe('');
  expect(queryString({ a: 'x&y=z', b: undefined, c: 'é ' })).toBe('?a=x%26y%3Dz&c=%C3%A9+');
});
