import { expect, it } from 'vitest';
import {
  entryLimit,
  fitsInHead,
  parseHead,
  printHead,
  split,
} from '../../../../../src/login/credentials/keychain/chunking.ts';

const account = 'a'.repeat(64);
const leftover = Array.from({ length: 20 }, (_, index) => ({
  generation: index.toString(16).padStart(16, '0'),
  count: 9999,
}));

it('a head stays within an entry, however much is left over', () => {
  for (const character of ['x', '"', '\n', 'é', '😀']) {
    let secret = '';
    while (fitsInHead(account, secret + character)) secret += character;
    expect(secret).not.toBe('');
    expect(printHead({ account, secret, leftover }).length).toBeLessThanOrEqual(entryLimit);
  }
  const parts = { generation: 'f'.repeat(16), count: 9999, sha256: 'f'.repeat(64) };
  expect(printHead({ account, parts, leftover }).length).toBeLessThanOrEqual(entryLimit);
});

it('a head is read as it was printed', () => {
  const parts = { generation: '0123456789abcdef', count: 3, sha256: 'f'.repeat(64) };
  for (const head of [
    { account, secret: 'x', leftover: [] },
    { account, parts, leftover: leftover.slice(0, 2) },
    { account, leftover: leftover.slice(0, 1) },
  ]) {
    expect(parseHead(printHead(head))).toEqual(head);
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
  expect(parseHead(text)).toBeUndefined();
});

it('a split text has no half characters and is whole when joined', () => {
  for (const text of ['', 'x'.repeat(3 * entryLimit), '😀'.repeat(2000), `x${'😀'.repeat(2000)}`]) {
    const parts = split(text);
    expect(parts.join('')).toBe(text);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(entryLimit);
      expect(Buffer.from(part, 'utf8').toString('utf8')).toBe(part);
    }
  }
});
