import { isRoleValidInScope } from '../iam/role-assignments.ts';
import { roles } from '../iam/role-fixtures.ts';
import { userSchema } from '../scim/user-attributes.ts';
import { createUserStore, type User } from '../scim/user-store.ts';
import { fakePerson } from './fake-people.ts';
import { seededRandom, seededSid, shuffled } from './random.ts';
import type { Settings } from './settings.ts';
import { type Account, type Assignment, count, type State, timestamp } from './state.ts';

const domains = ['example.com', 'owl.example', 'uk.owl.example'];

// Some of the first users are special, so that a sandbox of the default size exercises every rule.
const ownerIndex = 0;
const suspendedIndex = 4;
const inactiveIndexes = [7, 13];
const withoutExternalId = 9;
const emailFixedIndex = 11;
const withoutDisplayName = 16;

/** The initial organization: the same for the same seed and sizes. */
export function seedState({ seed, users, assignments }: Settings): State {
  const random = seededRandom(seed);
  const people = Array.from({ length: users }, (_, index) => seedUser(seed, index, random));
  const state: State = {
    seed,
    organizationSid: seededSid('OR', seed, 0),
    accounts: seedAccounts(seed),
    verifiedDomains: [...domains],
    users: createUserStore(people),
    ownerSid: sidAt(people, ownerIndex) ?? '',
    suspended: setOf(sidAt(people, suspendedIndex)),
    emailFixed: setOf(sidAt(people, emailFixedIndex)),
    userLimit: 1_000_000,
    assignments: [],
    accessTokens: new Map(),
    refreshTokens: new Map(),
    codes: new Map(),
    journal: [],
    consents: new Map(),
    counter: 0,
  };
  seedAssignments(state, people, assignments, random);
  return state;
}

function sidAt(users: User[], index: number): string | undefined {
  return users[index]?.id;
}

function setOf(sid: string | undefined): Set<string> {
  return new Set(sid === undefined ? [] : [sid]);
}

function seedUser(seed: number, index: number, random: () => number): User {
  const person = fakePerson(index);
  const userName = `${person.mailbox}@${domains[Math.floor(random() ** 2 * domains.length)]}`;
  const special = index < 25;
  const inactive = special ? inactiveIndexes.includes(index) || index === suspendedIndex : random() < 0.08;
  const external = special ? index !== withoutExternalId : random() < 0.9;
  const created = Date.UTC(2023, 0, 9, 8) + Math.floor(random() * 500) * 86_400_000;
  const modified = created + Math.floor(random() * 300 * 86_400_000);
  return {
    id: seededSid('US', seed, index),
    ...(external ? { externalId: `emp-${String(index + 1).padStart(5, '0')}` } : {}),
    userName,
    ...(index === withoutDisplayName ? {} : { displayName: person.displayName }),
    name: { givenName: person.given, familyName: person.family },
    emails: [{ value: userName, primary: true, type: 'work' }],
    active: !inactive,
    locale: person.locale,
    timezone: person.timezone,
    schemas: [userSchema],
    meta: {
      resourceType: 'User',
      created: timestamp(created, index + 1),
      lastModified: timestamp(modified, index + 7),
      version: `W/${1 + Math.floor(random() * 20)}`,
    },
  };
}

function seedAccounts(seed: number): Account[] {
  const accounts: Omit<Account, 'sid'>[] = [
    { friendlyName: 'Owl Production', level: 'ACCOUNT', managed: true },
    { friendlyName: 'Owl Europe', level: 'ACCOUNT', managed: true },
    { friendlyName: 'Owl Staging', level: 'SUB_ACCOUNT', managed: true },
    { friendlyName: 'Owl Sandbox', level: 'SUB_ACCOUNT', managed: true },
    { friendlyName: 'Somebody else', level: 'ACCOUNT', managed: false },
  ];
  return accounts.map((account, index) => ({ sid: seededSid('AC', seed, index), ...account }));
}

type GrantTarget = Pick<Assignment, 'role_sid' | 'scope' | 'resource_type' | 'resource_id'>;

/** Gives each active user one to three roles, or distributes `wanted` assignments among all users. The Owner gets Admin first. */
function seedAssignments(
  state: State,
  users: readonly User[],
  wanted: number | undefined,
  random: () => number,
): void {
  const targets = shuffled(allTargets(state), random);
  const offsets = users.map(() => Math.floor(random() * targets.length));

  function assign(user: User, index: number, round: number): void {
    const target = targets[((offsets[index] ?? 0) + round) % targets.length];
    if (target === undefined) return;
    const order = count(state);
    state.assignments.push({ sid: seededSid('IY', state.seed, order), identity: user.id, order, ...target });
  }

  const admin = targets.findIndex(
    ({ role_sid, scope }) => role_sid === roles[0]?.sid && scope === state.organizationSid,
  );
  offsets[ownerIndex] = admin;
  if (wanted === undefined) {
    const rounds = users.map(({ active }) => (active ? 1 + Math.floor(random() * 3) : 0));
    users.forEach((user, index) => {
      for (let round = 0; round < (rounds[index] ?? 0); round += 1) assign(user, index, round);
    });
    return;
  }
  for (let number = 0; number < wanted; number += 1) {
    const index = number % users.length;
    const user = users[index];
    if (user !== undefined) assign(user, index, Math.floor(number / users.length));
  }
}

/** Every role in every scope where it is valid; in the organization also for resources of its type. */
function allTargets(state: State): GrantTarget[] {
  const scopes = [
    state.organizationSid,
    ...state.accounts.filter(({ managed }) => managed).map(({ sid }) => sid),
  ];
  return roles.flatMap((role) =>
    scopes
      .filter((scope) => isRoleValidInScope(state, role, scope))
      .flatMap((scope, index): GrantTarget[] => {
        const whole = { role_sid: role.sid, scope, resource_type: null, resource_id: null };
        const type = role.resource_types?.[0];
        if (type === undefined) return [whole];
        const resource_id = `${type}_${seededSid('', state.seed, index)}`;
        return [whole, { ...whole, scope: state.organizationSid, resource_type: type, resource_id }];
      }),
  );
}
