import { expect, test } from 'vitest';
import { scopesFor } from '../../../src/twilio/scopes.ts';

test.each<[method: string, path: string, scopes: string[]]>([
  ['GET', '/scim/v2/Users', ['managed-users/list']],
  ['GET', '/scim/v2/Users/US1', ['managed-users/read']],
  ['POST', '/scim/v2/Users', ['managed-users/create']],
  ['PUT', '/scim/v2/Users/US1', ['managed-users/update']],
  ['PATCH', '/scim/v2/Users/US1', ['managed-users/update']],
  ['DELETE', '/scim/v2/Users/US1', ['managed-users/delete']],
  ['GET', '/v2/Organizations/RoleAssignments', ['role-assignments/list']],
  ['POST', '/v2/Organizations/RoleAssignments', ['role-assignments/create']],
  ['DELETE', '/v2/Organizations/RoleAssignments/IY1', ['role-assignments/delete']],
  ['GET', '/v2/Organizations/Roles', ['roles/list', 'role-assignments/list']],
  ['DELETE', '/v2/Organizations/Roles', []],
  ['GET', '/v2/Organizations/Somewhere', []],
])('%s %s needs %j', (method, path, scopes) => {
  expect(scopesFor(method, path)).toEqual(scopes);
});
