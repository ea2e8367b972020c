import { describe, expect, test } from 'vitest';
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

/** Background, text and the first eight colours of terminals as they come; bold makes a colour bright on some of them. */
const terminals: Readonly<Record<string, readonly [ground: string, colours: string, bright?: string]>> = {
  'xterm, black': ['000000', '000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5', 'ff0000'],
  'xterm, white': ['ffffff', '000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5', 'ff0000'],
  'Solarized, dark': ['002b36', '073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5', 'cb4b16'],
  'Solarized, light': ['fdf6e3', '073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5', 'cb4b16'],
  'GNOME, dark': ['1e1e1e', '171421 c01c28 26a269 a2734c 12488b a347ba 2aa1b3 d0cfcc'],
  'GNOME, light': ['ffffff', '171421 c01c28 26a269 a2734c 12488b a347ba 2aa1b3 d0cfcc'],
  'macOS, light': ['ffffff', '000000 990000 00a600 999900 0000b2 b200b2 00a6b2 bfbfbf'],
  'Windows, dark': ['0c0c0c', '0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc', 'e74856'],
};

/** The contrast that a look needs, by WCAG's measure. Letters of xterm's yellow on white have 1.7, of its cyan 1.9. */
const enough = { red: 2.6, green: 2.1, warning: 3.5 };

describe.each(Object.entries(terminals))('on %s', (_, [ground, colours, bright]) => {
  test.each(Object.entries(enough))('the look %s can be read', async (look, least) => {
    const style = await loadStyle(true);
    expect(contrastOf(style[look as keyof typeof enough]('x'))).toBeGreaterThanOrEqual(least);
  });

  test('the word error can be read', async () => {
    const { bold, red } = await loadStyle(true);
    expect(contrastOf(bold(red('x')))).toBeGreaterThanOrEqual(enough.red);
  });

  function contrastOf(painted: string): number {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour sequences themselves
    const codes = [...painted.slice(0, painted.indexOf('x')).matchAll(/\x1b\[(\d+)m/g)].map(([, code]) =>
      Number(code),
    );
    const colour = (base: number) => {
      const code = codes.find((code) => code >= base && code < base + 8);
      return code === undefined ? undefined : colours.split(' ')[code - base];
    };
    const letters = (codes.includes(1) && bright) || colour(30) || expect.unreachable('no colour');
    const [light, dark] = [luminance(letters), luminance(colour(40) ?? ground)].sort((a, b) => b - a);
    return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
  }
});

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
