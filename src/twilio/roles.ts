import { isObject } from '../platform/core/json.ts';
import type { Send } from './client.ts';
import { equalsIgnoreCase, invalidResponse, parseStringFields } from './decode.ts';
import { listPages, queryString } from './pagination.ts';

/** A role in the form of Twilio's Role API; roles are read-only. */
export interface Role {
  sid: string;
  /** Absent if the response leaves it out: such a role is listed and named by its SID. */
  friendly_name?: string | null;
  external_description?: string | null;
  product_group?: string | null;
  /** The lowest level at which it can be given: ORGANIZATION, ACCOUNT or SUB_ACCOUNT. */
  lowest_level?: string | null;
  role_product_group?: { product_group?: string; friendly_name?: string } | null;
  policy?: { allow?: string[] | null; deny?: string[] | null; format?: number } | null;
  resource_types?: string[] | null;
  date_created?: string;
  date_updated?: string;
}

export interface RoleFilter {
  /** Part of a name, or a SID. */
  search?: string | undefined;
  productGroup?: string | undefined;
  resourceTypes?: readonly string[] | undefined;
  /** Includes the permissions of each role. */
  expand?: boolean | undefined;
}

const pageSize = 1000;

/** The roles that can be given in the organization, a page at a time. */
export async function* listRoles(send: Send, apiUrl: string, filter: RoleFilter = {}): AsyncGenerator<Role> {
  const path = `/v2/Organizations/Roles${queryString({
    Search: filter.search,
    RoleProductGroup: filter.productGroup,
    ResourceTypes: filter.resourceTypes?.join(','),
    Expand: filter.expand ? 'true' : undefined,
    PageSize: String(pageSize),
  })}`;
  for await (const page of listPages(send, { method: 'GET', path }, 'roles', apiUrl)) {
    yield* page.map(asRole);
  }
}

function asRole(value: unknown): Role {
  const optional = ['friendly_name', 'external_description', 'product_group', 'lowest_level'];
  const role = parseStringFields<Role>('a role', value, ['sid'], optional);
  if (!isObject(role.policy ?? {})) throw invalidResponse('a role', 'policy');
  if (!Array.isArray(role.resource_types ?? [])) throw invalidResponse('a role', 'resource_types');
  return role;
}

/** True when a text is the role's SID or its name, in any case. */
export function isNamed({ sid, friendly_name }: Role, text: string): boolean {
  return equalsIgnoreCase(text, sid) || equalsIgnoreCase(text, friendly_name);
}

/** The name of a role; its SID if it has no name. */
export function nameOf({ sid, friendly_name }: Role): string {
  return friendly_name ?? sid;
}

/** Describes a role so that it differs from others of the same name. */
export function describeRole({ sid, product_group }: Role): string {
  return `${sid} (${product_group ?? 'no product group'})`;
}
