import type { Organization } from '../../organization/organization.ts';
import {
  formatUserReference,
  parseUserReference,
  referenceKey,
  type UserReference,
} from '../../organization/references.ts';
import { keysOfUser, maxSuggestions, similarAddresses } from '../../organization/users.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pushTo } from '../../platform/core/push-to.ts';
import { thenMeant } from '../../platform/core/text.ts';
import type { User } from '../../twilio/users.ts';
import { messageOf } from '../input/row-errors.ts';
import { type DeclaredFile, groupNameIn } from './model.ts';

/** A name in a file, and whom it stands for. */
export interface DeclaredPerson {
  reference: UserReference;
  /** The only user of that name. */
  user: User | undefined;
  /** All users of a name that several have. */
  namesakes?: readonly User[];
}

/** The people of files, by the text that stands for them. */
export interface DeclaredPeople {
  /** Undefined for a text that is no name of a user. */
  get(text: string): DeclaredPerson | undefined;
  /** The reason why the name stands for no user, or for several. */
  problemOf(person: DeclaredPerson): Promise<string>;
}

/** Reads the users whom files name, from a list or one by one. */
export async function readPeople(
  organization: Organization,
  files: readonly DeclaredFile[],
): Promise<DeclaredPeople> {
  const people = new Map<string, DeclaredPerson | undefined>();
  function add(text: string): void {
    if (people.has(text)) return;
    const problem = messageOf(() => parseUserReference(text));
    people.set(
      text,
      problem === undefined ? { reference: parseUserReference(text), user: undefined } : undefined,
    );
  }
  for (const { entries, groups } of files) {
    for (const { who } of entries) if (groupNameIn(who.value) === undefined) add(who.value);
    for (const { members } of groups.values()) for (const { value } of members) add(value);
  }
  const wanted = [...people.values()].filter((person) => person !== undefined);
  await findUsers(organization, wanted);
  let suggested = 0;
  return {
    get: (text) => people.get(text),
    async problemOf({ reference, namesakes }) {
      const text = formatUserReference(reference);
      if (namesakes !== undefined) {
        const candidates = namesakes.map(({ id, userName }) => `${id} (${userName})`).join(', ');
        return `${namesakes.length} users are named ${text}. Use the SID of one: ${candidates}`;
      }
      if (!('userName' in reference) || suggested++ >= maxSuggestions) return `there is no user ${text}`;
      const similar = similarAddresses(reference, await organization.users.all());
      return `there is no user ${text}${thenMeant(similar)}`;
    },
  };
}

/** True for a text that stands for a user, in whatever words. */
export function isNameOf(text: string, identity: string, user: User | undefined): boolean {
  const key = referenceKey(parseUserReference(text));
  return key === referenceKey({ id: identity }) || (user !== undefined && keysOfUser(user).includes(key));
}

async function findUsers({ users }: Organization, people: readonly DeclaredPerson[]): Promise<void> {
  const references = people.map(({ reference }) => reference);
  try {
    const index = await users.named(references, { sure: true });
    for (const person of people) person.user = index.find(person.reference);
    return;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'conflict') throw error;
  }
  // A name stands for several users. The list tells all of them.
  const byKey = new Map<string, User[]>();
  for (const user of await users.all()) {
    for (const key of keysOfUser(user)) pushTo(byKey, key, user);
  }
  for (const person of people) {
    const found = byKey.get(referenceKey(person.reference)) ?? [];
    if (found.length > 1) person.namesakes = found;
    else person.user = found[0];
  }
}
