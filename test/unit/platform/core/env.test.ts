import { expect, test } from 'vitest';
import { isOn, whySilent } from '../../../../src/platform/core/env.ts';

test.each(['1', 'true', 'yes', 'TRUE', 'on', 'woodpecker'])(
  'an environment switch with the value %j is on',
  (value) => {
    expect(isOn(value)).toBe(true);
  },
);

test.each([undefined, '', '0', 'false', 'False', 'no', 'NO', 'off', 'n', ' 0 '])(
  'an environment switch with the value %j is off',
  (value) => {
    expect(isOn(value)).toBe(false);
  },
);

test.each([
  ['--no-input', {}, true, '--no-input forbids asking'],
  ['TWILIO_ORG_NO_INPUT=1', { TWILIO_ORG_NO_INPUT: '1' }, false, 'TWILIO_ORG_NO_INPUT forbids asking'],
  ['CI=true', { CI: 'true' }, false, 'CI is set, so no questions are asked (CI=false allows them)'],
  ['TWILIO_ORG_NO_INPUT=0', { TWILIO_ORG_NO_INPUT: '0' }, false, undefined],
  ['TWILIO_ORG_NO_INPUT=false and CI=no', { TWILIO_ORG_NO_INPUT: 'false', CI: 'no' }, false, undefined],
  ['nothing', {}, undefined, undefined],
] as const)('%s decides whether the program asks questions', (_, env, flag, why) => {
  expect(whySilent(env, flag)).toBe(why);
});
