import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Suppression } from '../../../../src/organization/lint/policy.ts';
import { noPolicy } from '../../../../src/organization/lint/policy.ts';
import { account, give, linted, org, otherAccount, person, support, viewer } from '../../../support/lint.ts';

const place = { file: 'lint.yaml', line: 3, column: 5 };
const whole: Suppression = { rule: 'duplicate-role', because: 'OPS-1', until: '2026-12-31', place };

/** A duplicate of the first person, whom a test suppresses. */
function world(suppressions: Suppression[], today = '2026-11-27') {
  const ada = person(1, { externalId: '4711' });
  return linted(
    {
      users: [ada, person(2)],
      assignments: [give(ada, support, account), give(ada, support, account)],
    },
    { policy: { ...noPolicy, suppressions }, today },
  );
}

function statesOf(suppressions: Suppression[], today?: string): string[] {
  return world(suppressions, today).findings.map(({ rule, state }) => `${rule} ${state}`);
}

describe('a suppression', () => {
  test.each<[string, Partial<Suppression>]>([
    ['a rule', {}],
    ['a person by address, in any case', { person: { userName: 'PERSON1@example.com' } }],
    ['a person by SID', { person: { id: person(1).id } }],
    ['a person by external id', { person: { externalId: '4711' } }],
    ['people by a pattern', { person: { pattern: 'person?@*' } }],
    ['a role by name, in any case', { role: 'support' }],
    ['a role by SID', { role: support }],
    ['a scope', { scope: account }],
    ['everything at once', { person: { id: person(1).id }, role: support, scope: account }],
  ])('hides findings by %s', (_, parts) => {
    expect(statesOf([{ ...whole, ...parts }])).toEqual(['duplicate-role suppressed']);
  });

  test.each<[string, Partial<Suppression>]>([
    ['another rule', { rule: 'many-roles' }],
    ['another person', { person: { userName: 'person2@example.com' } }],
    ['another role', { role: viewer }],
    ['another scope', { scope: otherAccount }],
    ['another fingerprint', { fingerprint: '0'.repeat(32) }],
  ])('hides nothing by %s, and is itself a finding', (_, parts) => {
    expect(statesOf([{ ...whole, ...parts }])).toEqual(['duplicate-role new', 'unused-suppression new']);
  });

  test('hides a finding by its fingerprint alone', () => {
    const fingerprint = world([]).findings[0]?.fingerprint;
    expect(statesOf([{ ...whole, rule: undefined, fingerprint }])).toEqual(['duplicate-role suppressed']);
  });

  test('is in force on its last day, and a finding from the day after', () => {
    expect(statesOf([whole], '2026-12-31')).toEqual(['duplicate-role suppressed']);
    const { findings, counts } = world([whole], '2027-01-01');
    expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
      ['duplicate-role', expect.anything()],
      ['expired-suppression', 'The suppression in line 3 (OPS-1) expired after 2026-12-31'],
    ]);
    expect(counts).toMatchObject({ new: 2, suppressed: 0 });
  });

  test('of a rule that could not be applied is not judged', () => {
    const ofGuards = { ...whole, rule: 'no-guards' };
    const found = (profile: { name: string; hasGuards: boolean } | undefined) =>
      linted({ profile }, { policy: { ...noPolicy, suppressions: [ofGuards] } }).findings;
    expect(found(undefined)).toEqual([]);
    expect(found({ name: 'default', hasGuards: true }).map(({ rule }) => rule)).toEqual([
      'unused-suppression',
    ]);
  });

  test('that has expired and matches nothing is one finding', () => {
    const { findings } = linted({}, { policy: { ...noPolicy, suppressions: [whole] }, today: '2027-01-01' });
    expect(findings.map(({ message }) => message)).toEqual([
      'The suppression in line 3 (OPS-1) expired after 2026-12-31, and matches nothing',
    ]);
  });

  test('is counted, and its finding says why and until when', () => {
    const { findings, counts } = world([whole]);
    expect(findings[0]).toMatchObject({ state: 'suppressed', because: 'OPS-1', until: '2026-12-31' });
    expect(counts).toMatchObject({ new: 0, suppressed: 1 });
  });

  test('goes before the baseline', () => {
    const fingerprint = world([]).findings[0]?.fingerprint ?? '';
    const { findings } = linted(
      { assignments: [give(person(1), support, account), give(person(1), support, account)] },
      { policy: { ...noPolicy, suppressions: [whole] }, baseline: new Map([[fingerprint, 'any']]) },
    );
    expect(findings.map(({ state }) => state)).toEqual(['suppressed']);
  });

  test('hides what all of its parts fit, and nothing else, in random organizations', () => {
    const parts = fc.record({
      rule: fc.constantFrom('duplicate-role', 'unknown-role'),
      person: fc.constantFrom(undefined, ...[1, 2, 3].map((n) => ({ id: person(n).id }))),
      scope: fc.constantFrom(undefined, org, account),
    });
    const given = fc.array(
      fc.record({
        who: fc.integer({ min: 1, max: 3 }),
        role: fc.constantFrom(support, `IX${'9'.repeat(32)}`),
        scope: fc.constantFrom(org, account),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(given, fc.array(parts, { maxLength: 4 }), (list, entries) => {
        const assignments = list.map(({ who, role, scope }) => give(person(who), role, scope));
        const suppressions = entries.map((entry) => ({ ...whole, ...entry }));
        const { findings } = linted(
          { users: [1, 2, 3].map((n) => person(n)), assignments },
          { policy: { ...noPolicy, suppressions } },
        );
        for (const finding of findings.filter(({ rule }) => !rule.endsWith('suppression'))) {
          const fits = entries.some(
            ({ rule, person: who, scope }) =>
              rule === finding.rule &&
              (who === undefined || who.id === finding.person?.sid) &&
              (scope === undefined || scope === finding.scope),
          );
          expect(finding.state).toBe(fits ? 'suppressed' : 'new');
        }
        const unused = findings.filter(({ rule }) => rule === 'unused-suppression');
        const idle = entries.filter(({ rule, person: who, scope }) =>
          findings.every(
            (finding) =>
              finding.rule !== rule ||
              (who !== undefined && who.id !== finding.person?.sid) ||
              (scope !== undefined && scope !== finding.scope),
          ),
        );
        expect(unused).toHaveLength(idle.length);
      }),
    );
  });
});
