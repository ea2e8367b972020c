import { describe, expect, it } from 'vitest';
import { type Columns, columnOf } from '../../../../src/changes/input/columns.ts';

const columns: Columns = { names: { email: ['mail'], role_sid: [] }, required: ['email'] };

describe('the column of a title', () => {
  it.each([
    ['email', 'email'],
    ['E-Mail', 'email'],
    ['MAIL', 'email'],
    ['Role SID', 'role_sid'],
    ['role_sid', 'role_sid'],
  ])('is found by its letters, or by an alias: %s', (title, name) => {
    expect(columnOf(title, columns)).toEqual({ name });
  });

  it.each(['id', 'Line', 'outcome', 'meta.version', 'emails.0.value'])('is ignored for %s', (title) => {
    expect(columnOf(title, columns)).toEqual({ name: undefined });
  });

  it('that is unknown is a problem that quotes it and lists the known ones', () => {
    expect(columnOf('Manager', columns)).toEqual({
      problem: 'unknown column "Manager". Known columns: email, role_sid',
    });
  });

  it('that is unknown is taken by its letters where others are allowed', () => {
    const open = { ...columns, allowUnknown: true };
    expect(columnOf('Cost Center', open)).toEqual({ name: 'costcenter' });
    expect(columnOf('***', open)).toEqual({ name: '***' });
    expect(columnOf('mail', open)).toEqual({ name: 'email' });
  });
});
