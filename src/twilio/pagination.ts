import { AppError } from '../platform/core/errors.ts';
import { isObject } from '../platform/core/json.ts';
import type { ApiRequest, Send } from './client.ts';
import { SidSet } from './sid-set.ts';

/** Limit of consecutive empty pages, which ends an endless list. */
const maxEmptyPages = 20;

/** The pages of a list, one array each: the items under `key` of each response. */
export function listPages(
  send: Send,
  first: ApiRequest,
  key: 'roles' | 'content',
  apiUrl: string,
): AsyncGenerator<unknown[]> {
  return paginate(send, first, apiUrl, (response) => {
    const items = isObject(response) ? response[key] : undefined;
    if (!Array.isArray(items)) throw brokenList(`the response has no "${key}"`);
    const meta = isObject(response) && isObject(response.meta) ? response.meta : {};
    if (meta.next_page_url === undefined) {
      throw brokenList('the response does not say whether more pages follow');
    }
    return items;
  });
}

/** The pages of any list: the items that `itemsOf` finds in each of the {@link responses}. */
export async function* paginate(
  send: Send,
  first: ApiRequest,
  apiUrl: string,
  itemsOf: (response: unknown) => unknown[],
): AsyncGenerator<unknown[]> {
  const seen = new SidSet();
  let last: number | undefined;
  let empty = 0;
  for await (const response of responses(send, first, apiUrl)) {
    const items = itemsOf(response);
    for (const item of items) {
      const sid: unknown = isObject(item) ? item.sid : undefined;
      if (sid !== undefined && !seen.add(sid)) throw brokenList(`${String(sid)} is in it twice`);
    }
    empty = items.length === 0 ? empty + 1 : 0;
    if (empty > maxEmptyPages) throw brokenList(`${empty} pages in a row are empty`);
    const meta = isObject(response) && isObject(response.meta) ? response.meta : {};
    const page = typeof meta.page === 'number' ? meta.page : undefined;
    if (page !== undefined && last !== undefined && page > last + 1) {
      throw brokenList(`page ${page} came after page ${last}`);
    }
    last = page;
    yield items;
  }
}

/** The responses to a request and to those that `meta.next_page_url` leads to, until it is null. */
async function* responses(send: Send, first: ApiRequest, apiUrl: string): AsyncGenerator<unknown> {
  const seen = new Set([first.path]);
  for (let path: string | undefined = first.path; path !== undefined; ) {
    const isFirst = path === first.path;
    const response: unknown = await send({ ...first, path }).catch((error: unknown) => {
      throw isFirst ? error : cutShort(error);
    });
    yield response;
    path = nextPagePath(response, new URL(path, apiUrl));
    if (path !== undefined && seen.has(path)) throw brokenList('its pages lead in a circle');
    if (path !== undefined) seen.add(path);
  }
}

/**
 * Path and query of the page after this response; undefined on the last page.
 *
 * @param page the address of the response, the base of a relative address (RFC 3986, section 5.1.3)
 */
export function nextPagePath(response: unknown, page: URL): string | undefined {
  const meta = isObject(response) ? response.meta : undefined;
  const next = isObject(meta) ? meta.next_page_url : undefined;
  if (next === null || next === undefined || next === '') return undefined;
  const url = typeof next === 'string' && URL.canParse(next, page.href) ? new URL(next, page) : undefined;
  if (url === undefined) throw brokenList('the address of its next page is not a URL');
  if (url.origin !== page.origin || url.username !== '' || url.password !== '') {
    throw brokenList(`its next page is at another origin, ${url.origin}, where the token is not sent`);
  }
  return url.pathname + url.search;
}

/** Adds to the error of a later page that the pages shown before it are incomplete. */
function cutShort(error: unknown): unknown {
  if (!(error instanceof AppError) || error.kind === 'cancelled') return error;
  return error.withHint(`The list shown so far is incomplete. ${error.hint ?? 'Run the command again'}`);
}

function brokenList(why: string): AppError {
  return new AppError('failure', `The list could not be read to its end: ${why}`, {
    hint: 'The list shown so far is incomplete. Run the command again',
  });
}

/** Query parameters as `?a=b&c=d`, without those that have no value. */
export function queryString(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
