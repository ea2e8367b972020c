import { describe, expect, it } from 'vitest';
import { isLimited } from '../../../../src/organization/permissions/decide.ts';
import { holdingsOf, type Search } from '../../../../src/organization/permissions/holders.ts';
import { parsePattern } from '../../../../src/organization/permissions/pattern.ts';
import { eu, expectAgreement, holding, invoice, org, us } from '../../../support/access-evaluator.ts';

const messaging = { allow: ['/twilio/messaging/*'] };
const wanted = parsePattern('/twilio/messaging/send');

function shown(held: Parameters<typeof holdingsOf>[0], search: Search): string[] {
  return holdingsOf(held, search).map(({ assignment, how, answer }) => `${assignment.sid} ${how} ${answer}`);
}

describe('holdingsOf', () => {
  it('lists each assignment of a role in its own place', () => {
    const [one, two] = [holding(org, messaging, invoice), holding(eu, messaging)];
    const sid = (held: typeof one) => held.assignment.sid;
    expect(shown([one, two], {})).toEqual([`${sid(one)} resource only yes`, `${sid(two)} here yes`]);
    const onlyTwo = { roles: new Set([two.assignment.role_sid]) };
    expect(shown([one, two], onlyTwo)).toEqual([`${sid(two)} here yes`]);
  });

  it('marks roles of the organization as undecided in an account', () => {
    const [one, two] = [holding(org, messaging), holding(us, messaging)];
    expect(shown([one, two], { scope: eu })).toEqual([`${one.assignment.sid} organization-wide undecided`]);
    expect(shown([one, two], { scope: eu, assumeInheritance: false })).toEqual([]);
  });

  it('lists each permission in the places in which it is given', () => {
    const [one, two, three] = [holding(org, messaging), holding(us, messaging), holding(eu, { allow: [] })];
    expect(shown([one, two, three], { wanted })).toEqual([
      `${one.assignment.sid} here yes`,
      `${two.assignment.sid} here yes`,
    ]);
  });

  it('agrees with an evaluation of each single permission', () => {
    expectAgreement((can, scope, held, resource, assumeInheritance) => {
      const search = { wanted: parsePattern(can), scope, resource, assumeInheritance };
      const found = holdingsOf(held, search).filter(
        ({ assignment }) => resource !== undefined || !isLimited(assignment),
      );
      const answers = found.map(({ answer }) => answer);
      return answers.includes('yes') ? 'yes' : (answers[0] ?? 'no');
    });
  });
});
