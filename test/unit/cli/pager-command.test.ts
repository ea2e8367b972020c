import { expect, test } from 'vitest';
import type { Flags } from '../../../src/cli/flags.ts';
import { pagerCommand, pagerVariable } from '../../../src/cli/pager-command.ts';

test.each<[string, Record<string, string>, Flags, boolean, string | undefined]>([
  ['nothing is set', {}, {}, true, undefined],
  ['PAGER is set', { PAGER: 'less -S' }, {}, true, 'less -S'],
  ['TWILIO_ORG_PAGER is set', { TWILIO_ORG_PAGER: 'most', PAGER: 'less' }, {}, true, 'most'],
  ['TWILIO_ORG_PAGER is empty', { TWILIO_ORG_PAGER: '', PAGER: 'less' }, {}, true, 'less'],
  ['PAGER is cat', { PAGER: 'cat' }, {}, true, undefined],
  ['TWILIO_ORG_PAGER is cat', { TWILIO_ORG_PAGER: 'cat', PAGER: 'less' }, {}, true, undefined],
  ['PAGER is empty', { PAGER: '' }, {}, true, undefined],
  ['--no-pager is given', { PAGER: 'less' }, { pager: false }, true, undefined],
  ['stdout is no terminal', { PAGER: 'less' }, {}, false, undefined],
  ['the terminal is dumb', { PAGER: 'less', TERM: 'dumb' }, {}, true, undefined],
  ['a CI job has a terminal', { PAGER: 'less', CI: 'true' }, {}, true, undefined],
  ['nobody may be asked', { PAGER: 'less' }, { noInput: true }, true, undefined],
])('where %s, the pager is the wanted one', (_, env, flags, isTTY, command) => {
  expect(pagerCommand({ env, stdout: { isTTY } }, flags)).toBe(command);
});

test('the variable that is set is the one to correct', () => {
  expect(pagerVariable({ TWILIO_ORG_PAGER: 'most', PAGER: 'less' })).toBe('TWILIO_ORG_PAGER');
  expect(pagerVariable({ TWILIO_ORG_PAGER: '', PAGER: 'less' })).toBe('PAGER');
});
