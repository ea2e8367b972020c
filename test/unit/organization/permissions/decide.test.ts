import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type HeldRole, type Question } from '../../../../src/organization/permissions/decide.ts';
import { parsePattern } from '../../../../src/organization/permissions/pattern.ts';
import type { Role } from '../../../../src/twilio/roles.ts';

const org = `OR${'0'.repeat(32)}`;
const eu = `AC${'1'.repeat(32)}`;
const us = `AC${'2'.repeat(32)}`;

interface Policy {
  allow: string[];
  deny?: string[] | null;
  format?: number;
}

let serial = 0;

function held(
  scope: string,
  policy: Policy | undefined,
  more: Partial<HeldRole['assignment']> = {},
): HeldRole {
  serial += 1;
  const role_sid = `IX${String(serial).padStart(32, '0')}`;
  const role: Role | undefined = policy && { sid: role_sid, policy: { format: 1, ...policy } };
  return { assignment: { sid: `IY${serial}`, role_sid, scope, identity: 'US1', ...more }, role };
}

function ask(can: string, scope: string, roles: HeldRole[], more: Partial<Question> = {}) {
  const wanted = parsePattern(can);
  if (wanted === undefined) throw new Error(`${can} is no pattern`);
  return decide({ wanted, scope, ...more }, roles);
}

const messaging = { allow: ['/twilio/messaging/*'] };
const invoice = { resource_type: 'billing_group', resource_id: 'bg_1' };

