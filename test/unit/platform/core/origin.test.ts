import { expect, it } from 'vitest';
import { parseOrigin } from '../../../../src/platform/core/origin.ts';

it.each([
  'https://iam.twilio.com',
  'https://iam.twilio.com/',
  'https://proxy.example:8443',
  'http://localhost:8080',
  'http://127.0.0.1:1',
  'http://127.1.2.3',
  'http://[::1]:8080',
])('the origin %s may get credentials', (text) => {
  expect(parseOrigin(text)?.origin).toBe(new URL(text).origin);
});

it.each([
  '',
  'iam.twilio.com',
  'http://iam.twilio.com',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'http://10.0.0.1',
  'ftp://localhost',
  'file:///etc/passwd',
  'https://ann:secret@iam.twilio.com',
  'https://iam.twilio.com/v2',
  'https://iam.twilio.com/?x',
  'https://iam.twilio.com/#x',
])('the origin %s may not get credentials', (text) => {
  expect(parseOrigin(text)).toBeUndefined();
});
