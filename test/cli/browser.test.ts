import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserLogin, pageOf } from '../support/login.ts';
import { describeWith, findBrowser } from '../support/requires.ts';

/** In the page: the colour behind all, and the lowest contrast of a text with what it stands on (WCAG 2.2, 1.4.3). */
const look = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  const contrasts = [...document.querySelectorAll('main *')].filter((element) => element.innerText).map((element) => {
    const [low, high] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
  return { ground: getComputedStyle(document.body).backgroundColor, worst: Math.min(...contrasts) };
})()`;

describeWith('browser', 'a login in a real browser', () => {
  const profile = mkdtempSync(join(tmpdir(), 'twilio-org-browser-'));
  let browser: BrowserContext;

  beforeAll(async () => {
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: findBrowser() ?? '',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  it('is approved by a click, and the page confirms it after the terminal has its tokens', async () => {
    const { login, here } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(await pageOf(running));
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    expect((await running).exitCode).toBe(0);
    expect((await here(['auth', 'token'])).exitCode).toBe(0);
    // The strict policy lets the page's own style through, and nothing else was tried.
    expect(complaints).toEqual([]);
  });

  it.each<[what: string, tabs: number, title: string, exitCode: number]>([
    ['approved', 1, 'You are logged in', 0],
    ['refused', 2, 'Access was refused', 4],
  ])('is %s with the keyboard alone, with a visible focus', async (_, tabs, title, exitCode) => {
    const { login } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    await page.goto(await pageOf(running));
    for (let pressed = 0; pressed < tabs; pressed += 1) await page.keyboard.press('Tab');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: title }).waitFor();
    expect((await running).exitCode).toBe(exitCode);
  });

  it('has enough contrast in light and dark, on the first page and the last', async () => {
    const { login } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    const looks = async () => {
      const seen: { ground: string; worst: number }[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        seen.push((await page.evaluate(look)) as (typeof seen)[number]);
      }
      expect(new Set(seen.map(({ ground }) => ground)).size).toBe(2);
      // The contrast that text must have: WCAG 2.2, success criterion 1.4.3.
      expect(Math.min(...seen.map(({ worst }) => worst))).toBeGreaterThanOrEqual(4.5);
    };
    await page.goto(await pageOf(running));
    await looks();
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    await looks();
    expect((await running).exitCode).toBe(0);
  });

  it('keeps waiting when another tab brings the callback of another login', async () => {
    const { login, redirectUri } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    await page.goto(await pageOf(running));
    const other = await browser.newPage();
    await other.goto(`${redirectUri}?code=x&state=of-another-login`);
    await other.getByRole('heading', { name: 'This is another login' }).waitFor();
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    expect((await running).exitCode).toBe(0);
  });

  it('ends with the first approval: reload, the back button and a second tab change nothing', async () => {
    const { login, here, sandbox } = await browserLogin();
    const running = login(['--no-browser']);
    const address = await pageOf(running);
    const first = await browser.newPage();
    const second = await browser.newPage();
    await first.goto(address);
    await second.goto(address);
    await first.getByRole('button', { name: 'Approve access' }).click();
    await first.getByRole('heading', { name: 'You are logged in' }).waitFor();
    expect((await running).exitCode).toBe(0);
    const token = (await here(['auth', 'token'])).stdout;
    // The port is closed now, so the browser shows its own error page.
    const refused = 'chrome-error://chromewebdata/';
    await expect(first.reload()).rejects.toThrow('ERR_CONNECTION_REFUSED');
    await first.waitForURL(refused);
    await second.getByRole('button', { name: 'Deny' }).click();
    await second.waitForURL(refused);
    await second.goBack();
    await second.getByRole('heading', { name: 'asks for access' }).waitFor();
    expect((await here(['auth', 'token'])).stdout).toBe(token);
    expect(sandbox.requests.filter(({ path }) => path === '/v2/token')).toHaveLength(1);
  });

  it('fits a small window, as at 200 % zoom', async () => {
    const { login } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    await page.setViewportSize({ width: 320, height: 480 });
    // Neither the page has to be moved sideways, nor does text leave its frame.
    const overflow = () =>
      page.evaluate(`Math.max(document.scrollingElement.scrollWidth - innerWidth,
        ...[...document.querySelectorAll('main')].map((main) => main.scrollWidth - main.clientWidth))`);
    await page.goto(await pageOf(running));
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect((await running).exitCode).toBe(0);
  });
});
