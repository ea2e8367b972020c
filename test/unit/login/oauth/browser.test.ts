import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { commandsIn, findBrowser } from '../../../../src/login/oauth/browser.ts';
import { home } from '../../../support/cli.ts';
import { loggingBrowser } from '../../../support/open-log.ts';
import { testWith } from '../../../support/requires.ts';

const page = 'https://console.example/a?b=c&d=1:2';
const PATH = process.env.PATH;
const never = new Promise(() => undefined);

/** A browser in a path with a space that ends with this code. */
function program(code: number): string {
  const folder = join(home, 'my browsers');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `ends with ${code}`);
  writeFileSync(file, `#!/bin/sh\nexit ${code}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('BROWSER', () => {
  it.each<[string, string[][]]>([
    ['firefox', [['firefox'], ['firefox']]],
    ['firefox --new-window', [['firefox --new-window'], ['firefox', '--new-window']]],
    ['firefox:chromium -n', [['firefox:chromium -n'], ['firefox'], ['chromium', '-n']]],
    ['"/opt/my browser/b" \'%s\' x', [['"/opt/my browser/b" \'%s\' x'], ['/opt/my browser/b', '%s', 'x']]],
    ['"/a:b/c" --go=http://x/%s', [['"/a:b/c" --go=http://x/%s'], ['/a:b/c', '--go=http://x/%s']]],
    [':', [[':']]],
  ])('%s is a command or a list of them', (text, commands) => {
    expect(commandsIn(text, 'linux')).toEqual(commands);
  });

  it('is separated by semicolons on Windows, where colons belong to drives', () => {
    expect(commandsIn('C:\\b.exe;chrome', 'win32').slice(1)).toEqual([['C:\\b.exe'], ['chrome']]);
  });

  testWith('file modes', 'may be a path with spaces, quoted or not, and with arguments', async () => {
    const file = program(0);
    for (const BROWSER of [file, `"${file}"`, `${file} --new`, `'${file}' %s`, `no-such-browser:${file}`]) {
      const browser = await findBrowser({ BROWSER, PATH }, 'linux');
      expect([BROWSER, browser.found && (await browser.open(page, never))]).toEqual([BROWSER, 'opened']);
    }
  });

  it('is given the address in the place of %s, or last', async () => {
    for (const place of ['', ' %s']) {
      const { BROWSER, opened } = loggingBrowser();
      const browser = await findBrowser({ BROWSER: `${BROWSER}${place}`, PATH }, process.platform);
      expect(browser.found && (await browser.open(page, never))).toBe('opened');
      await vi.waitFor(() => expect(opened()).toEqual([page]), 120_000);
    }
  });

  testWith('file modes', 'counts as not opened when it fails', async () => {
    const browser = await findBrowser({ BROWSER: program(1), PATH }, 'linux');
    await expect(browser.found && browser.open(page, never)).rejects.toThrow('It ended with 1');
  });

  it('counts as started when it keeps running', async () => {
    const BROWSER = `"${process.execPath}" -e "setTimeout(()=>{},3e4)"`;
    const browser = await findBrowser({ BROWSER, PATH }, process.platform);
    expect(browser.found && (await browser.open(page, Promise.resolve()))).toBe('started');
  });
});

describe('the presence of a browser', () => {
  it.each<[string, Record<string, string>, NodeJS.Platform, boolean, RegExp]>([
    ['on a desktop', { DISPLAY: ':0' }, 'linux', true, /own/],
    ['with Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true, /own/],
    ['in WSL', { WSL_DISTRO_NAME: 'Debian' }, 'linux', true, /own/],
    ['on a Mac', {}, 'darwin', true, /own/],
    ['on Windows', {}, 'win32', true, /own/],
    ['in a container', {}, 'linux', false, /DISPLAY/],
    ['over SSH', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, 'linux', false, /over SSH/],
    ['over SSH on a Mac', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, 'darwin', false, /over SSH/],
    [
      'over ssh -X',
      { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22', DISPLAY: 'localhost:10' },
      'linux',
      true,
      /own/,
    ],
    ['with a BROWSER that is not there', { BROWSER: 'no-such-browser' }, 'linux', false, /no such program/],
    ['with one over SSH', { BROWSER: process.execPath, SSH_CONNECTION: 'x' }, 'linux', true, /BROWSER is/],
    ['with a blank BROWSER', { BROWSER: ' ' }, 'linux', false, /DISPLAY/],
  ])('is known %s', async (_where, env, platform, found, said) => {
    const browser = await findBrowser({ PATH, ...env }, platform);
    expect(browser.found).toBe(found);
    expect(browser.found ? browser.name : browser.why).toMatch(said);
  });
});
