import type { ProgramInfo } from '../../../cli/command-info.ts';
import { commandsWithScopes, type ScopedCommand, scopesNeededBy } from '../../../cli/command-scopes.ts';
import { pushTo } from '../../../platform/core/push-to.ts';
import { type Scope, scopeNames } from '../../../twilio/scopes.ts';

/** A use of a login that a person recognises, with the least scopes for it. */
export interface Intent {
  name: string;
  summary: string;
  scopes: readonly Scope[];
}

/** The usual intents. Their scopes follow from the declarations of the commands: all of them look, some also change. */
export function intentsOf(program: ProgramInfo): Intent[] {
  const commands = commandsWithScopes(program);
  const all = scopesOf(commands);
  const reading = scopesOf(commands.filter(({ effect }) => effect === 'reads'));
  const changing = (area: string) => all.filter((scope) => reading.includes(scope) || scope.startsWith(area));
  return [
    { name: 'Look only', summary: 'see users, roles and who has which role', scopes: reading },
    {
      name: 'Manage people',
      summary: 'create, change, activate and deactivate users',
      scopes: changing('managed-users/'),
    },
    {
      name: 'Manage roles',
      summary: 'give roles and take them away',
      scopes: changing('role-assignments/'),
    },
    { name: 'Everything', summary: 'people and roles, as onboarding and offboarding need', scopes: all },
  ];
}

export function scopesOf(commands: readonly ScopedCommand[]): Scope[] {
  return scopesNeededBy(commands).map(({ scope }) => scope);
}

/** The scopes on one line of a narrow terminal: `managed-users/read list, all role-assignments`. */
export function shortScopes(scopes: readonly Scope[]): string {
  if (scopes.length === scopeNames.length) return 'all';
  const areas = new Map<string, string[]>();
  for (const scope of scopes) {
    const [area = '', action = ''] = scope.split('/');
    pushTo(areas, area, action);
  }
  const isWhole = (area: string, actions: readonly string[]) =>
    actions.length > 1 &&
    scopeNames.every((scope) => !scope.startsWith(`${area}/`) || scopes.includes(scope));
  return [...areas]
    .map(([area, actions]) => (isWhole(area, actions) ? `all ${area}` : `${area}/${actions.join(' ')}`))
    .join(', ');
}
