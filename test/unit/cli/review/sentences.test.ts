import { expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import type { PlanLabels } from '../../../../src/changes/plan/people.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { isChangedBy, isForPerson, sentencesOf } from '../../../../src/cli/review/sentences.ts';
import { changes, userNumber } from '../../../support/plans.ts';

const labels: PlanLabels = {
  label: (text) => (text.startsWith('OR') ? 'org' : text.startsWith('IX') ? 'Messaging Admin' : text),
  person: () => ({ who: 'ethan@example.com', name: 'Ethan Okafor' }),
};
const user = userNumber(1, { name: { familyName: 'Lin' }, externalId: 'E-1' });

test.each<[Change, string[]]>([
  [changes.createUser(1), ['Created p1@example.com: without a name, active, Twilio sends a welcome e-mail']],
  [
    { do: 'update-user', user, fields: { familyName: 'Lin-Chen', externalId: null } },
    ['Family name of p1@example.com: Lin → Lin-Chen', 'External id of p1@example.com: E-1 → empty'],
  ],
  [changes.deactivate(1), ['p1@example.com can no longer sign in']],
  [changes.activate(1), ['p1@example.com can sign in again']],
  [{ do: 'delete-user', user }, ['p1@example.com can no longer sign in']],
  [changes.giveRole(1), ['Ethan Okafor now has Messaging Admin in org']],
  [changes.removeRole(1), ['Ethan Okafor no longer has Messaging Admin in org']],
  [{ do: 'send-request', method: 'POST', path: '/x' }, ['Sent POST /x']],
])('a change ends in a sentence: %j', (change, expected) => {
  expect(sentencesOf({ row: {}, steps: [change] }, labels)).toEqual(expected);
});

test('what a server says cannot write to the terminal', () => {
  const change: Change = { do: 'delete-user', user: userNumber(1, { userName: 'a\u001b[2J@x' }) };
  expect(sentencesOf({ row: {}, steps: [change] }, labels).join('')).not.toContain('\u001b');
});

test.each([
  [{ isTTY: true }, {}, {}, true],
  [{}, {}, {}, false],
  [{ isTTY: true }, { output: 'table' }, {}, false],
  [{ isTTY: true }, { fields: ['id'] }, {}, false],
  [{ isTTY: true }, {}, { TWILIO_ORG_OUTPUT: 'table' }, false],
])(
  'a sentence is for a person at a terminal who asked for no format: %j %j %j',
  (stdout, flags, env, expected) => {
    const ctx = { out: { format: { name: 'table' } }, flags, runtime: { stdout, env } } as unknown as Context;
    expect(isForPerson(ctx)).toBe(expected);
  },
);

test('only what the run itself changed is told', () => {
  const told = ['deactivated', 'created', 'unchanged', 'failed', 'unknown', 'not tried'].filter((outcome) =>
    isChangedBy({ outcome }),
  );
  expect(told).toEqual(['deactivated', 'created']);
});
