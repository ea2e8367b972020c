import type { BrowserContext } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { legibleGround, openBrowser } from '../support/chromium.ts';
import { browserLogin, pageOf } from '../support/login.ts';
import { describeWith } from '../support/requires.ts';

describeWith('browser', 'a login in a real browser', () => {
  let browser: BrowserContext;

  beforeAll(async () => {
    const opened = await openBrowser();
    browser = opened.browser;
    return opened.close;
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
    await expect
      .poll(() => page.evaluate('getComputedStyle(document.activeElement).outlineStyle'))
      .toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: title }).waitFor();
    expect((await running).exitCode).toBe(exitCode);
  });

  it('has enough contrast in light and dark, on the first page and the last', async () => {
    const { login } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    const looks = async () => {
      const grounds = new Set<string>();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        grounds.add(await legibleGround(page));
      }
      expect(grounds.size).toBe(2);
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
    await expect.poll(overflow).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    await expect.poll(overflow).toBeLessThanOrEqual(0);
    expect((await running).exitCode).toBe(0);
  });
});
