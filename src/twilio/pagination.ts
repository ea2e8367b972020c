import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import type { ApiRequest, Send } from './client.ts';

/** So many pages without an item may lead on to another one. */
const mostEmpty = 20;

/** The pages of a list, one array each: the items that each answer holds under `key`. */
export function listPages(
  send: Send,
  first: ApiRequest,
  key: 'roles' | 'content',
  apiUrl: string,
): AsyncGenerator<unknown[]> {
  return paginate(send, first, apiUrl, (answer) => {
    const items = isObject(answer) ? answer[key] : undefined;
    if (!Array.isArray(items)) throw brokenList(`the answer has no "${key}"`);
    const meta = isObject(answer) && isObject(answer.meta) ? answer.meta : {};
    if (meta.next_page_url === undefined) {
      throw brokenList('the answer does not say whether more pages follow');
    }
    return items;
  });
}

/** The pages of any list: what `itemsOf` finds in each of the {@link answers}. */
export async function* paginate(
  send: Send,
  first: ApiRequest,
  apiUrl: string,
  itemsOf: (answer: unknown) => unknown[],
): AsyncGenerator<unknown[]> {
  const seen = new Set<unknown>();
  let last: number | undefined;
  let empty = 0;
  for await (const answer of answers(send, first, apiUrl)) {
    const items = itemsOf(answer);
    for (const item of items) {
      const sid: unknown = isObject(item) ? item.sid : undefined;
      if (sid !== undefined && seen.has(sid)) throw brokenList(`${String(sid)} is in it twice`);
      seen.add(sid);
    }
    empty = items.length === 0 ? empty + 1 : 0;
    if (empty > mostEmpty) throw brokenList(`${empty} pages in a row are empty`);
    const meta = isObject(answer) && isObject(answer.meta) ? answer.meta : {};
    const page = typeof meta.page === 'number' ? meta.page : undefined;
    if (page !== undefined && last !== undefined && page > last + 1) {
      throw brokenList(`page ${page} came after page ${last}`);
    }
    last = page;
    yield items;
  }
}

/** The answers to a request and to those that `meta.next_page_url` leads to, until it is null. */
async function* answers(send: Send, first: ApiRequest, apiUrl: string): AsyncGenerator<unknown> {
  const seen = new Set([first.path]);
  for (let path: string | undefined = first.path; path !== undefined; ) {
    const isFirst = path === first.path;
    const answer: unknown = await send({ ...first, path }).catch((error: unknown) => {
      throw isFirst ? error : cutShort(error);
    });
    yield answer;
    path = nextPagePath(answer, new URL(path, apiUrl));
    if (path !== undefined && seen.has(path)) throw brokenList('its pages lead in a circle');
    if (path !== undefined) seen.add(path);
  }
}

/**
 * Path and query of the page after this answer; undefined on the last one.
 *
 * @param page the address of the answer, which a relative one starts from (RFC 3986, section 5.1.3)
 */
export function nextPagePath(answer: unknown, page: URL): string | undefined {
  const meta = isObject(answer) ? answer.meta : undefined;
  const next = isObject(meta) ? meta.next_page_url : undefined;
  if (next === null || next === undefined || next === '') return undefined;
  const url = typeof next === 'string' && URL.canParse(next, page.href) ? new URL(next, page) : undefined;
  if (url === undefined) throw brokenList('the address of its next page is not a URL');
  if (url.origin !== page.origin || url.username !== '' || url.password !== '') {
    throw brokenList(`its next page is at another origin, ${url.origin}, where the token is not sent`);
  }
  return url.pathname + url.search;
}

/** What a page could not be had for says nothing of those before it. */
function cutShort(error: unknown): unknown {
  if (!(error instanceof AppError) || error.kind === 'cancelled') return error;
  return error.withHint(`What was shown so far is not the whole list. ${error.hint ?? 'Run it again'}`);
}

function brokenList(why: string): AppError {
  return new AppError('failure', `The list could not be read to its end: ${why}`, {
    hint: 'What was shown so far is not the whole list: run it again',
  });
}

/** Query parameters as `?a=b&c=d`, those without a value left out. */
export function queryString(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
