import { AppError } from '../platform/core/errors.ts';
import { onceEach } from '../platform/core/once.ts';
import { ignoreFailure } from '../platform/core/side-by-side.ts';
import { similarTo } from '../platform/core/similar.ts';
import { equalsIgnoreCase } from '../twilio/decode.ts';
import { describeRole, isNamed, type Role } from '../twilio/roles.ts';
import { canonicalSid, isSid } from '../twilio/sids.ts';
import type { OrganizationSource } from './source.ts';

/** Roles by SID or name. */
export interface RoleIndex {
  roles: readonly Role[];
  /** The role's SID, or the reason why the text names no role. */
  resolve(text: string): { sid: string } | { problem: string };
  /** The role with this SID, in any case. */
  find(sid: string): Role | undefined;
  nameOf(sid: string): string | undefined;
  /** The name, if it names this role alone, or else the SID. */
  displayName(sid: string): string;
  /** The name for people: with the product group, or the SID, where several roles share it. */
  label(sid: string): string;
}

export function indexRoles(roles: readonly Role[]): RoleIndex {
  const names = new Map(roles.map(({ sid, friendly_name }) => [sid, friendly_name ?? undefined]));
  const bySid = new Map(roles.map((role) => [canonicalSid(role.sid), role]));
  const find = (sid: string) => bySid.get(canonicalSid(sid));
  const named = (text: string) => roles.filter((role) => isNamed(role, text));
  function labelOf(sid: string): string {
    const role = find(sid);
    const name = role?.friendly_name?.trim();
    if (!role || !name) return sid;
    const namesakes = named(name).filter((one) => one !== role);
    if (namesakes.length === 0) return name;
    const group = role.product_group;
    const isTelling = group && namesakes.every(({ product_group }) => product_group !== group);
    return `${name} (${isTelling ? group : sid})`;
  }
  return {
    roles,
    resolve(text) {
      const [role, ...others] = named(text);
      if (role === undefined) {
        const meant = meantBy(text, roles);
        const advice = meant.length > 0 ? `. Did you mean ${meant.join(', ')}?` : '';
        return { problem: `there is no role ${text}${advice}` };
      }
      if (others.length === 0) return { sid: role.sid };
      const candidates = [role, ...others].map(describeRole).join(', ');
      return { problem: `${others.length + 1} roles are named ${text}. Use the SID of one: ${candidates}` };
    },
    find,
    nameOf: (sid) => names.get(sid),
    displayName: onceEach((sid) => {
      const name = names.get(sid);
      // Import trims a name before it looks for it.
      return name !== undefined && name === name.trim() && named(name).length === 1 ? name : sid;
    }),
    label: onceEach(labelOf),
  };
}

/**
 * The role with this SID or, in any case, this name.
 *
 * @throws not-found with similar names; conflict where several roles have the name
 */
export function requireRole(roles: readonly Role[], written: string): Role {
  const text = written.trim();
  const matches = roles.filter((role) => isNamed(role, text));
  const [role, ...others] = matches;
  if (role === undefined) {
    const meant = meantBy(text, roles);
    throw new AppError('not-found', `There is no role ${text}`, {
      hint:
        meant.length > 0 ? `Did you mean ${meant.join(', ')}?` : 'To list all roles: twilio-org roles list',
    });
  }
  if (others.length > 0) {
    throw new AppError('conflict', `${matches.length} roles are named ${text}`, {
      hint: `Use the SID of one of them: ${matches.map(describeRole).join(', ')}`,
    });
  }
  return role;
}

/** Up to five names of roles that contain the text or, where none does, are spelt alike. */
function meantBy(text: string, roles: readonly Role[]): string[] {
  const names = roles.flatMap(({ friendly_name }) => friendly_name ?? []);
  const containing = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  return (containing.length > 0 ? containing : similarTo(text, names)).slice(0, 5);
}

/** The roles of an organization, listed once a command. Scope: roles/list. */
export class Roles {
  readonly #source: OrganizationSource;
  #listing: Promise<Role[]> | undefined;
  #index: Promise<RoleIndex> | undefined;
  #expanded: Promise<RoleIndex> | undefined;
  #seen: readonly Role[] = [];

  constructor(source: OrganizationSource) {
    this.#source = source;
  }

  index(): Promise<RoleIndex> {
    this.#index ??= this.#list().then((roles) => {
      this.#seen = roles;
      return indexRoles(roles);
    });
    return this.#index;
  }

  /** The same roles with their permissions, which the plain list leaves out. */
  expanded(): Promise<RoleIndex> {
    this.#expanded ??= this.#source.listRoles(true).then(indexRoles);
    return this.#expanded;
  }

  /** Begins to read the roles, beside something else that is needed first. An error is thrown where they are used. */
  begin(): void {
    ignoreFailure(this.#list());
  }

  /** A role that was needed, and so was read already. Sends no request. */
  seen(sid: string): Role | undefined {
    return this.#seen.find((role) => equalsIgnoreCase(role.sid, sid));
  }

  /** @param options.expand reads the permissions of the role as well */
  async get(text: string, { expand = false } = {}): Promise<Role> {
    return requireRole((await (expand ? this.expanded() : this.index())).roles, text);
  }

  /** The role's SID. A SID stands for itself, so that no scope is needed to read it. */
  async sidOf(written: string): Promise<string> {
    const text = written.trim();
    return isSid('IX', text) ? text : (await this.get(text)).sid;
  }

  #list(): Promise<Role[]> {
    this.#listing ??= this.#source.listRoles(false);
    return this.#listing;
  }

  forget(): void {
    this.#listing = undefined;
    this.#index = undefined;
    this.#expanded = undefined;
    this.#seen = [];
  }
}
