import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalSid, isSid, type SidPrefix, sidKinds } from '../../../src/twilio/sids.ts';

const digits = '0123456789abcdef0123456789ABCDEF';

test.each(Object.keys(sidKinds) as SidPrefix[])('a SID of the kind %s is told from all others', (prefix) => {
  const others = (Object.keys(sidKinds) as SidPrefix[]).filter((other) => other !== prefix);
  expect(isSid(prefix, prefix + digits)).toBe(true);
  expect(others.filter((other) => isSid(other, prefix + digits))).toEqual([]);
});

test.each([
  ['nothing', ''],
  ['the prefix alone', 'US'],
  ['one digit less', `US${digits.slice(1)}`],
  ['one digit more', `US${digits}0`],
  ['another letter', `US${digits.slice(1)}g`],
  ['a small prefix', `us${digits}`],
  ['a path behind it', `US${digits}/x`],
  ['a line break behind it', `US${digits}\n`],
  ['a blank before it', ` US${digits}`],
])('%s is no SID', (_, text) => {
  expect(isSid('US', text)).toBe(false);
});

test('whatever is taken for a SID is a prefix and 32 digits, safe in a path', () => {
  const kinds = fc.constantFrom(...(Object.keys(sidKinds) as SidPrefix[]));
  const alike = fc.stringMatching(/^(US|IX|IY|OR)[0-9a-fA-F./%\\-]{30,34}$/);
  fc.assert(
    fc.property(kinds, fc.oneof(fc.string({ unit: 'binary' }), alike), (prefix, text) => {
      if (isSid(prefix, text)) expect(encodeURIComponent(text)).toMatch(/^[A-Z]{2}[0-9a-fA-F]{32}$/);
    }),
  );
});

test('the digits of a SID are in small letters, and other texts stay as they are', () => {
  expect(canonicalSid(`US${digits.toUpperCase()}`)).toBe(`US${digits.toLowerCase()}`);
  expect(['ADA@EXAMPLE.COM', 'Support', `US${digits}0`].map(canonicalSid)).toEqual([
    'ADA@EXAMPLE.COM',
    'Support',
    `US${digits}0`,
  ]);
});
