import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseDeclared } from '../../../../src/changes/declared/load.ts';
import type { FileProblem } from '../../../../src/changes/declared/model.ts';
import { knownKeys } from '../../../../src/changes/declared/parse-file.ts';
import { declaredAccessSchema } from '../../../../src/changes/declared/schema.ts';
import { sid } from '../../../support/changes.ts';

const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
addFormats.default(ajv);
const isValid = ajv.compile(declaredAccessSchema);

const owns = 'owns: [{ scope: EU, roles: [Support] }]\n';
const entry = (text: string) => `${owns}access: [{ ${text} }]\n`;
const ada = 'who: ada@example.com, role: Support, where: EU';

async function isLoaded(text: string): Promise<boolean> {
  const problems: FileProblem[] = [];
  await parseDeclared(text, 'a.yaml', problems);
  return problems.length === 0;
}

describe('the schema and the loader agree that a file is valid:', () => {
  test.each([
    '',
    '# nothing\n',
    '{}',
    'groups: {}',
    'groups: { a: [], "b c": [ada@example.com, external:7], 2024: [] }',
    `${owns}access: []`,
    'owns: { everything: true }\naccess: []',
    'owns: [{ everything: true }]\naccess: []',
    'owns: { scope: EU, roles: [Support] }\naccess: []',
    'everything: true\naccess: []',
    'owns: [{ scope: 7, roles: [8, 1.5] }]\naccess: []',
    entry(ada),
    entry(`who: ${sid('US', 1)}, role: ${sid('IX', 1)}, where: ${sid('AC', 1)}`),
    entry('who: " external:a b ", role: 7, where: org'),
    entry('who: group:support, role: Support, where: EU'),
    entry('who: "group: support", role: Support, where: EU'),
    entry(`${ada}, from: 2026-12-31, until: 2027-02-28, because: OPS-4711`),
    entry(`${ada}, because: 4711, resource: billing_group/bg_1/2`),
    `timezone: Europe/Berlin\n${owns}access: []`,
    'timezone: utc',
    'allow_removals: { count: 800, until: 2026-12-01, because: merger }',
  ])('%j', async (text) => {
    expect({ loader: await isLoaded(text), schema: isValid(parse(text)) }).toEqual({
      loader: true,
      schema: true,
    });
  });
});

describe('the schema and the loader agree that a file is not valid:', () => {
  test.each([
    '[]',
    'owns',
    'own: []',
    'owns: []\naccess: []',
    owns,
    'owns:\naccess: []',
    `${owns}access:`,
    'access: []',
    'everything: true',
    'everything: false\naccess: []',
    'owns: { everything: yes }\naccess: []',
    'owns: [{ everything: true, scope: EU, roles: [Support] }]\naccess: []',
    'owns: [{ scope: EU }]\naccess: []',
    'owns: [{ scope: EU, roles: [] }]\naccess: []',
    'owns: [{ scope: EU, roles: Support }]\naccess: []',
    'owns: [{ roles: [Support] }]\naccess: []',
    'owns: [{ scope: EU, roles: [true] }]\naccess: []',
    'owns: [EU]\naccess: []',
    'groups: []',
    'groups: { a: }',
    'groups: { a: ada@example.com }',
    'groups: { a: [ada] }',
    'groups: { a: [group:b] }',
    'groups: { "": [] }',
    'groups: { "group:a": [] }',
    'groups: { "a\\tb": [] }',
    entry('who: ada@example.com, role: Support'),
    entry('who: ada, role: Support, where: EU'),
    entry('who: 4711, role: Support, where: EU'),
    entry('who: "group: ", role: Support, where: EU'),
    entry('who: "external:", role: Support, where: EU'),
    entry('who: ada@example.com, role: " ", where: EU'),
    entry('who: ada@example.com, role: Support, where: true'),
    entry('who: ada@example.com, role: , where: EU'),
    entry(`${ada}, until: 31.01.2027`),
    entry(`${ada}, until: 2027-02-30`),
    entry(`${ada}, from: 2027`),
    entry(`${ada}, resource: bg_1`),
    entry(`${ada}, resource: " /bg_1"`),
    entry(`${ada}, because: ""`),
    entry(`${ada}, becuase: x`),
    'timezone: +02:00',
    'timezone: 2',
    'allow_removals: 800',
    'allow_removals: { count: 0, until: 2026-12-01, because: merger }',
    'allow_removals: { count: 1.5, until: 2026-12-01, because: merger }',
    'allow_removals: { count: 8 }',
  ])('%j', async (text) => {
    expect({ loader: await isLoaded(text), schema: isValid(parse(text)) }).toEqual({
      loader: false,
      schema: false,
    });
  });
});

test.each([
  ['dates in order', entry(`${ada}, from: 2027-02-01, until: 2027-01-31`)],
  ['time zones', 'timezone: Berlin'],
  ['keys that are there twice', 'groups: { a: [], a: [] }'],
  ['addresses that pass for others', entry('who: аda@example.com, role: Support, where: EU')],
  ['mistyped SIDs', entry('who: ada@example.com, role: IX123, where: EU')],
])('only the loader knows %s', async (_, text) => {
  expect(await isLoaded(text)).toBe(false);
  expect(isValid(parse(text, { uniqueKeys: false }))).toBe(true);
});

test('the schema knows the same keys as the loader', () => {
  const { properties } = declaredAccessSchema;
  const [list] = properties.owns.anyOf;
  expect(Object.keys(properties)).toEqual(knownKeys.file);
  expect(list.items.anyOf.flatMap((each) => Object.keys(each.properties))).toEqual(knownKeys.owns);
  expect(Object.keys(properties.access.items.properties)).toEqual(knownKeys.entry);
  expect(Object.keys(properties.allow_removals.properties)).toEqual(knownKeys.allowRemovals);
});
