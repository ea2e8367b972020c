import { onceEach } from '../../platform/core/once.ts';
import type { ShownAssignment } from '../../twilio/role-assignments.ts';
import type { User } from '../../twilio/users.ts';

/** Makes each user of a list smaller: the parser makes a text and a list of its own for each time that it meets one. */
export function userCompactor(): (user: User) => User {
  const shared = sharedTexts();
  let usual: User['schemas'];
  return (user) => {
    const { userName, emails, locale, timezone, schemas } = user;
    const [email] = Array.isArray(emails) ? emails : [];
    if (typeof userName === 'string' && email?.value === userName) email.value = userName;
    if (typeof locale === 'string') user.locale = shared(locale);
    if (typeof timezone === 'string') user.timezone = shared(timezone);
    if (!Array.isArray(schemas)) return user;
    usual ??= schemas;
    if (isSame(usual, schemas)) user.schemas = usual;
    return user;
  };
}

/** The same for role assignments, whose people, roles and scopes are few. */
export function assignmentCompactor(): (assignment: ShownAssignment) => ShownAssignment {
  const shared = sharedTexts();
  return (assignment) => {
    const { role_sid, scope, identity, resource_type, resource_id } = assignment;
    if (typeof role_sid === 'string') assignment.role_sid = shared(role_sid);
    if (typeof scope === 'string') assignment.scope = shared(scope);
    if (typeof identity === 'string') assignment.identity = shared(identity);
    if (typeof resource_type === 'string') assignment.resource_type = shared(resource_type);
    if (typeof resource_id === 'string') assignment.resource_id = shared(resource_id);
    return assignment;
  };
}

/** Gives one text for all that are equal. */
function sharedTexts(): (text: string) => string {
  return onceEach((text) => text);
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
