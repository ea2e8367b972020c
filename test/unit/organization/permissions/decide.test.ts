import { describe, expect, it } from 'vitest';
import {
  decide,
  decideAnywhere,
  type HeldRole,
  type Question,
} from '../../../../src/organization/permissions/decide.ts';
import { parsePattern } from '../../../../src/organization/permissions/pattern.ts';
import {
  eu,
  expectAgreement,
  expectAgreementAnywhere,
  expectNearMisses,
  holding as held,
  invoice,
  org,
  us,
} from '../../../support/access-evaluator.ts';

function ask(can: string, scope: string, roles: readonly HeldRole[], more: Partial<Question> = {}) {
  const wanted = parsePattern(can);
  if (wanted === undefined) throw new Error(`${can} is no pattern`);
  return decide({ wanted, scope, ...more }, roles);
}

const messaging = { allow: ['/twilio/messaging/*'] };

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
      'a role on a resource that may allow it is a near miss',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: [], format: 2 }, invoice)],
      {},
      'no',
      { effect: 'near miss', miss: 'resource only', doubts: ['unknown policy format'] },
    ],
    [
      'a role that is not listed is a near miss in another scope',
      '/twilio/billing/pay',
      eu,
      [held(us, undefined)],
      {},
      'no',
      { effect: 'near miss', miss: 'another scope', doubts: ['role not listed'] },
    ],
    [
      'a deny on a resource does not answer for the scope, and is shown',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: [], deny: ['/twilio/*'] }, invoice), held(org, { allow: ['/twilio/billing/*'] })],
      {},
      'yes',
      { effect: 'grants' },
    ],
    [
      'a deny on a resource leaves it open for that resource',
      '/twilio/billing/pay',
      org,
      [held(org, { allow: ['/twilio/billing/*'] }), held(org, { allow: [], deny: ['/twilio/*'] }, invoice)],
      { resource: { type: 'billing_group', id: 'bg_1' } },
      'undecided',
      { effect: 'undecided', doubts: ['denied by another role'] },
    ],
    [
      'a role that denies all that it allows of a pattern says so',
      '/twilio/billing/*',
      org,
      [held(org, { allow: ['/twilio/billing/pay'], deny: ['/twilio/billing/pay'] })],
      {},
      'no',
      { effect: 'denies', miss: 'denied', deny: '/twilio/billing/pay' },
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

  it('answers for any scope from the scopes in which the person has a role', () => {
    const wanted = parsePattern('/twilio/messaging/send');
    if (wanted === undefined) throw new Error('no pattern');
    const answer = (...all: HeldRole[]) => decideAnywhere({ wanted }, all).answer;
    expect(answer(held(us, { allow: [] }), held(eu, messaging))).toBe('yes');
    expect(answer(held(us, { allow: [] }), held(org, { ...messaging, format: 2 }))).toBe('undecided');
    expect(answer(held(us, { allow: [] }))).toBe('no');
  });

  it('answers for any scope from the resources of roles, too', () => {
    const wanted = parsePattern('/twilio/messaging/send');
    if (wanted === undefined) throw new Error('no pattern');
    const answer = (...all: HeldRole[]) => decideAnywhere({ wanted }, all);
    const { answer: found, findings } = answer(held(us, { allow: [] }), held(eu, messaging, invoice));
    expect([found, findings]).toMatchObject(['yes', [{ effect: 'grants', how: 'resource only' }]]);
    expect(answer(held(eu, { ...messaging, format: 2 }, invoice)).answer).toBe('undecided');
  });

  it('agrees in any scope with an evaluation of each place', () => {
    expectAgreementAnywhere((can, all, assumeInheritance) => {
      const wanted = parsePattern(can);
      if (wanted === undefined) throw new Error('no pattern');
      return decideAnywhere({ wanted, assumeInheritance }, all).answer;
    });
  });

  it('has a near miss for each role that may allow it elsewhere', () => {
    expectNearMisses((can, scope, all, resource, assumeInheritance) => [
      ...ask(can, scope, all, { resource, assumeInheritance }).findings,
    ]);
  });

  it('agrees with an evaluation of each single permission', () => {
    expectAgreement(
      (can, scope, all, resource, assumeInheritance) =>
        ask(can, scope, all, { resource, assumeInheritance }).answer,
    );
  });
});
