import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/platform/core/errors.ts';
import type { ApiReader } from '../../../src/twilio/mutation.ts';
import {
  createUserMutation,
  deleteUserMutation,
  equalWithoutNulls,
  rereadUser,
  updateUserMutation,
} from '../../../src/twilio/user-mutations.ts';
import type { User } from '../../../src/twilio/users.ts';
import { ada } from '../../support/changes.ts';

/** An API with one user, who can be read by id unless that is forbidden. */
function reader(user: User | undefined, given: { canRead?: boolean } = {}): ApiReader & { reads: string[] } {
  const reads: string[] = [];
  return {
    url: 'http://127.0.0.1:1',
    reads,
    async send({ path }) {
      const isList = path.includes('filter');
      reads.push(isList ? 'list' : 'get');
      if (isList) return { Resources: user ? [user] : [], totalResults: user ? 1 : 0 };
      if (given.canRead === false) throw new AppError('forbidden', 'No scope');
      return user;
    },
  };
}

const { active: _, ...silent } = ada;
const { meta: __, ...unversioned } = ada;

describe('members of users', () => {
  test('that are null and absent are equal', () => {
    expect(equalWithoutNulls(null, undefined)).toBe(true);
    expect(equalWithoutNulls({ givenName: 'A', familyName: null }, { givenName: 'A' })).toBe(true);
    expect(equalWithoutNulls({ givenName: 'A' }, { givenName: 'B' })).toBe(false);
    expect(equalWithoutNulls(false, undefined)).toBe(false);
  });
});

describe('creating a user', () => {
  const mutation = createUserMutation({ email: 'ada@example.com', displayName: 'Ada' });

  test('accepts a response about that user, who may not be active yet', () => {
    expect(mutation.contradiction?.({ ...ada, active: false })).toBeUndefined();
    expect(mutation.contradiction?.({ ...ada, userName: 'ADA@example.com' })).toBeUndefined();
  });

  test('refuses a response about another user', () => {
    expect(mutation.contradiction?.({ ...ada, userName: 'eve@example.com' })?.message).toContain(
      'eve@example.com',
    );
  });

  test('of an inactive user refuses a response with an active one', () => {
    const inactive = createUserMutation({ email: 'ada@example.com', active: false });
    expect(inactive.contradiction?.(ada)).toMatchObject({ kind: 'failure' });
    expect(inactive.contradiction?.(silent)).toMatchObject({ kind: 'unknown-outcome' });
  });

  test('is verified by looking the user up', async () => {
    expect(await mutation.verify(reader(ada))).toEqual({ outcome: 'done', result: ada });
    expect(await mutation.verify(reader(undefined))).toEqual({ outcome: 'not done' });
  });

  test('stays ambiguous when the user has other fields', async () => {
    expect(await mutation.verify(reader({ ...ada, displayName: 'Eve' }))).toMatchObject({
      outcome: 'ambiguous',
      why: expect.stringContaining('ada@example.com'),
    });
    expect(await mutation.verify(reader({ ...ada, active: false }))).toMatchObject({ outcome: 'ambiguous' });
  });
});

describe('changing a user', () => {
  const after = { ...ada, displayName: 'Ada King' };
  const mutation = updateUserMutation(ada, after);

  test('accepts a response that leaves out what was not changed', () => {
    const { active: _, externalId: __, ...shortened } = after;
    expect(mutation.contradiction?.(shortened)).toBeUndefined();
  });

  test('refuses a response about another user, by id or by name', () => {
    for (const wrong of [{ id: 'US9' }, { userName: 'eve@example.com' }]) {
      expect(mutation.contradiction?.({ ...after, ...wrong })).toMatchObject({ kind: 'failure' });
    }
  });

  test('refuses a response in which the field is as before', () => {
    expect(mutation.contradiction?.(ada)?.message).toContain('displayName');
  });

  test('refuses a response in which the user is still active, and one that does not tell', () => {
    const deactivation = updateUserMutation(ada, { ...ada, active: false });
    expect(deactivation.contradiction?.(ada)).toMatchObject({ kind: 'failure' });
    expect(deactivation.contradiction?.(silent)).toMatchObject({
      kind: 'unknown-outcome',
      outcome: 'unknown',
    });
  });

  test('is done when the fields hold, whatever the version', async () => {
    const now = { ...after, meta: { version: 'W/3' } };
    expect(await mutation.verify(reader(now))).toEqual({ outcome: 'done', result: now });
  });

  test('is not done while the version is the same', async () => {
    expect(await mutation.verify(reader(ada))).toEqual({ outcome: 'not done' });
  });

  test('is ambiguous when somebody else has changed the user', async () => {
    const now = { ...ada, displayName: 'Countess', meta: { version: 'W/2' } };
    expect(await mutation.verify(reader(now))).toMatchObject({ outcome: 'ambiguous' });
  });

  test('without a version compares the fields, and warns that concurrent changes are overwritten', async () => {
    const unprotected = updateUserMutation(unversioned, { ...unversioned, displayName: 'Ada King' });
    expect(unprotected.unprotected).toBeDefined();
    expect(mutation.unprotected).toBeUndefined();
    expect(await unprotected.verify(reader(unversioned))).toEqual({ outcome: 'not done' });
    const other = { ...unversioned, displayName: 'Countess' };
    expect(await unprotected.verify(reader(other))).toMatchObject({ outcome: 'ambiguous' });
  });
});

describe('deactivating a user by DELETE', () => {
  const mutation = deleteUserMutation(ada);

  test('has no result', () => {
    expect(mutation.parse(undefined)).toBeUndefined();
    expect(() => mutation.parse({ ok: true })).toThrow(AppError);
  });

  test('is verified by whether the user is active', async () => {
    expect(await mutation.verify(reader(ada))).toEqual({ outcome: 'not done' });
    expect(await mutation.verify(reader({ ...ada, active: false }))).toMatchObject({ outcome: 'done' });
    expect(await mutation.verify(reader(silent))).toMatchObject({ outcome: 'ambiguous' });
  });
});

describe('reading a user again', () => {
  test('uses the list where reading by id is forbidden', async () => {
    const api = reader(ada, { canRead: false });
    expect(await rereadUser(api.send, ada, ada)).toEqual(ada);
    expect(api.reads).toEqual(['get', 'list']);
  });

  test('looks under both names when the name was changed', async () => {
    const api = reader(ada, { canRead: false });
    api.send = async ({ path }) => {
      if (!path.includes('filter')) throw new AppError('forbidden', 'No scope');
      const found = path.includes('ada%40example.com') ? [ada] : [];
      return { Resources: found, totalResults: found.length };
    };
    expect(await rereadUser(api.send, ada, { ...ada, userName: 'king@example.com' })).toEqual(ada);
  });

  test('fails as forbidden when the list does not have the user either', async () => {
    const api = reader(undefined, { canRead: false });
    await expect(rereadUser(api.send, ada, ada)).rejects.toMatchObject({ kind: 'forbidden' });
  });
});
