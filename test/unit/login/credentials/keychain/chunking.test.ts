import { expect, it } from 'vitest';
import {
  fitsInline,
  formatIndex,
  maxEntryLength,
  parseIndex,
  splitIntoChunks,
} from '../../../../../src/login/credentials/keychain/chunking.ts';

const account = 'a'.repeat(64);
const leftover = Array.from({ length: 20 }, (_, index) => ({
  generation: index.toString(16).padStart(16, '0'),
  count: 9999,
}));

it('a head stays within an entry, however much is left over', () => {
  for (const character of ['x', '"', '\n', 'é', '😀']) {
    let secret = '';
    while (fitsInline(account, secret + character)) secret += character;
    expect(secret).not.toBe('');
    expect(formatIndex({ account, secret, leftover }).length).toBeLessThanOrEqual(maxEntryLength);
  }
  const parts = { generation: 'f'.repeat(16), count: 9999, sha256: 'f'.repeat(64) };
  expect(formatIndex({ account, parts, leftover }).length).toBeLessThanOrEqual(maxEntryLength);
});

it('a head is read as it was printed', () => {
  const parts = { generation: '0123456789abcdef', count: 3, sha256: 'f'.repeat(64) };
  for (const head of [
    { account, secret: 'x', leftover: [] },
    { account, parts, leftover: leftover.slice(0, 2) },
    { account, leftover: leftover.slice(0, 1) },
  ]) {
    expect(parseIndex(formatIndex(head))).toEqual(head);
  }
});

it.each([
  'plain',
  'null',
  '[]',
  '{}',
  '{"v":2,"account":"a","secret":"x"}',
  '{"v":1,"secret":"x"}',
  '{"v":1,"account":"a","generation":"../x","parts":1,"sha256":"x"}',
  '{"v":1,"account":"a","generation":"0123456789abcdef","parts":1e9,"sha256":"x"}',
  '{"v":1,"account":"a","generation":"0123456789abcdef","parts":1}',
  '{"v":1,"account":"a","leftover":[["x",1]]}',
])('%s is no head', (text) => {
  expect(parseIndex(text)).toBeUndefined();
});

it('a split text has no half characters and is whole when joined', () => {
  for (const text of ['', 'x'.repeat(3 * maxEntryLength), '😀'.repeat(2000), `x${'😀'.repeat(2000)}`]) {
    const parts = splitIntoChunks(text);
    expect(parts.join('')).toBe(text);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(maxEntryLength);
      expect(Buffer.from(part, 'utf8').toString('utf8')).toBe(part);
    }
  }
});
