import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapeControl,
  isObeyedLog,
  jsonWithoutLogCommands,
  terminalSafeJson,
  withoutLogCommands,
} from '../../../../src/platform/terminal/escape.ts';

describe('visible', () => {
  test.each([
    ['a line break', 'a\nb', 'a\\nb'],
    ['a return', 'a\rb', 'a\\rb'],
    ['a tab', 'a\tb', 'a\\tb'],
    ['an escape sequence', '\x1b[31mred', '\\x1b[31mred'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['the C1 form of an escape sequence', '\x9b31m', '\\x9b31m'],
    ['direction overrides', 'a\u202eb\u2066c\u2069', 'a\\u202eb\\u2066c\\u2069'],
    ['direction marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['zero-width characters', 'a\u200bb\u200cc\u2060d\ufeff', 'a\\u200bb\\u200cc\\u2060d\\ufeff'],
    ['line and paragraph separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['a soft hyphen', 'a\u00adb', 'a\\xadb'],
    ['blanks that are letters to Unicode', '\u3164\uffa0\u115f', '\\u3164\\uffa0\\u115f'],
    ['invisible tags', 'a\u{e0041}', 'a\\u{e0041}'],
    ['marks of annotations, which no list of invisible characters has', 'a\ufff9b\ufffb', 'a\\ufff9b\\ufffb'],
    ['half a surrogate pair', 'a\ud83d', 'a\\ud83d'],
    ['a joiner between letters', 'a\u200db', 'a\\u200db'],
    ['a joiner after the last emoji', '👩\u200d', '👩\\u200d'],
    ['a variation selector on a letter', 'a\ufe0f', 'a\\ufe0f'],
  ])('escapes %s', (_, text, expected) => {
    expect(escapeControl(text)).toBe(expected);
  });

  test.each([
    'plain ASCII: \\ " \' ~',
    'Adèle Nuñez Åström',
    'e\u0301',
    '田中 雪',
    '김철수',
    'สวัสดี',
    'हिन्दी',
    'مُحَمَّد',
    '葛\u{e0100}城',
    '👍🏽 ❤️ 1️⃣ 🇩🇪',
    '👩‍👩‍👧 🏳️‍🌈 ❤️‍🔥',
    '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  ])('keeps %s', (text) => {
    expect(escapeControl(text)).toBe(text);
  });

  test('leaves nothing that a terminal obeys', () => {
    const anything = fc.string({
      // Half surrogate pairs and what lies beyond the first plane as well.
      unit: fc
        .oneof(fc.nat(0x2fff), fc.integer({ min: 0xd800, max: 0xe0fff }))
        .map((code) => String.fromCodePoint(code)),
    });
    fc.assert(
      fc.property(
        anything,
        (text) => !/[\p{Cc}\p{Bidi_Control}\p{Cs}\p{Zl}\p{Zp}]/u.test(escapeControl(text)),
      ),
    );
  });
});

describe('terminalSafeJson', () => {
  test('keeps the data for a JSON reader, and leaves nothing that a terminal obeys', () => {
    const anything = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(anything, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const safe = terminalSafeJson(text);
        expect(JSON.parse(safe)).toEqual(JSON.parse(text));
        expect(safe.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
  });

  test('writes characters beyond the first plane as two escapes', () => {
    expect(terminalSafeJson('"\u{e0041}"')).toBe('"\\udb40\\udc41"');
  });
});

describe('the log of a CI job', () => {
  test.each([
    [{ GITHUB_ACTIONS: 'true' }, true],
    [{ TF_BUILD: 'True' }, true],
    [{ TEAMCITY_VERSION: '2026.1' }, true],
    [{ CI: 'true' }, false],
    [{}, false],
  ])('with %j obeys lines: %s', (env, expected) => {
    expect(isObeyedLog(env)).toBe(expected);
  });

  test.each([
    ['::set-env name=PATH::/tmp', '\\x3a:set-env name=PATH::/tmp'],
    ['  \u3000::error::x', '  \u3000\\x3a:error::x'],
    ['a ##[group]x', 'a \\x23#[group]x'],
    ['##vso[task.setvariable variable=x]y', '\\x23#vso[task.setvariable variable=x]y'],
    ['##teamcity[buildStop]', '\\x23#teamcity[buildStop]'],
    ['fe80::1 and ## a heading', 'fe80::1 and ## a heading'],
    [': :', ': :'],
  ])('shows %j as %j', (line, expected) => {
    expect(withoutLogCommands(line)).toBe(expected);
  });

  test('finds no command in JSON, while a JSON reader finds the same data', () => {
    const data = { '##[a]': ['##[b]', '::c', '##vso[d]', '## [e]'] };
    const text = jsonWithoutLogCommands(JSON.stringify(data));
    expect(JSON.parse(text)).toEqual(data);
    expect(text).not.toMatch(/##(\[|vso)/);
  });
});

test('each hidden character of the first plane is written out, also among plain letters', () => {
  const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
  const differing: string[] = [];
  for (let code = 0; code < 0x10000; code += 1) {
    const character = String.fromCharCode(code);
    const text = `aé${character}日`;
    if (hidden.test(character) === (escapeControl(text) === text)) differing.push(code.toString(16));
  }
  // A variant of a Han character; no other selector or joiner is a part of a visible character here.
  expect(differing).toEqual([]);
});
