import { describe, expect, test } from 'vitest';
import type { ApiReader } from '../../../src/twilio/mutation.ts';
import {
  createAssignmentMutation,
  deleteAssignmentMutation,
} from '../../../src/twilio/role-assignment-mutations.ts';
import type { RoleAssignment } from '../../../src/twilio/role-assignments.ts';
import { adasRole, sid } from '../../support/changes.ts';

function reader(...held: RoleAssignment[]): ApiReader & { paths: string[] } {
  const paths: string[] = [];
  return {
    url: 'http://127.0.0.1:1',
    paths,
    async send({ path }) {
      paths.push(path);
      return { content: held, meta: { next_page_url: null } };
    },
  };
}

const { sid: _, ...grant } = adasRole;

describe('giving a role', () => {
  const mutation = createAssignmentMutation(grant);

  test('accepts a response with the same role, user and place, in any case', () => {
    const shouted = { ...adasRole, role_sid: adasRole.role_sid.toUpperCase() };
    expect(mutation.contradiction?.(shouted)).toBeUndefined();
  });

  test.each([
    ['role', { role_sid: sid('IX', 2) }],
    ['user', { identity: sid('US', 2) }],
    ['scope', { scope: sid('AC', 2) }],
    ['resource', { resource_type: 'queue', resource_id: 'Q1' }],
  ])('refuses a response with another %s', (_, members) => {
    expect(mutation.contradiction?.({ ...adasRole, ...members })).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(adasRole.sid),
    });
  });

  test('is verified in the list of that user and scope', async () => {
    const api = reader(adasRole);
    expect(await mutation.verify(api)).toEqual({ outcome: 'done', result: adasRole });
    expect(api.paths[0]).toContain(`Identity=${grant.identity}&Scope=${grant.scope}`);
    const other = { ...adasRole, role_sid: sid('IX', 2) };
    expect(await mutation.verify(reader(other))).toEqual({ outcome: 'not done' });
  });

  test('names the command that shows it', () => {
    expect(mutation.inspectCommand).toContain(`--user ${grant.identity} --scope ${grant.scope}`);
  });
});

describe('taking a role away', () => {
  test('is done when the list of that user and scope does not have it', async () => {
    const mutation = deleteAssignmentMutation(adasRole);
    expect(await mutation.verify(reader(adasRole))).toEqual({ outcome: 'not done' });
    expect(await mutation.verify(reader())).toEqual({ outcome: 'done', result: undefined });
  });

  test('compares SIDs in any case', async () => {
    const mutation = deleteAssignmentMutation({ ...adasRole, sid: adasRole.sid.toLowerCase() });
    expect(await mutation.verify(reader(adasRole))).toEqual({ outcome: 'not done' });
  });

  test('by SID alone is ambiguous when no list has it: perhaps it never existed', async () => {
    const mutation = deleteAssignmentMutation({ sid: adasRole.sid });
    expect(await mutation.verify(reader())).toMatchObject({ outcome: 'ambiguous' });
    expect(await mutation.verify(reader(adasRole))).toEqual({ outcome: 'not done' });
    expect(mutation.inspectCommand).toContain(adasRole.sid);
  });
});
