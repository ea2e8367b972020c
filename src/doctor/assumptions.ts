import type { Context } from '../cli/context.ts';
import { isObject } from '../platform/core/json.ts';
import { queryString } from '../twilio/pagination.ts';
import {
  type Assumption,
  type AssumptionReads,
  type AssumptionVerdict,
  checkKnownValues,
  checkListed,
  checkRefusal,
  createAssumptionReads,
  isAccepted,
  primaryOf,
  requestStatus,
  tally,
  unknownVerdict,
} from './assumption-reads.ts';
import { checkAccountNames } from './preview-accounts.ts';

const checks: {
  assumption: string;
  matters: string;
  check(reads: AssumptionReads): Promise<AssumptionVerdict>;
}[] = [
  {
    assumption: 'the metadata names an issuer',
    matters: 'an `iss` in a callback is compared with it',
    async check({ metadata }) {
      const { issuer } = await metadata();
      if (typeof issuer !== 'string') return { holds: false, found: 'The metadata names no issuer' };
      return { holds: true, found: `The metadata names ${issuer}` };
    },
  },
  {
    assumption: 'the endpoints are /v2/authorize and /v2/token',
    matters: 'auth login, and every new token',
    async check({ metadata, oauthUrl }) {
      const { authorization_endpoint, token_endpoint } = await metadata();
      const other = [authorization_endpoint, token_endpoint].filter(
        (url, index) => url !== `${oauthUrl}${index === 0 ? '/v2/authorize' : '/v2/token'}`,
      );
      if (other.length === 0) return { holds: true, found: 'The metadata names both' };
      return { holds: false, found: `The metadata names ${other.join(' and ')}` };
    },
  },
  {
    assumption: 'a code challenge (PKCE, S256) is supported',
    matters: 'auth login sends one; auth login --public relies on it',
    check: ({ metadata }) => checkListed(metadata, 'code_challenge_methods_supported', 'S256'),
  },
  {
    assumption: 'clients authenticate in the body',
    matters: 'every new token',
    check: ({ metadata }) =>
      checkListed(metadata, 'token_endpoint_auth_methods_supported', 'client_secret_post'),
  },
  {
    assumption: 'public clients exist',
    matters: 'auth login --public',
    check: ({ metadata }) => checkListed(metadata, 'token_endpoint_auth_methods_supported', 'none'),
  },
  {
    assumption: 'the list of users comes in one response',
    matters: 'users list, and every check that a user exists',
    async check({ users }) {
      const { Resources = [], totalResults, startIndex, itemsPerPage } = await users();
      const count = Array.isArray(Resources) ? Resources.length : 0;
      const paged = startIndex === undefined && itemsPerPage === undefined ? '' : ', with members for paging';
      return {
        holds: count === totalResults,
        found: `${count} of ${totalResults} users came at once${paged}`,
      };
    },
  },
  {
    assumption: 'a user has active, a version, and a primary e-mail equal to userName',
    matters: 'users update, activate and deactivate write back the user that they read',
    async check({ users }) {
      const { Resources = [] } = await users();
      const all = (Resources as unknown[]).filter(isObject);
      const without = (has: (user: Record<string, unknown>) => boolean) =>
        all.filter((user) => !has(user)).length;
      const lacks = [
        `${without(({ active }) => typeof active === 'boolean')} without active`,
        `${without(({ meta }) => isObject(meta) && typeof meta.version === 'string')} without a version`,
        `${without(({ emails, userName }) => primaryOf(emails) === userName)} with another primary e-mail`,
      ].filter((text) => !text.startsWith('0 '));
      if (all.length === 0) return { holds: null, found: 'The organization has no users' };
      return {
        holds: lacks.length === 0,
        found: `Of ${all.length} users, ${lacks.join(', ') || 'all have them'}`,
      };
    },
  },
  {
    assumption: 'a filter finds a user by userName, whatever the case of the attribute',
    matters: 'every lookup by e-mail address',
    async check({ send, users }) {
      const { Resources = [] } = await users();
      const [user] = (Resources as unknown[]).filter(isObject);
      if (user === undefined) return { holds: null, found: 'The organization has no users' };
      const found = await Promise.all(
        ['userName', 'USERNAME'].map(async (attribute) => {
          const filter = `${attribute} eq ${JSON.stringify(user.userName)}`;
          const response = await send({ method: 'GET', path: `/scim/v2/Users${queryString({ filter })}` });
          return isObject(response) && response.totalResults === 1;
        }),
      );
      return {
        holds: found[0] === true,
        found: found[1]
          ? 'It finds one user in either case'
          : `As written: ${found[0] ? 'yes' : 'no'}; in capitals: no`,
      };
    },
  },
  {
    assumption: 'an unsupported filter is refused with 400 and 25001',
    matters: 'a filter that Twilio ignored would return every user',
    check: ({ send }) =>
      checkRefusal(send, `/scim/v2/Users${queryString({ filter: 'displayName co "a"' })}`, 400, 25001),
  },
  {
    assumption: 'a missing user gives 404 and 25008',
    matters: 'users get, and the verification of lost responses',
    check: ({ send }) => checkRefusal(send, `/scim/v2/Users/US${'0'.repeat(32)}`, 404, 25008),
  },
  {
    assumption: 'lists are paged by a URL of the same origin',
    matters: 'every list of roles and role assignments',
    async check({ send, apiUrl }) {
      const response = await send({ method: 'GET', path: '/v2/Organizations/Roles?PageSize=1' });
      const meta = isObject(response) && isObject(response.meta) ? response.meta : {};
      const next = meta.next_page_url;
      if (typeof next !== 'string') return { holds: null, found: 'The list of roles has one page' };
      const relative = !URL.canParse(next);
      const same = new URL(next, apiUrl).origin === new URL(apiUrl).origin;
      return {
        holds: same,
        found: `It is ${relative ? 'relative' : 'absolute'}, of ${same ? 'the same' : 'another'} origin`,
      };
    },
  },
  {
    assumption: 'a page holds at most 1000 roles, and 100 role assignments',
    matters: 'the number of requests of every list',
    async check({ send }) {
      const [roles, assignments] = await Promise.all(
        ['Roles?PageSize=1000', 'RoleAssignments?PageSize=100'].map((path) => requestStatus(send, path)),
      );
      return {
        holds: roles === 'accepted' && isAccepted(assignments),
        found: `${roles} for roles, ${assignments} for role assignments`,
      };
    },
  },
  {
    assumption: 'role assignments can be listed without a filter',
    matters: 'otherwise every list is requested by scope or by user',
    async check({ send }) {
      const status = await requestStatus(send, 'RoleAssignments?PageSize=1');
      if (status === 'accepted') return { holds: true, found: 'They can' };
      return { holds: status.endsWith('25203') ? false : null, found: `It is ${status}` };
    },
  },
  {
    assumption: 'the levels of roles are ORGANIZATION, ACCOUNT and SUB_ACCOUNT',
    matters: 'a role that is invalid in a scope is reported before anything is sent',
    check: ({ roles }) => checkKnownValues(roles, 'lowest_level', ['ORGANIZATION', 'ACCOUNT', 'SUB_ACCOUNT']),
  },
  {
    assumption: 'no role is given below its lowest level',
    matters: 'a role that is invalid in a scope is reported before anything is sent',
    async check({ roles, assignments }) {
      const levels = new Map((await roles()).map((role) => [role.sid, role.lowest_level]));
      const all = await assignments();
      const below = all.filter(
        ({ role_sid, scope }) => levels.get(role_sid) === 'ORGANIZATION' && !String(scope).startsWith('OR'),
      );
      return {
        holds: all.length === 0 ? null : below.length === 0,
        found: `${below.length} of ${all.length} are`,
      };
    },
  },
  {
    assumption: 'the policies of roles have format 1',
    matters: 'roles get',
    async check({ roles }) {
      const formats = (await roles()).map(({ policy }) =>
        isObject(policy) ? String(policy.format) : 'none',
      );
      return { holds: formats.every((format) => format === '1'), found: tally(formats) };
    },
  },
  {
    assumption: 'roles for a resource are given at the scope of the organization',
    matters: 'role-assignments create --resource-type',
    async check({ assignments }) {
      const narrowed = (await assignments()).filter(
        ({ resource_id }) => resource_id !== null && resource_id !== undefined,
      );
      const inAccounts = narrowed.filter(({ scope }) => !String(scope).startsWith('OR')).length;
      if (narrowed.length === 0) return { holds: null, found: 'None of the first 100 is for a resource' };
      return { holds: inAccounts === 0, found: `${inAccounts} of ${narrowed.length} are in an account` };
    },
  },
  {
    assumption: 'the list of an account leaves out the role assignments of the organization',
    matters: 'no list shows whether access is inherited',
    async check({ send, assignments }) {
      const account = (await assignments()).find(({ scope }) => String(scope).startsWith('AC'))?.scope;
      if (account === undefined) return { holds: null, found: 'None of the first 100 is in an account' };
      const path = `/v2/Organizations/RoleAssignments${queryString({ Scope: String(account), PageSize: '100' })}`;
      const response = await send({ method: 'GET', path });
      const listed =
        isObject(response) && Array.isArray(response.content) ? response.content.filter(isObject) : [];
      const inherited = listed.filter(({ scope }) => scope !== account).length;
      return { holds: inherited === 0, found: `${inherited} of ${listed.length} are of another scope` };
    },
  },
  {
    assumption: 'the permissions of a role can be read',
    matters: 'roles get shows the policy of a role instead',
    async check({ send, roles }) {
      const [role] = await roles();
      if (role === undefined) return { holds: null, found: 'The organization has no roles' };
      const status = await requestStatus(send, `../../v1/Roles/${role.sid}/Permissions?PageSize=1`);
      return { holds: status === 'accepted', found: `It is ${status}` };
    },
  },
  {
    assumption: 'accounts have names at the preview endpoint, for the tokens of this login',
    matters: 'accounts could be shown by name',
    check: async ({ ctx, accountsOrigin, organizationSid }) =>
      checkAccountNames(ctx, accountsOrigin, await organizationSid()),
  },
];

/** Checks which assumptions hold in the organization of the login. Only reads are sent. */
export async function examineAssumptions(ctx: Context): Promise<Assumption[]> {
  const reads = await createAssumptionReads(ctx);
  const found: Assumption[] = [];
  for (const { assumption, matters, check } of checks) {
    found.push({ assumption, ...(await check(reads).catch(unknownVerdict)), matters });
  }
  return found;
}
