import { expect, test } from 'vitest';
import {
  canonical,
  holdsExactly,
  userUnchanged,
  versionOf,
} from '../../../../src/changes/plan/preconditions.ts';
import { ada, adasRole } from '../../../support/changes.ts';

const { meta: _, ...unversioned } = ada;

test('the state of a user is the version that Twilio names', () => {
  expect(versionOf(ada)).toBe('W/1');
  expect(versionOf({ ...ada, displayName: 'Other' })).toBe('W/1');
});

test('without a version, the state of a user is a digest of every member', () => {
  expect(versionOf(unversioned)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(versionOf({ ...unversioned, displayName: 'Other' })).not.toBe(versionOf(unversioned));
  expect(versionOf({ ...unversioned, active: false })).not.toBe(versionOf(unversioned));
});

test('the digest does not depend on the order of members', () => {
  const reversed = Object.fromEntries(Object.entries(unversioned).reverse()) as typeof unversioned;
  expect(versionOf(reversed)).toBe(versionOf(unversioned));
});

test('canonical JSON sorts the members of every object and keeps the order of lists', () => {
  expect(canonical({ b: [{ d: 1, c: 2 }, 'x'], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1},"x"]}');
});

test('a precondition names the user and the state', () => {
  expect(userUnchanged(ada)).toEqual({ user: ada.id, version: 'W/1' });
});

test('a precondition on all roles of a user names each by SID', () => {
  expect(holdsExactly(ada.id, [adasRole])).toEqual({ holder: ada.id, assignments: [adasRole.sid] });
  expect(holdsExactly(ada.id, [])).toEqual({ holder: ada.id, assignments: [] });
});
