import { describe, expect, test } from 'vitest';
import { addressKey } from '../../../src/twilio/address.ts';
import { emailProblem, isEmail } from '../../../src/twilio/email.ts';

test.each([
  'ada@example.com',
  "o'neil@example.com",
  "d'arcy.o'brien@example.com",
  'ada+tag_x%y@sub.example.co.uk',
  'rené@example.com',
  'ada@bücher.example',
  'zoë@example.com',
  'zoe\u0308@example.com',
  'łukasz.żółć@example.com',
  'jürgen.straße@example.com',
  '用户@例子.example',
  'vip-用户@example.com',
  'иван.петров@example.com',
  'иван@пример.com',
  'νίκος@παράδειγμα.example',
  '\u0e17\u0e33@example.com',
  'ada@localhost',
  '{a}!#$&*/=?^|~@example.com',
])('%s may be an address', (text) => {
  expect(isEmail(text)).toBe(true);
});

describe('an address is refused, and the character named:', () => {
  test.each([
    ['\u200buser1@example.com', 'ZERO WIDTH SPACE (U+200B)'],
    ['user\u00ad1@example.com', 'SOFT HYPHEN (U+00AD)'],
    ['user1@example.com\u202c', 'POP DIRECTIONAL FORMATTING (U+202C)'],
    ['\u202euser1@example.com', 'RIGHT-TO-LEFT OVERRIDE (U+202E)'],
    ['user1@\u2060example.com', 'WORD JOINER (U+2060)'],
    ['user\ufeff1@example.com', 'ZERO WIDTH NO-BREAK SPACE (U+FEFF)'],
    ['user1@example.com\u0007', 'a control character (U+0007)'],
    ['user\u{e0001}1@example.com', 'an invisible character (U+E0001)'],
    ['user\u31641@example.com', 'an invisible character (U+3164)'],
    ['user\ufe0f1@example.com', 'VARIATION SELECTOR-16 (U+FE0F)'],
    ['“user1@example.com”', 'LEFT DOUBLE QUOTATION MARK (U+201C)'],
    ['„user1@example.com“', 'DOUBLE LOW-9 QUOTATION MARK (U+201E)'],
    ['«user1@example.com»', 'LEFT-POINTING DOUBLE ANGLE QUOTATION MARK (U+00AB)'],
    ['"user1"@example.com', 'QUOTATION MARK (U+0022)'],
    ['o’neil@example.com', 'RIGHT SINGLE QUOTATION MARK (U+2019)'],
    ['o`neil@example.com', 'GRAVE ACCENT (U+0060)'],
    ['user 1@example.com', 'SPACE (U+0020)'],
    ['user1\u00a0@example.com', 'NO-BREAK SPACE (U+00A0)'],
    ['user1@example.com\tx', 'TAB (U+0009)'],
    ['user\u20111@example.com', 'NON-BREAKING HYPHEN (U+2011)'],
    ['anna–lena@example.com', 'EN DASH (U+2013)'],
    ['user1＠example.com', 'FULLWIDTH COMMERCIAL AT (U+FF20)'],
    ['o\u02bcneil@example.com', 'MODIFIER LETTER APOSTROPHE (U+02BC)'],
    ['anna\u2212lena@example.com', 'MINUS SIGN (U+2212)'],
    ['ada@example\u3002com', 'IDEOGRAPHIC FULL STOP (U+3002)'],
    ['ada@\uff45xample.com', 'another form of "e" (U+FF45)'],
    ['\ufb01nn@example.com', 'another form of "fi" (U+FB01)'],
    ['\u{1d41a}da@example.com', 'another form of "a" (U+1D41A)'],
    ['ada@example\u2024com', 'another form of "." (U+2024)'],
    ['ada\u00b2@example.com', 'another form of "2" (U+00B2)'],
    ['us\ufffder@example.com', 'REPLACEMENT CHARACTER (U+FFFD)'],
    ['user\ud8001@example.com', 'a character (U+D800)'],
  ])('%j', (text, name) => {
    expect(emailProblem(text)).toBe(`this is not an e-mail address: it contains ${name}`);
  });
});

describe('an address that looks like another is refused, and the letter named:', () => {
  test.each([
    ['\u0430da@example.com', 'a Cyrillic letter among Latin ones (U+0430)'],
    ['ada@ex\u0430mple.com', 'a Cyrillic letter among Latin ones (U+0430)'],
    ['ada@example.c\u043em', 'a Cyrillic letter among Latin ones (U+043E)'],
    ['b\u03bfb@example.com', 'a Greek letter among Latin ones (U+03BF)'],
    ['x\u043e@example.com', 'a Cyrillic letter among Latin ones (U+043E)'],
    ['иван.петр\u006fв@example.com', 'a Latin letter among Cyrillic ones (U+006F)'],
    ['dan\u0585@example.com', 'an Armenian letter among Latin ones (U+0585)'],
    ['\u0251da@example.com', 'a phonetic letter (U+0251)'],
  ])('%j', (text, letter) => {
    expect(emailProblem(text)).toBe(`this looks like another e-mail address: it contains ${letter}`);
  });
});

test.each([
  ['mailto:user1@example.com', /: leave out "mailto:"$/],
  ['MAILTO:user1@example.com', /: leave out "MAILTO:"$/],
  ['smtp:user1@example.com', /: leave out "smtp:"$/],
  ['Ada <user1@example.com>', /: give the address alone, without a name and angle brackets$/],
  ['<user1@example.com>', /: give the address alone/],
  ["'user1@example.com'", /: it is in apostrophes$/],
  ["user1@exam'ple.com", /: it is in apostrophes$/],
  ['a@example.com,b@example.com', /, but several$/],
  ['a@example.com;b@example.com', /, but several$/],
  ['ada', /^this is not an e-mail address$/],
  ['ada nova', /^this is not an e-mail address$/],
  ['ada@', /^this is not an e-mail address$/],
  ['@example.com', /^this is not an e-mail address$/],
  ['a@b@example.com', /^this is not an e-mail address$/],
  ['ada@example.com.', /: its domain has a dot too many$/],
  ['ada@example..com', /: its domain has a dot too many$/],
  ['ada..x@example.com', /: it has a dot too many before the @$/],
  ['.ada@example.com', /: it has a dot too many before the @$/],
  ['ada.@example.com', /: it has a dot too many before the @$/],
  [`${'x'.repeat(149)}@example.com`, /^an e-mail address has at most 160 characters$/],
])('%s is refused', (text, problem) => {
  expect(emailProblem(text)).toMatch(problem);
});

test('all spellings of one address are the same', () => {
  expect(addressKey('Rene\u0301@Example.com')).toBe(addressKey('ren\u00e9@example.COM'));
});
