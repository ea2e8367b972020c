import { expect, test } from 'vitest';
import { roles } from '../../../../src/sandbox/iam/role-fixtures.ts';
import { callerOf, sandboxFor } from '../../../support/sandbox.ts';

const path = '/v2/Organizations/Roles';

async function listing(query = '') {
  const sandbox = await sandboxFor();
  return callerOf(sandbox)('GET', `${path}${query}`);
}

test('there are 40 roles of all levels and ten product groups, no SID twice', () => {
  const distinct = (values: unknown[]) => new Set(values).size;
  expect(roles).toHaveLength(40);
  expect(distinct(roles.map(({ sid }) => sid))).toBe(40);
  expect(distinct(roles.map(({ lowest_level }) => lowest_level))).toBe(3);
  expect(distinct(roles.map(({ product_group }) => product_group))).toBe(10);
  expect(roles.every(({ sid }) => /^IX[0-9a-f]{32}$/.test(sid))).toBe(true);
});

test('the four roles of the error dictionary have their SIDs', () => {
  const named = Object.fromEntries(roles.map(({ sid, friendly_name }) => [sid, friendly_name]));
  expect(named).toMatchObject({
    IX00000000000000000000000000000102: 'Admin',
    IX00000000000000000000000000000103: 'Developer',
    IX00000000000000000000000000000104: 'Billing',
    IX00000000000000000000000000000105: 'Support',
  });
});

test('one name is ambiguous, in two product groups', () => {
  const viewers = roles.filter(({ friendly_name }) => friendly_name === 'Viewer');
  expect(viewers.map(({ product_group }) => product_group)).toEqual(['general', 'billing']);
  expect(new Set(roles.map(({ friendly_name }) => friendly_name)).size).toBe(39);
});

test('a role has all of its members, and no permissions unless they are asked for', async () => {
  const { status, body } = await listing();
  expect(status).toBe(200);
  expect(body.roles).toHaveLength(40);
  expect(body.roles[3]).toEqual({ ...roles[3], policy: { allow: [], deny: null, format: 1 } });
  expect(Object.keys(body.roles[0] ?? {}).sort()).toEqual([
    'date_created',
    'date_updated',
    'external_description',
    'friendly_name',
    'lowest_level',
    'policy',
    'product_group',
    'resource_types',
    'role_product_group',
    'sid',
  ]);
  expect((await listing('?Expand=false')).body.roles).toEqual(body.roles);
});

test('Expand=true shows what roles allow and deny', async () => {
  expect((await listing('?Expand=true')).body.roles).toEqual(roles);
});

test.each([
  ['?Search=billing', ['Billing', 'Billing Group Manager', 'Billing Group Viewer']],
  ['?Search=IX00000000000000000000000000000105', ['Support']],
  ['?Search=nothing', []],
  ['?RoleProductGroup=verify', ['Verify Admin', 'Verify Analyst']],
  ['?RoleProductGroup=none', []],
  ['?ResourceTypes=billing_group', ['Billing Group Manager', 'Billing Group Viewer']],
  ['?ResourceTypes=sip_trunk,verify_service', ['SIP Manager', 'Verify Admin']],
  ['?RoleProductGroup=billing&Search=viewer', ['Billing Group Viewer', 'Viewer']],
])('%s finds %j', async (query, names) => {
  const { body } = await listing(query);
  expect(body.roles.map(({ friendly_name }) => friendly_name)).toEqual(names);
});

test.each(['?PageSize=0', '?PageSize=1001', '?PageSize=ten', '?PageSize=', '?Expand=yes', '?Expand='])(
  '%s is an invalid request',
  async (query) => {
    expect(await listing(query)).toMatchObject({ status: 400, body: { code: 20001, status: 400 } });
  },
);

test('a page of roles may contain a thousand', async () => {
  expect((await listing('?PageSize=1000')).body.meta).toMatchObject({ page_size: 1000, next_page_url: null });
});

test('meta has the URLs of the pages, with the filters', async () => {
  const sandbox = await sandboxFor();
  const call = callerOf(sandbox);
  const first = await call('GET', `${path}?RoleProductGroup=general&PageSize=4`);
  const url = `${sandbox.apiUrl}${path}?RoleProductGroup=general&PageSize=4`;
  expect(first.body.meta).toEqual({
    page: 0,
    page_size: 4,
    key: 'roles',
    first_page_url: `${url}&Page=0`,
    previous_page_url: null,
    next_page_url: expect.stringContaining(`${url}&Page=1&PageToken=PT`),
    url,
  });
  const second = await call('GET', first.body.meta.next_page_url ?? '');
  expect(second.body.roles.map(({ friendly_name }) => friendly_name)).toEqual([
    'Viewer',
    'Organization Admin',
  ]);
  expect(second.body.meta).toMatchObject({
    page: 1,
    next_page_url: null,
    previous_page_url: first.body.meta.first_page_url,
    url: first.body.meta.next_page_url,
  });
});

test('page URLs keep the host name of the request', async () => {
  const sandbox = await sandboxFor();
  const origin = sandbox.apiUrl.replace('127.0.0.1', 'localhost');
  const { body } = await callerOf(sandbox)('GET', `${path}?PageSize=4`, undefined, {});
  expect(new URL(body.meta.next_page_url ?? '').origin).toBe(sandbox.apiUrl);
  const response = await fetch(`${origin}${path}?PageSize=4`, {
    headers: { authorization: `Bearer ${sandbox.issueToken()}` },
  });
  const { meta } = (await response.json()) as { meta: { next_page_url: string } };
  expect(new URL(meta.next_page_url).origin).toBe(origin);
});
