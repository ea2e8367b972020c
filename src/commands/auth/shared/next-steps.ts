import type { Scope } from '../../../twilio/scopes.ts';

const looks: readonly { scope: Scope; command: string; shows: string }[] = [
  { scope: 'managed-users/list', command: 'users list', shows: 'Everybody in the organization' },
  { scope: 'role-assignments/list', command: 'role-assignments list --role Admin', shows: 'Who is an admin' },
  { scope: 'roles/list', command: 'roles list', shows: 'The roles that can be given' },
];

/** Commands to try after a login, with what they show. They change nothing. @param scopes default: all */
export function nextSteps(scopes?: readonly Scope[]): string[] {
  const some = looks.filter(({ scope }) => scopes?.includes(scope) ?? true).slice(0, 2);
  const steps = [...some, { command: 'doctor', shows: 'Check this machine and the scopes of the login' }];
  // The command comes last: columns would break on a narrow screen, or with --profile.
  return ['Next, try:', ...steps.map(({ command, shows }) => `  ${shows}: twilio-org ${command}`)];
}

/** A command that needs no argument and changes nothing. */
export function firstLook(scopes: readonly Scope[]): string {
  const [command] = looks.filter(({ scope }) => scopes.includes(scope)).map((look) => look.command);
  return `twilio-org ${command ?? 'auth status --check'}`;
}