describe('decide', () => {
  it.each<[string, string, string, HeldRole[], Partial<Question>, string, object]>([
    [
      'a pattern of a role here allows',
      '/twilio/messaging/send',
      eu,
      [held(eu, messaging)],
      {},
      'yes',
      { effect: 'grants', how: 'here', allow: '/twilio/messaging/*' },
    ],
    [
      'a path in full allows itself',
      '/twilio/iam/list',
      eu,
      [held(eu, { allow: ['/twilio/iam/list'] })],
      {},
      'yes',
      { effect: 'grants' },
    ],
    [
      'a path allows nothing below it',
      '/twilio/iam/list/all',
      eu,
      [held(eu, { allow: ['/twilio/iam/list'] })],
      {},
      'no',
      {},
    ],
    [
      'the same beginning of a word is no match',
      '/twilio/messaging-x/send',
      eu,
      [held(eu, messaging)],
      {},
      'no',
      {},
    ],
    ['nobody without roles may do anything', '/twilio/messaging/send', eu, [], {}, 'no', {}],
    [
      'deny wins over allow within one role',
      '/twilio/messaging/send',
      eu,
      [held(eu, { ...messaging, deny: ['/twilio/messaging/send'] })],
      {},
      'no',
      { effect: 'denies', miss: 'denied', allow: '/twilio/messaging/*', deny: '/twilio/messaging/send' },
    ],
    [
      'deny of another role leaves it open',
      '/twilio/messaging/send',
      eu,
      [held(eu, messaging), held(eu, { allow: [], deny: ['/twilio/*'] })],
      {},
      'undecided',
      { effect: 'undecided', doubts: ['denied by another role'] },
    ],
    [
      'a deny in another account does not matter',
      '/twilio/messaging/send',
      eu,
      [held(eu, messaging), held(us, { allow: [], deny: ['/twilio/*'] })],
      {},
      'yes',
      { effect: 'grants' },
    ],
    [
      'a deny at the organization leaves an account open',
      '/twilio/messaging/send',
      eu,
      [held(eu, messaging), held(org, { allow: [], deny: ['/twilio/*'] })],
      {},
      'undecided',
      { doubts: ['denied by another role'] },
    ],
    [
      'a deny that is assumed not to be inherited does not',
      '/twilio/messaging/send',
      eu,
      [held(eu, messaging), held(org, { allow: [], deny: ['/twilio/*'] })],
      { assumeInheritance: false },
      'yes',
      { effect: 'grants' },
    ],
    [
      'another account is a near miss',
      '/twilio/messaging/send',
      eu,
      [held(us, messaging)],
      {},
      'no',
      { effect: 'near miss', miss: 'another scope' },
    ],
    [
      'an account is a near miss for the organization',
      '/twilio/messaging/send',
      org,
      [held(eu, messaging)],
      {},
      'no',
      { effect: 'near miss', miss: 'another scope' },
    ],
    [
      'inheritance is undecided',
      '/twilio/messaging/send',
      eu,
      [held(org, messaging)],
      {},
      'undecided',
      { effect: 'undecided', how: 'organization-wide', doubts: ['inheritance'] },
    ],
    [
      'inheritance can be assumed',
      '/twilio/messaging/send',
      eu,
      [held(org, messaging)],
      { assumeInheritance: true },
      'yes',
      { effect: 'grants', how: 'organization-wide' },
    ],
    [
      'inheritance can be excluded',
      '/twilio/messaging/send',
      eu,
      [held(org, messaging)],
      { assumeInheritance: false },
      'no',
      { effect: 'near miss', miss: 'organization only' },
    ],
    [
      'an assignment here counts beside an inherited one',
      '/twilio/messaging/send',
      eu,
      [held(org, messaging), held(eu, messaging)],
      {},
      'yes',
      {},
    ],
    [
      'an unknown format is undecided',
      '/twilio/messaging/send',
      eu,
      [held(eu, { ...messaging, format: 2 })],
      {},
      'undecided',
      { doubts: ['unknown policy format'] },
    ],
    [
      'a role that is not listed is undecided',
      '/twilio/messaging/send',
      eu,
      [held(eu, undefined)],
      {},
      'undecided',
      { doubts: ['role not listed'] },
    ],
    [
      'a role without permissions is undecided',
      '/twilio/messaging/send',
      eu,
      [{ ...held(eu, messaging), role: { sid: 'IX1', policy: null } }],
      {},
      'undecided',
      { doubts: ['no policy'] },
    ],
    [
      'a pattern with a star in the middle is undecided',
      '/twilio/messaging/send',
      eu,
      [held(eu, { allow: ['/twilio/*/send'] })],
      {},
      'undecided',
      { doubts: ['unknown pattern'], allow: '/twilio/*/send' },
    ],
    [
      'a known pattern decides beside an unknown one',
      '/twilio/messaging/send',
      eu,
      [held(eu, { allow: ['/twilio/*/send', '/twilio/messaging/*'] })],
      {},
      'yes',
      {},
    ],
    [
      'a known deny decides beside an unknown allow',
      '/twilio/messaging/send',
      eu,
      [held(eu, { allow: ['/twilio/*/send'], deny: ['/twilio/messaging/*'] })],
      {},
      'no',
      { effect: 'denies' },
    ],
    [
      'a part of what is asked for is undecided',
      '/twilio/*',
      eu,
      [held(eu, messaging)],
      {},
      'undecided',
      { doubts: ['only a part'] },
    ],
    [
      'a part that is denied is undecided',
      '/twilio/*',
      eu,
      [held(eu, { allow: ['/twilio/*'], deny: ['/twilio/iam/*'] })],
      {},
      'undecided',
      { doubts: ['only a part'] },
    ],
    [
      'a role on a resource does not answer for the scope',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: ['/twilio/billing/*'] }, invoice)],
      {},
      'no',
      { effect: 'near miss', miss: 'resource only' },
    ],
    [
      'a role on a resource answers for it',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: ['/twilio/billing/*'] }, invoice)],
      { resource: { type: 'billing_group', id: 'bg_1' } },
      'yes',
      { how: 'resource only' },
    ],
    [
      'a role on another resource does not',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: ['/twilio/billing/*'] }, invoice)],
      { resource: { type: 'billing_group', id: 'bg_2' } },
      'no',
      { miss: 'another resource' },
    ],
    [
      'a role of the scope answers for its resources',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: ['/twilio/billing/*'] })],
      { resource: { type: 'billing_group', id: 'bg_2' } },
      'yes',
      { how: 'here' },
    ],
  ])('%s', (_, can, scope, roles, more, answer, finding) => {
    const decision = ask(can, scope, roles, more);
    expect(decision.answer).toBe(answer);
    if (Object.keys(finding).length > 0) expect(decision.findings[0]).toMatchObject(finding);
    if (roles.length === 0) expect(decision.findings).toEqual([]);
  });

  it('names the assignment whose deny leaves another open', () => {
    const denier = held(eu, { allow: [], deny: ['/twilio/messaging/*'] });
    const { findings } = ask('/twilio/messaging/send', eu, [held(eu, messaging), denier]);
    expect(findings[0]?.deniedBy).toEqual([denier.assignment]);
    expect(findings[1]).toMatchObject({ effect: 'denies', deny: '/twilio/messaging/*' });
  });

  it('takes two assignments of the same role for one policy', () => {
    const one = held(eu, { allow: ['/twilio/messaging/*'], deny: ['/twilio/messaging/delete'] });
    const two = { ...one, assignment: { ...one.assignment, sid: 'IY0', scope: org } };
    expect(ask('/twilio/messaging/send', eu, [one, two], { assumeInheritance: true }).answer).toBe('yes');
  });

  it('agrees with an evaluation of each single permission', () => {
    // No pattern holds a z, so that patterns cover a wildcard together only where one of them does.
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 2 });
    const pattern = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(word, fc.constantFrom('', '*')).map(([text, star]) => `/${text}${star}`),
      },
      { weight: 1, arbitrary: fc.constantFrom('a', '/a*b', '*', '/{a,b}') },
    );
    const policy = fc.record({
      allow: fc.array(pattern, { maxLength: 2 }),
      deny: fc.option(fc.array(pattern, { maxLength: 1 })),
      format: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
    });
    const role = fc.tuple(
      fc.constantFrom(org, eu, us),
      fc.oneof({ weight: 9, arbitrary: policy }, { weight: 1, arbitrary: fc.constant(undefined) }),
      fc.constantFrom({}, invoice),
    );
    const wanted = fc.tuple(word, fc.constantFrom('', '*')).map(([text, star]) => `/${text}${star}`);
    const resource = fc.option(
      fc.constantFrom({ type: 'billing_group', id: 'bg_1' }, { type: 'billing_group', id: 'bg_2' }),
      { nil: undefined },
    );
    const assumption = fc.constantFrom(undefined, true, false);
    fc.assert(
      fc.property(
        wanted,
        fc.constantFrom(org, eu),
        fc.array(role, { maxLength: 4 }),
        resource,
        assumption,
        (can, scope, roles, resource, assumeInheritance) => {
          const all = roles.map(([place, policy, limit]) => held(place, policy, limit));
          const expected = evaluate(can, scope, all, resource, assumeInheritance);
          expect(ask(can, scope, all, { resource, assumeInheritance }).answer).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** All texts of up to four letters that begin with a slash. */
const universe = ['a', 'b', 'z', '/'].reduce<string[]>((_, __, ___, letters) => {
  const grow = (texts: string[]): string[] => texts.flatMap((text) => letters.map((letter) => text + letter));
  const [one, two, three] = [grow(['/']), grow(grow(['/'])), grow(grow(grow(['/'])))];
  return ['/', ...one, ...two, ...three];
}, []);

/** Evaluates each permission by itself, and each role with regular expressions. */
function evaluate(
  can: string,
  scope: string,
  roles: readonly HeldRole[],
  resource: { type: string; id: string } | undefined,
  assumed: boolean | undefined,
): 'yes' | 'no' | 'undecided' {
  const isWanted = matcher(can);
  const present = roles.filter(({ assignment }) => {
    if (assignment.resource_id && assignment.resource_id !== resource?.id) return false;
    return assignment.scope === scope || (assignment.scope === org && assumed !== false);
  });
  const answers = universe.filter((path) => isWanted?.(path)).map((path) => evaluateOne(path));
  if (answers.every((answer) => answer === 'yes')) return 'yes';
  return answers.every((answer) => answer === 'no') ? 'no' : 'undecided';

  function evaluateOne(path: string): 'yes' | 'no' | 'undecided' {
    const verdicts = present.map((held) => {
      const isSure = held.assignment.scope === scope || assumed === true;
      return { ...verdictOf(held.role, path), isSure };
    });
    const allowing = verdicts.filter(({ result }) => result === 'yes');
    const open = verdicts.filter(({ result }) => result === 'open');
    const clearOf = (one: (typeof verdicts)[number]) =>
      verdicts.every((other) => other === one || !other.mayDeny);
    if (allowing.some((one) => one.isSure && clearOf(one))) return 'yes';
    return allowing.length + open.length > 0 ? 'undecided' : 'no';
  }
}

function verdictOf(
  role: Role | undefined,
  path: string,
): { result: 'yes' | 'no' | 'open'; mayDeny: boolean } {
  const policy = role?.policy;
  if (policy?.format !== 1) return { result: 'open', mayDeny: true };
  const test = (patterns: readonly string[]) => {
    const results = patterns.map((pattern) => matcher(pattern)?.(path));
    if (results.includes(true)) return 'yes';
    return results.includes(undefined) ? 'open' : 'no';
  };
  const denied = test(policy.deny ?? []);
  const allowed = test(policy.allow ?? []);
  const mayDeny = denied !== 'no';
  if (denied === 'yes' || allowed === 'no') return { result: 'no', mayDeny };
  return { result: denied === 'no' && allowed === 'yes' ? 'yes' : 'open', mayDeny };
}

/** Undefined for a pattern of an unknown form. */
function matcher(pattern: string): ((path: string) => boolean) | undefined {
  if (!/^\/[ab/]*\*?$/.test(pattern)) return undefined;
  const expression = new RegExp(`^${pattern.replace('*', '.*')}$`);
  return (path) => expression.test(path);
}
