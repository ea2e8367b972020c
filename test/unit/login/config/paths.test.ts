import { expect, it } from 'vitest';
import { configDir } from '../../../../src/login/config/paths.ts';

it('Linux and similar systems use XDG_CONFIG_HOME, or else ~/.config', () => {
  expect(configDir({ XDG_CONFIG_HOME: '/x' }, 'linux', '/home/ann')).toBe('/x/twilio-org');
  expect(configDir({}, 'linux', '/home/ann')).toBe('/home/ann/.config/twilio-org');
  expect(configDir({}, 'freebsd', '/home/ann')).toBe('/home/ann/.config/twilio-org');
});

it('a relative or empty XDG_CONFIG_HOME is ignored', () => {
  for (const folder of ['x', './x', '']) {
    expect(configDir({ XDG_CONFIG_HOME: folder }, 'linux', '/home/ann')).toBe('/home/ann/.config/twilio-org');
  }
});

it('macOS uses Application Support, whatever XDG says', () => {
  expect(configDir({ XDG_CONFIG_HOME: '/x' }, 'darwin', '/Users/ann')).toBe(
    '/Users/ann/Library/Application Support/twilio-org',
  );
});

it('Windows uses APPDATA, and its usual place when that is not set', () => {
  const roaming = 'C:\\Users\\ann\\AppData\\Roaming\\twilio-org';
  expect(configDir({ APPDATA: 'D:\\Data' }, 'win32', 'C:\\Users\\ann')).toBe('D:\\Data\\twilio-org');
  expect(configDir({}, 'win32', 'C:\\Users\\ann')).toBe(roaming);
  expect(configDir({ APPDATA: '' }, 'win32', 'C:\\Users\\ann')).toBe(roaming);
});

it('TWILIO_ORG_CONFIG_DIR is the directory itself on every system', () => {
  expect(configDir({ TWILIO_ORG_CONFIG_DIR: '/c', XDG_CONFIG_HOME: '/x' }, 'linux', '/home/ann')).toBe('/c');
  expect(configDir({ TWILIO_ORG_CONFIG_DIR: '/c' }, 'darwin', '/Users/ann')).toBe('/c');
  expect(configDir({ TWILIO_ORG_CONFIG_DIR: 'C:\\c' }, 'win32', 'C:\\Users\\ann')).toBe('C:\\c');
  expect(configDir({ TWILIO_ORG_CONFIG_DIR: '' }, 'linux', '/home/ann')).toBe('/home/ann/.config/twilio-org');
});
