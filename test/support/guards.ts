import type { bulkWorld } from './bulk.ts';

export const admin = 'IX00000000000000000000000000000102';

export function activeUsers(
  { sandbox }: Awaited<ReturnType<typeof bulkWorld>>,
  count: number,
  from = 1,
): string[] {
  const { state } = sandbox;
  const active = [...state.users.all()].filter(({ id, active }) => active && !state.suspended.has(id));
  return active.slice(from, from + count).map(({ id }) => id);
}
