import { expect, test } from 'vitest';
import { loadStyle, plainStyle, shouldUseColor } from '../../../../src/platform/terminal/color.ts';

const terminal = { isTTY: true };
const pipe = {};

test.each([
  ['a terminal', {}, terminal, false, true],
  ['a pipe', {}, pipe, false, false],
  ['--no-color', {}, terminal, true, false],
  ['--no-color against FORCE_COLOR', { FORCE_COLOR: '1' }, terminal, true, false],
  ['NO_COLOR', { NO_COLOR: '1' }, terminal, false, false],
  ['NO_COLOR, whatever its value', { NO_COLOR: '0' }, terminal, false, false],
  ['an empty NO_COLOR', { NO_COLOR: '' }, terminal, false, true],
  ['NO_COLOR against FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, terminal, false, false],
  ['FORCE_COLOR on a pipe', { FORCE_COLOR: '1' }, pipe, false, true],
  [
    'FORCE_COLOR=3 in CI on a dumb terminal',
    { FORCE_COLOR: '3', CI: 'true', TERM: 'dumb' },
    pipe,
    false,
    true,
  ],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, terminal, false, false],
  ['FORCE_COLOR=false', { FORCE_COLOR: 'false' }, terminal, false, false],
  ['an empty FORCE_COLOR on a pipe', { FORCE_COLOR: '' }, pipe, false, false],
  ['TERM=dumb', { TERM: 'dumb' }, terminal, false, false],
  ['CI', { CI: 'true' }, terminal, false, false],
  ['CI=1', { CI: '1' }, terminal, false, false],
  ['CI=0', { CI: '0' }, terminal, false, true],
  ['CLICOLOR=0', { CLICOLOR: '0' }, terminal, false, false],
  ['CLICOLOR=1 on a pipe', { CLICOLOR: '1' }, pipe, false, false],
  ['CLICOLOR_FORCE on a pipe', { CLICOLOR_FORCE: '1' }, pipe, false, true],
  ['CLICOLOR_FORCE=0 on a pipe', { CLICOLOR_FORCE: '0' }, pipe, false, false],
  ['CLICOLOR_FORCE against CLICOLOR=0', { CLICOLOR_FORCE: '1', CLICOLOR: '0' }, pipe, false, true],
  ['NO_COLOR against CLICOLOR_FORCE', { NO_COLOR: '1', CLICOLOR_FORCE: '1' }, terminal, false, false],
  ['FORCE_COLOR=no', { FORCE_COLOR: 'no' }, terminal, false, false],
  ['CI=false', { CI: 'false' }, terminal, false, true],
] as const)('%s: colour is decided as documented', (_, env, stream, flag, expected) => {
  expect(shouldUseColor(env, stream, flag)).toBe(expected);
});

test('a style without colour changes nothing', async () => {
  expect(await loadStyle(false)).toBe(plainStyle);
  expect(plainStyle.red(plainStyle.bold('x'))).toBe('x');
});

test('a style with colour colours, whatever the environment of the tests', async () => {
  const style = await loadStyle(true);
  expect(style.red('x')).toBe('\x1b[31mx\x1b[39m');
  expect(style.bold('x')).toBe('\x1b[1mx\x1b[22m');
});
