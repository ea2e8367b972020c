import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { noProxyFromEnv, proxyFor, proxyFromEnv } from '../../../../src/platform/http/proxy-settings.ts';

const twilio = new URL('https://iam.twilio.com');
const proxy = 'http://proxy.example.com:3128';

describe('the proxy of the environment', () => {
  test('is none when no variable says so, or those that do are empty', () => {
    expect(proxyFor(twilio, {})).toBeUndefined();
    expect(proxyFor(twilio, { HTTPS_PROXY: '', http_proxy: '', NO_PROXY: '*' })).toBeUndefined();
  });

  test('is that of the first variable that is set', () => {
    const env = {
      HTTP_PROXY: 'http://d',
      http_proxy: 'http://c',
      HTTPS_PROXY: 'http://b',
      https_proxy: 'http://a',
    };
    const order = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
    for (const [index, variable] of order.entries()) {
      const rest = Object.fromEntries(Object.entries(env).filter(([name]) => order.indexOf(name) >= index));
      expect(proxyFor(twilio, rest)?.variable).toBe(variable);
    }
  });

  test('has its user and password decoded, for the header alone', () => {
    const found = proxyFromEnv({ HTTPS_PROXY: 'https://ada:p%C3%A4%3A%40@proxy.example.com/' });
    expect(found).toMatchObject({
      origin: 'https://proxy.example.com',
      shown: 'https://[hidden]@proxy.example.com',
    });
    const header = found?.authorization?.reveal().replace('Basic ', '') ?? '';
    expect(Buffer.from(header, 'base64').toString()).toBe('ada:pä:@');
    expect(inspect(found, { depth: 9 })).not.toMatch(/ada|p%C3|pä/);
  });

  test.each(['http://ada@proxy.example.com', 'http://:pass@proxy.example.com'])(
    'may have one of the two alone: %s',
    (HTTPS_PROXY) => {
      expect(proxyFromEnv({ HTTPS_PROXY })).toMatchObject({ shown: 'http://[hidden]@proxy.example.com' });
      expect(proxyFromEnv({ HTTPS_PROXY })?.authorization).toBeDefined();
    },
  );
});

describe('an address without a scheme', () => {
  test.each([
    ['proxy.example.com:3128', 'http://proxy.example.com:3128', false],
    ['localhost:3128', 'http://localhost:3128', false],
    ['10.0.0.1:80/', 'http://10.0.0.1', false],
    ['[fd00::1]:3128', 'http://[fd00::1]:3128', false],
    [' proxy.example.com:3128\n', 'http://proxy.example.com:3128', false],
    ['ada:p%40ss@proxy:3128', 'http://proxy:3128', true],
  ])('is that of an http proxy, as for curl and git: %j', (HTTPS_PROXY, origin, login) => {
    const found = proxyFromEnv({ HTTPS_PROXY });
    expect(found?.origin).toBe(origin);
    expect(found?.authorization !== undefined).toBe(login);
    expect(proxyFromEnv({ http_proxy: HTTPS_PROXY })?.origin).toBe(origin);
  });

  test.each([
    'proxy.example.com',
    '3128',
    ':3128',
    'proxy:',
    'proxy:99999',
    'proxy:3128/path@x',
    'a b:1',
    'ftp://proxy:3128',
    '//proxy:3128',
    'http://',
    'true',
  ])('needs a port, and is no nonsense: "%s"', (HTTPS_PROXY) => {
    expect(() => proxyFromEnv({ HTTPS_PROXY })).toThrow(
      'HTTPS_PROXY is not the http or https URL of a proxy',
    );
  });

  test('a variable of blanks alone is not set', () => {
    expect(proxyFromEnv({ HTTPS_PROXY: ' ', HTTP_PROXY: 'proxy:1' })?.variable).toBe('HTTP_PROXY');
  });
});

describe('this machine is never behind the proxy', () => {
  test.each(['http://localhost:1', 'http://127.0.0.1:1', 'https://127.9.9.9', 'http://[::1]:1'])(
    '%s',
    (url) => {
      expect(proxyFor(new URL(url), { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: '' })).toBeUndefined();
    },
  );
});

describe('NO_PROXY', () => {
  test.each([
    'iam.twilio.com',
    'IAM.Twilio.com',
    'twilio.com',
    '.twilio.com',
    '*.twilio.com',
    'a.example,twilio.com',
    'a.example  twilio.com',
    'iam.twilio.com:443',
    '*',
  ])('%s exempts iam.twilio.com', (NO_PROXY) => {
    expect(proxyFor(twilio, { HTTPS_PROXY: proxy, NO_PROXY })).toBeUndefined();
    expect(proxyFor(twilio, { HTTPS_PROXY: proxy, no_proxy: NO_PROXY })).toBeUndefined();
  });

  test.each([
    '',
    ',',
    'oauth.twilio.com',
    'lio.com',
    'iam.twilio.com:8443',
    'iam.twilio.com.example',
    'wilio',
  ])('"%s" does not', (NO_PROXY) => {
    expect(proxyFor(twilio, { HTTPS_PROXY: proxy, NO_PROXY })).toMatchObject({ origin: proxy });
  });

  test('in lower case wins', () => {
    expect(proxyFor(twilio, { HTTPS_PROXY: proxy, no_proxy: 'a.example', NO_PROXY: '*' })).toBeDefined();
    expect(noProxyFromEnv({ no_proxy: 'a.example', NO_PROXY: '*' })).toBe('no_proxy=a.example');
  });
});
