import type { Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';
import { ApiError } from '../http/errors.ts';
import { paginate } from '../http/paging.ts';
import { requireToken } from '../oauth/tokens.ts';
import type { Account, State } from '../state/state.ts';

const path = '/Organizations/:organization/Accounts';

/** The accounts with their names, as at Twilio's preview endpoint. It requires a token and no scope. */
export function addAccountRoutes(app: Hono, { settings, state }: SandboxEnv): void {
  const { now } = settings;
  const authorized = requireToken(state, now, 25105);
  app.get(path, authorized, (c) => {
    checkOrganization(state, c.req.param('organization'));
    const items = state.accounts.filter(({ managed }) => managed);
    const positionOf = (account: Account) => items.indexOf(account);
    const list = { key: 'content', items, positionOf, maxPageSize: 100, matches: () => true };
    return c.json(
      paginate({ ...list, toResponse: (account) => toResponse(state, account) }, new URL(c.req.url), now()),
    );
  });
  app.get(`${path}/:sid`, authorized, (c) => {
    checkOrganization(state, c.req.param('organization'));
    const account = state.accounts.find(({ sid, managed }) => managed && sid === c.req.param('sid'));
    if (account === undefined) throw new ApiError(25101);
    return c.json(toResponse(state, account));
  });
}

function checkOrganization({ organizationSid }: State, sid: string): void {
  if (sid !== organizationSid) throw new ApiError(25100);
}

function toResponse(
  { organizationSid }: State,
  { sid, friendlyName, status = 'active' }: Account,
): Record<string, string> {
  return {
    account_sid: sid,
    friendly_name: friendlyName,
    status,
    owner_sid: organizationSid,
    date_created: '2023-01-09T08:00:00Z',
  };
}
