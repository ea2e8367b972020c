import { expect } from 'vitest';
import { bulkWorld } from './bulk.ts';
import { userAt } from './cli.ts';

export const admin = 'IX00000000000000000000000000000102';
export const messaging = 'IX00000000000000000000000000000401';
export const groupManager = 'IX00000000000000000000000000000301';

/** An organization in which user 1 is admin of the organization, user 2 of an account, and user 3 has other roles. */
export async function worldOfThree() {
  const world = await bulkWorld({ users: 6, assignments: 0 });
  const { sandbox } = world;
  const [one, two, three] = [1, 2, 3].map((n) => userAt(sandbox, n)) as [User, User, User];
  const [eu = '', us = ''] = sandbox.state.accounts.map(({ sid }) => sid);
  const org = sandbox.state.organizationSid;
  const give = async (identity: string, role: string, scope: string, resource: string[] = []) => {
    const [type, id] = resource;
    const more = type === undefined ? [] : ['--resource-type', type, '--resource-id', `${id}`];
    const args = ['--user', identity, '--role', role, '--scope', scope, ...more];
    expect((await world.call(['role-assignments', 'create', ...args])).exitCode).toBe(0);
  };
  await give(one.id, admin, org);
  await give(two.id, admin, eu);
  await give(three.id, messaging, us);
  await give(three.id, groupManager, org, ['billing_group', 'bg_1']);
  sandbox.requests.length = 0;
  const ask = async (...args: string[]) => world.call(['access', ...args, '-o', 'json']);
  return { ...world, ask, one, two, three, eu, us, org };
}

type User = ReturnType<typeof userAt>;
