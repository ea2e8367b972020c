import { mutateUser, type Sandbox } from '../../src/sandbox/server.ts';

/** Has somebody else change the user as soon as the program has read them. */
export function changedAfterRead({ requests, state }: Sandbox, id: string): void {
  const push = requests.push.bind(requests);
  let left = 1;
  requests.push = (...records) => {
    const user = state.users.get(id);
    if (records[0]?.method === 'PUT' && left-- > 0 && user !== undefined) {
      mutateUser(state, user, { displayName: 'Somebody else' }, Date.now());
    }
    return push(...records);
  };
}
