import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { lintHtml } from '../../src/reports/html/lint.ts';
import { legibleGround, openBrowser } from '../support/chromium.ts';
import { home } from '../support/home.ts';
import { attackingNames, everyFinding, lintFinding } from '../support/lint-result.ts';
import { describeWith } from '../support/requires.ts';

describeWith('browser', 'the page of access lint in a real browser', () => {
  let browser: BrowserContext;
  let page: Page;
  let address: string;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    const result = everyFinding();
    for (const message of attackingNames)
      result.findings.push(lintFinding({ message, fix: `twilio-org users get '${message}'` }));
    mkdirSync(home, { recursive: true });
    const file = join(home, 'lint.html');
    writeFileSync(file, lintHtml(result, '1.2.3'));
    const opened = await openBrowser();
    browser = opened.browser;
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    address = pathToFileURL(file).href;
    await page.goto(address);
    return opened.close;
  });

  it('opens from a disk, obeys no name, asks for nothing else, and has nothing to complain about', async () => {
    const [script, , , mention] = attackingNames;
    for (const name of [script, mention])
      await page
        .getByText(name ?? '')
        .first()
        .waitFor();
    await expect.poll(() => page.evaluate('window.attacked')).toBeUndefined();
    await expect.poll(() => page.evaluate(`document.querySelectorAll('script, img, svg').length`)).toBe(0);
    expect(requests).toEqual([address]);
    expect(complaints).toEqual([]);
  });

  it('leads from a finding to its rule by the keyboard alone', async () => {
    await page.keyboard.press('Tab');
    await expect
      .poll(() => page.evaluate('getComputedStyle(document.activeElement).outlineStyle'))
      .toBe('solid');
    await page.keyboard.press('Enter');
    // A key that follows a link has been handled before the address changes.
    await page.waitForURL(({ hash }) => hash === '#rule-few-admins');
    await expect.poll(() => page.locator(':target').innerText()).toContain('One admin can be locked out.');
  });

  it('has enough contrast in light and dark', async () => {
    const grounds = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      grounds.add(await legibleGround(page));
    }
    expect(grounds.size).toBe(2);
  });

  it.each([1280, 320])('fits a window of %i pixels, with a name of 10,000 characters', async (width) => {
    await page.setViewportSize({ width, height: 720 });
    await expect
      .poll(() => page.evaluate('document.scrollingElement.scrollWidth - innerWidth'))
      .toBeLessThanOrEqual(0);
  });
});
