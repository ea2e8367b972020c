import type { Sandbox } from '../../src/sandbox/server.ts';
import type { bulkWorld } from './bulk.ts';

export const [developer, billing, support] = ['103', '104', '105'].map(
  (end) => `IX${end.padStart(32, '0')}`,
) as [string, string, string];

export type World = Awaited<ReturnType<typeof bulkWorld>>;

export function held({ sandbox }: World, { id }: { id: string }): string[] {
  const found = sandbox.state.assignments.filter(({ identity }) => identity === id);
  return found.map(({ role_sid, scope, resource_id }) => `${role_sid} ${scope} ${resource_id ?? ''}`).sort();
}

export async function give(world: World, id: string, ...roles: string[]): Promise<void> {
  for (const role of roles)
    await world.call(['role-assignments', 'create', '--user', id, '--role', role, '--scope', 'org']);
}

/** As many roles as Twilio lets a user have. */
export function fill({ sandbox }: World, { id }: { id: string }): void {
  const { assignments } = sandbox.state;
  while (assignments.filter(({ identity }) => identity === id).length < 50) {
    const order = 100_000 + assignments.length;
    assignments.push({
      sid: `IY${String(order).padStart(32, '0')}`,
      role_sid: billing,
      scope: `AC${String(order).padStart(32, '0')}`,
      identity: id,
      resource_type: null,
      resource_id: null,
      order,
    });
  }
}

export const groupManager = 'IX00000000000000000000000000000301';

/** A role for the organization alone. */
export const ssoAdmin = 'IX00000000000000000000000000000204';

export const path = '/v2/Organizations/RoleAssignments';

export function shown({ state }: Sandbox) {
  return state.assignments.map(({ order: _, ...assignment }) => assignment);
}

/** Flags that give the user the Billing role in the organization, which nobody but the Owner's like has at first. */
export const grant = (user: string) => ['--user', user, '--role', 'Billing', '--scope', 'org'];

/** The same flag with each of the values. */
export const each = (flag: string, ...values: string[]) => values.flatMap((value) => [flag, value]);

/** The requests since the last call of it. */
export function requests({ requests: all }: Sandbox) {
  return all.splice(0).map(({ method, path, query }) => ({ method, path, query }));
}
