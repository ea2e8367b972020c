import type { ListingSizes } from '../../src/organization/listing-sizes.ts';
import { createOrganization } from '../../src/organization/organization.ts';
import { apiSource } from '../../src/organization/source.ts';
import { AppError } from '../../src/platform/core/errors.ts';
import type { ApiReader } from '../../src/twilio/mutation.ts';
import type { RoleAssignment } from '../../src/twilio/role-assignments.ts';
import type { Role } from '../../src/twilio/roles.ts';
import type { User } from '../../src/twilio/users.ts';

export interface Contents {
  users?: readonly User[];
  roles?: readonly Role[];
  assignments?: readonly RoleAssignment[];
  /** The error of a listing that has lost most of its entries. */
  checkFails?: AppError;
  /** The sizes of earlier listings. */
  sizes?: ListingSizes;
  /** Refuses to list role assignments without a filter, with Twilio's code 25203. */
  wantsFilter?: boolean;
  /** Paths that the login may not read, as the beginning of a path and query. */
  forbidden?: readonly string[];
}

const url = 'http://127.0.0.1:1';

/** An organization in memory. The requests that reach it, and the listings that were checked, are kept in order. */
export function organizationWith(contents: Contents) {
  const reads: string[] = [];
  const checked: object[] = [];
  const api: ApiReader = {
    url,
    async send({ path }) {
      reads.push(path);
      return responseTo(new URL(path, url), contents);
    },
  };
  const organization = createOrganization(apiSource(api), {
    sizes: async () => contents.sizes ?? {},
    async check(sizes) {
      if (contents.checkFails) throw contents.checkFails;
      checked.push(sizes);
    },
  });
  return { organization, api, reads, checked };
}

function responseTo({ pathname, search, searchParams }: URL, contents: Contents): unknown {
  const { users = [], roles = [], assignments = [], forbidden = [] } = contents;
  const refused = forbidden.find((path) => `${pathname}${search}`.startsWith(path));
  if (refused !== undefined) throw new AppError('forbidden', `${refused} needs a scope`);
  if (pathname.endsWith('/Roles')) return { roles, meta: { next_page_url: null } };
  if (pathname.endsWith('/RoleAssignments')) {
    const [identity, scope] = [searchParams.get('Identity'), searchParams.get('Scope')];
    if (contents.wantsFilter && identity === null && scope === null)
      throw new AppError('failure', 'A filter is needed', { code: 25203 });
    const content = assignments.filter(
      (one) => (identity === null || one.identity === identity) && (scope === null || one.scope === scope),
    );
    return { content, meta: { next_page_url: null } };
  }
  if (!pathname.endsWith('/Users')) {
    const user = users.find(({ id }) => pathname.endsWith(`/${id}`));
    if (user === undefined) throw new AppError('not-found', 'User not found');
    return user;
  }
  const [, field, value] = /^(\w+) eq "(.*)"$/.exec(searchParams.get('filter') ?? '') ?? [];
  const Resources =
    field === undefined
      ? users
      : users.filter((user) => String(user[field as keyof User]).toLowerCase() === value?.toLowerCase());
  return { Resources, totalResults: Resources.length };
}
