import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { damageIn, suspectIn } from '../../../../src/changes/input/damage.ts';

test.each([
  ...['#N/A', '#NAME?', '#REF!', '#VALUE!', '#DIV/0!', '#NUM!', '#NULL!', '#SPILL!', '#ERROR!', '####'],
  ...['#NV', '#WERT!', '#BEZUG!', '#NOM?', '#N/D', '#¡VALOR!', '#¿NOMBRE?', 'Err:502', '#n/a', '##########'],
])('%s is an error of a spreadsheet', (text) => {
  expect(damageIn(text)).toBe(`"${text}" is an error of a spreadsheet, not a value`);
});

test.each(['1.23457E+15', '1,23457E+15', '1E+05', '9.9e+20', '4.2E-05'])(
  '%s is a shortened number',
  (text) => {
    expect(damageIn(text)).toMatch(/a number that a spreadsheet has shortened/);
  },
);

test.each([
  ...['NULL', 'null', '(null)', '<null>', 'N/A', 'n/a', 'None', 'none', 'NaN', 'undefined', '\\N', ' NULL '],
  'not available',
])('%s stands for no value', (text) => {
  expect(suspectIn(text, 'familyName')).toMatch(/stands for no value/);
});

test.each(['Null', 'Nan', 'Nil', 'Nona', 'Undine', 'N.A.', 'Na', '1E5', '12345678901234500000'])(
  '%s may be a name',
  (text) => {
    expect(suspectIn(text, 'familyName')).toBeUndefined();
  },
);

test.each([
  ['12345678901234500000', 'externalId', /made zeros/],
  ['external:12345678901234500', 'user', /made zeros/],
  ['1E5', 'externalId', /shortened/],
  ['1.23E15', 'externalId', /shortened/],
  ['="00123"', 'externalId', /a formula/],
  ['1234567890123450', 'externalId', undefined],
  ['12345678901234567', 'externalId', undefined],
  ['12E34', 'externalId', undefined],
  ['e5', 'externalId', undefined],
])('%s as %s is suspect: %s', (text, name, problem) => {
  if (problem === undefined) expect(suspectIn(text, name)).toBeUndefined();
  else expect(suspectIn(text, name)).toMatch(problem);
});

const windows1252 = new TextDecoder('windows-1252');

/** The text as a program shows it that takes UTF-8 for another encoding. */
const mixed = (text: string) => windows1252.decode(new TextEncoder().encode(text));
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('UTF-8 that was read in another encoding is recognised:', () => {
  test.each([
    ...[
      'Zoë',
      'René',
      'Müller',
      'François',
      'Łukasz',
      'Dvořák',
      'Šárka Žižková',
      'Nuñez',
      'Åse',
      'Gülşen',
      'Ștefan',
    ],
    ...[
      'João',
      'O’Neil',
      'Ada – Nova',
      'Иван',
      'Γιώργος',
      'علي',
      'דוד',
      '张伟',
      '山田',
      'Rene\u0301',
      'Zoe\u0308',
      'Åsa Öst',
    ],
    ...['FRANÇOIS', 'ÉRIC', 'Jiří', 'Ægir', 'Ørsted', 'Þór', 'Nguyễn', 'Voilà Maria', '😀'],
  ])('%s', (text) => {
    for (const damaged of [mixed(text), latin1(text)])
      expect([damaged, damageIn(damaged)]).toEqual([damaged, expect.stringContaining(`"${text}"`)]);
  });

  test('also where blanks were trimmed', () => {
    expect(damageIn(mixed('Nicolà').trim())).toContain('"Nicolà"');
  });
});

test.each([
  ...[
    'Zoë',
    'René',
    'Müller',
    'François',
    'Łukasz',
    'Dvořák',
    'Šárka Žižková',
    'O’Neil',
    'Иван',
    '张伟',
    'علي',
    '😀',
  ],
  ...[
    'DÚŠEK',
    'LÍŠKA',
    'RŮŽIČKA',
    'MÁŠA',
    'KÚŽEL',
    'SÉŽ',
    'ÇAĞLAR',
    'JOÃO',
    'IRMÃ',
    'Ãngela',
    'Íñigo',
    'Ð',
    'Þórður',
  ],
  ...['Ängström', 'Åse', 'Ærø', 'Ørsted', 'Áš', 'Éša', 'Œdipe', 'Ÿ', 'Nguyễn', 'Null', 'True', '#1', 'C#'],
  ...[
    '«Zoé»',
    'Zoé «Z» Nova',
    'Zoé™',
    'Renée’s',
    'D’Été',
    'Señor º',
    '½ Ada',
    'Ada © 2026',
    '1E5',
    '12E5',
    'E+15',
    '0017',
  ],
  ...['Team #4', 'É.', 'Ñ', 'ANDRÉ–MARIE', 'É–È', 'Noël…', 'ÂME', 'Â', 'PÂRIS', 'JÄÄSKELÄINEN', 'PÕŽU'],
])('%s is a value', (text) => {
  expect(damageIn(text)).toBeUndefined();
});

test('no text of letters alone is taken for damaged in the languages that Windows-1252 is for', () => {
  const letters = 'aeioszAEIOSZàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿÀÁÂÄÅÆÇÈÉÊËÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŠšŽž'.split('');
  const name = fc
    .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(name, (text) => damageIn(text) === undefined),
    { numRuns: 3000 },
  );
});
