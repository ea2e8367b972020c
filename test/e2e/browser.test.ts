import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserLogin, pageOf } from '../support/login.ts';
import { describeWith, findBrowser } from '../support/requires.ts';

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
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  it('is approved by a click, and the page says so after the terminal has its tokens', async () => {
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
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(light).not.toBe(await background());
    expect(complaints).toEqual([]);
  });

  it('is refused with the keyboard alone', async () => {
    const { login } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    await page.goto(await pageOf(running));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Access was refused' }).waitFor();
    expect((await running).exitCode).toBe(4);
  });

  it('waits on while another tab brings an answer of another login', async () => {
    const { login, redirectUri } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    await page.goto(await pageOf(running));
    const other = await browser.newPage();
    await other.goto(`${redirectUri}?code=x&state=of-another-login`);
    await other.getByRole('heading', { name: 'not the login' }).waitFor();
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    expect((await running).exitCode).toBe(0);
  });

  it('is over after the first approval: reload, the back button and a second tab change nothing', async () => {
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
    // Nobody listens any more, and the browser says so by itself.
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

  it('fits a small window, which is what zooming to 200 % makes of a large one', async () => {
    const { login } = await browserLogin();
    const running = login(['--no-browser']);
    const page = await browser.newPage();
    await page.setViewportSize({ width: 320, height: 480 });
    const overflow = () => page.evaluate('document.scrollingElement.scrollWidth - innerWidth');
    await page.goto(await pageOf(running));
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Approve access' }).click();
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect((await running).exitCode).toBe(0);
  });
});
