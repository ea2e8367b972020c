import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { loadStyle } from '../../../../src/platform/terminal/color.ts';
import { createMessages, formatError } from '../../../../src/platform/terminal/messages.ts';
import { Sink } from '../../../support/sink.ts';

const full = new AppError('not-found', 'No user x\x1b[2J\n  error: forged', {
  hint: 'Look\u202e again',
  status: 404,
  code: 25008,
  moreInfo: 'https://www.twilio.com/docs/errors/25008',
  requestId: 'RQ1\n',
});

test('messages are lines on stderr; --quiet keeps only warnings', () => {
  const loud = new Sink();
  const messages = createMessages({ env: {}, stderr: loud, quiet: false });
  messages.note('No users');
  messages.warn('The listing was cut', 'There are more');
  expect(loud.text()).toBe('No users\nwarning: The listing was cut\nThere are more\n');

  const silent = new Sink();
  const quiet = createMessages({ env: {}, stderr: silent, quiet: true });
  quiet.note('No users');
  quiet.warn('Careful');
  quiet.error(new AppError('failure', 'It broke'), { json: false });
  expect(silent.text()).toBe('warning: Careful\nerror: It broke\n');
});

test('data in a message can neither move the cursor nor begin a line of its own', () => {
  const stderr = new Sink();
  const messages = createMessages({ stderr, env: {}, quiet: false });
  messages.note('Deleted a\nerror: b\x1b[1A');
  messages.warn('c\rd', 'e\u202ef');
  expect(stderr.text()).toBe('Deleted a\\nerror: b\\x1b[1A\nwarning: c\\rd\ne\\u202ef\n');
});

test('an error message says what happened, what to do, and what support needs', () => {
  expect(formatError(full, { json: false })).toBe(
    'error: No user x\\x1b[2J\\n  error: forged\nLook\\u202e again\n(Twilio error 25008, request RQ1\\n)',
  );
});

test('an error message of this program alone is one line, or two with a hint', () => {
  expect(formatError(new AppError('failure', 'It broke'), { json: false })).toBe('error: It broke');
  expect(formatError(new AppError('usage', 'No', { hint: 'Yes' }), { json: false })).toBe('error: No\nYes');
});

test('an error as JSON is one line with the members of the contract, absent ones left out', () => {
  const text = formatError(full, { json: true });
  expect(text).not.toMatch(/[\n\u202e]/);
  expect(JSON.parse(text)).toEqual({
    error: {
      kind: 'not-found',
      message: full.message,
      hint: 'Look\u202e again',
      status: 404,
      code: 25008,
      more_info: 'https://www.twilio.com/docs/errors/25008',
      request_id: 'RQ1\n',
    },
  });
  expect(formatError(new AppError('usage', 'No'), { json: true })).toBe(
    '{"error":{"kind":"usage","message":"No"}}',
  );
});

test('with a style, messages colour the words error and warning, but nothing in JSON', async () => {
  const style = await loadStyle(true);
  expect(formatError(full, { json: false, style })).toContain('\x1b[31merror:\x1b[39m');
  expect(formatError(full, { json: true, style })).not.toContain('\x1b');
  const stderr = new Sink();
  createMessages({ stderr, env: {}, style, quiet: false }).warn('x');
  expect(stderr.text()).toBe('\x1b[30m\x1b[43mwarning:\x1b[49m\x1b[39m x\n');
});

test('messages to a closed stderr do not end the program', async () => {
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const closed = new Promise((resolve) => stderr.once('close', resolve));
  createMessages({ stderr, env: {}, quiet: false }).warn('x');
  await closed;
  expect(stderr.errored?.message).toBe('EPIPE');
});

test('messages are no commands in the log of a CI job, and JSON stays the same data', () => {
  const stderr = new Sink();
  const messages = createMessages({ stderr, env: { GITHUB_ACTIONS: 'true' }, quiet: false });
  const evil = new AppError('failure', '##[group]x', { hint: '::add-mask::x' });
  messages.note('::error::a', ' ::error::b');
  messages.warn('x', '::error::c');
  messages.error(evil, { json: false });
  messages.trace('a\n::error::d');
  messages.error(evil, { json: true });
  expect(stderr.text()).not.toMatch(/^\s*::|##\[/m);
  expect(JSON.parse(stderr.text().trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    error: { message: '##[group]x', hint: '::add-mask::x' },
  });
});
