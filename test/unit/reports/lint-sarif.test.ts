import { readFileSync } from 'node:fs';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { LintResult } from '../../../src/organization/lint/finding.ts';
import { lintSarif } from '../../../src/reports/lint-sarif.ts';
import { attackingNames, everyFinding, lintFinding, lintResult } from '../../support/lint-result.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../data/schemas/sarif-schema-2.1.0.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv as never);
const isValid = ajv.compile(schema);

interface Result {
  ruleId: string;
  ruleIndex?: number;
  kind?: string;
  level: string;
  message: { text: string };
  locations: {
    physicalLocation: {
      artifactLocation: { uri: string };
      region: { startLine: number; startColumn?: number };
    };
    logicalLocations: object[];
  }[];
  partialFingerprints: Record<string, string>;
  suppressions: object[];
  baselineState?: string;
}

interface Run {
  tool: { driver: { name: string; version: string; rules: object[] } };
  invocations: { toolExecutionNotifications: object[] }[];
  results: Result[];
}

function sarif(result: LintResult): Run {
  const log = JSON.parse(lintSarif(result, '1.2.3'));
  isValid(log);
  expect(isValid.errors ?? []).toEqual([]);
  return log.runs[0];
}

function locationOf(rule: string) {
  const [location] = sarif(everyFinding()).results.findLast(({ ruleId }) => ruleId === rule)?.locations ?? [];
  if (location === undefined) throw new Error(`${rule} has no location`);
  return location;
}

const user = 'US0123456789abcdef0123456789abcdef';
const organization = `OR${'0'.repeat(32)}`;

describe('SARIF', () => {
  test('is valid without findings, with every kind of them, and with names that attack', () => {
    sarif(lintResult([]));
    sarif(lintResult([], { organization: null, at: null }));
    sarif(everyFinding());
    sarif(
      lintResult(
        attackingNames.map((name) => lintFinding({ message: name, person: { sid: user, userName: name } })),
      ),
    );
  });

  test('the schema refuses what is no SARIF', () => {
    const log = JSON.parse(lintSarif(everyFinding(), '1.2.3'));
    log.runs[0].results[0].level = 'fatal';
    expect(isValid(log)).toBe(false);
  });

  test('describes the rules with their help', () => {
    const { tool } = sarif(everyFinding());
    expect(tool.driver).toMatchObject({ name: 'twilio-org', version: '1.2.3' });
    expect(tool.driver.rules[0]).toEqual({
      id: 'few-admins',
      shortDescription: { text: 'Too few admins' },
      fullDescription: { text: 'One admin can be locked out.' },
      help: { text: 'One admin can be locked out.' },
      defaultConfiguration: { level: 'error' },
      properties: { tags: ['access'], 'problem.severity': 'error' },
    });
  });

  test('gives each result what GitHub needs: one file, a line, a fingerprint and a sentence', () => {
    for (const { locations, partialFingerprints, message, ruleId, ruleIndex } of sarif(everyFinding())
      .results) {
      expect(locations).toHaveLength(1);
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/^[\w/.%-]+$/);
      expect(locations[0]?.physicalLocation.region.startLine).toBeGreaterThan(0);
      expect(partialFingerprints.primaryLocationLineHash).toMatch(/^fingerprint-\d+$/);
      expect(message.text).toMatch(/\.$|To fix it: twilio-org /);
      expect(ruleIndex).toEqual(
        ['few-admins', 'many-roles', 'no-guards'].includes(ruleId) ? expect.any(Number) : undefined,
      );
    }
  });

  test.each([
    ['many-roles', `twilio/${organization}/users/${user}`],
    ['duplicate-role', `twilio/${organization}/role-assignments/RA1`],
    ['unknown-role', `twilio/${organization}/roles/IX1`],
    ['no-guards', `twilio/${organization}/scopes/AC1`],
    ['few-admins', `twilio/${organization}`],
    ['suppression-unused', 'rules/access%20lint.yaml'],
  ])('%s is in the file %s', (rule, uri) => {
    const { physicalLocation } = locationOf(rule);
    expect(physicalLocation.artifactLocation.uri).toBe(uri);
    expect(physicalLocation.region).toEqual(
      rule === 'suppression-unused' ? { startLine: 12, startColumn: 3 } : { startLine: 1 },
    );
  });

  test('names person, role and scope as logical locations', () => {
    expect(locationOf('duplicate-role').logicalLocations).toEqual([
      { kind: 'role', fullyQualifiedName: 'IX1', name: 'Admin' },
      { kind: 'scope', fullyQualifiedName: 'AC1', name: 'EU production' },
    ]);
    expect(locationOf('unknown-role').logicalLocations).toEqual([
      { kind: 'role', fullyQualifiedName: 'IX1' },
    ]);
  });

  test('tells new, accepted, suppressed and undecided findings apart', () => {
    const { results } = sarif(everyFinding());
    expect(results.filter(({ baselineState }) => baselineState === 'unchanged')).toHaveLength(1);
    const [suppressed] = results.filter(({ suppressions }) => suppressions.length > 0);
    expect(suppressed?.suppressions).toEqual([
      {
        kind: 'external',
        status: 'accepted',
        justification: 'OPS-4711: moves in May',
        properties: { until: '2027-05-31' },
      },
    ]);
    const undecided = results.filter(({ kind }) => kind === 'open');
    expect(undecided.map(({ ruleId, level }) => [ruleId, level])).toEqual([['separation-of-duties', 'none']]);
  });

  test('says which rules were not checked', () => {
    const [invocation] = sarif(everyFinding()).invocations;
    expect(invocation?.toolExecutionNotifications).toEqual([
      {
        level: 'warning',
        message: { text: 'Not checked: A snapshot has no guards' },
        associatedRule: { id: 'no-guards' },
      },
    ]);
  });

  test('has no links and no hidden characters in its messages', () => {
    const { results } = sarif(lintResult(attackingNames.map((message) => lintFinding({ message }))));
    for (const { message } of results) {
      expect(message.text).not.toMatch(/\]\(/);
      expect(message.text).not.toMatch(/(?<!\{)\{\d/);
      expect(message.text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});
