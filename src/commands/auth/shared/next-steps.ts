import type { Scope } from '../../../twilio/scopes.ts';

const looks: readonly { scope: Scope; command: string; shows: string }[] = [
  { scope: 'managed-users/list', command: 'users list', shows: 'everybody in the organization' },
  { scope: 'role-assignments/list', command: 'role-assignments list --role Admin', shows: 'who is an admin' },
  { scope: 'roles/list', command: 'roles list', shows: 'the roles that can be given' },
];

/** Commands to try after a login, with what they show. They change nothing. @param scopes default: all */
export function nextSteps(scopes?: readonly Scope[]): string[] {
  const some = looks.filter(({ scope }) => scopes?.includes(scope) ?? true).slice(0, 2);
  const steps = [...some, { command: 'doctor', shows: 'check this machine and the scopes of the login' }];
  const width = Math.max(...steps.map(({ command }) => command.length));
  return [
    'Next, try:',
    ...steps.map(({ command, shows }) => `  twilio-org ${command.padEnd(width)}  ${shows}`),
  ];
}

/** A command that needs no argument and changes nothing. */
export function firstLook(scopes: readonly Scope[]): string {
  const [command] = looks.filter(({ scope }) => scopes.includes(scope)).map((look) => look.command);
  return `twilio-org ${command ?? 'auth status --check'}`;
}
