import type { Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';
import { ApiError } from '../http/errors.ts';
import { paginate } from '../http/paging.ts';
import { requireScope } from '../oauth/tokens.ts';
import { type Role, roles } from './role-fixtures.ts';

/** `GET /v2/Organizations/Roles`, as Twilio's Role page describes it. */
export function addRoleRoutes(app: Hono, { settings, state }: SandboxEnv): void {
  // Twilio's scope table names roles/list, its Role page role-assignments/list: either is accepted.
  const listing = requireScope(state, settings.now, 25107, 'roles/list', 'role-assignments/list');
  app.get('/v2/Organizations/Roles', listing, (c) => c.json(listRoles(new URL(c.req.url), settings.now())));
}

function listRoles(url: URL, now: number): Record<string, unknown> {
  const expand = readExpand(url.searchParams.get('Expand'));
  const search = url.searchParams.get('Search')?.toLowerCase() ?? '';
  const group = url.searchParams.get('RoleProductGroup');
  const types = url.searchParams.get('ResourceTypes')?.split(',');

  function matches(role: Role): boolean {
    const named = role.friendly_name.toLowerCase().includes(search) || role.sid.toLowerCase() === search;
    const grouped = group === null || role.product_group === group;
    return (
      named && grouped && (types === undefined || types.some((type) => role.resource_types?.includes(type)))
    );
  }

  // Every role has `policy`; its allow and deny lists require Expand=true.
  function show(role: Role): Role {
    return expand ? role : { ...role, policy: { ...role.policy, allow: [], deny: null } };
  }

  const list = {
    key: 'roles',
    items: roles,
    positionOf: (role: Role) => roles.indexOf(role),
    maxPageSize: 1000,
  };
  return paginate({ ...list, matches, toResponse: show }, url, now);
}

function readExpand(text: string | null): boolean {
  if (text === null || text === 'false') return false;
  if (text === 'true') return true;
  throw new ApiError(20001, 'Invalid request: Expand must be true or false');
}
