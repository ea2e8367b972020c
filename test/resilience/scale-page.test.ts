import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { matrixReport } from '../../src/reports/html/matrix.ts';
import { openBrowser } from '../support/chromium.ts';
import { home } from '../support/home.ts';
import { describeWith } from '../support/requires.ts';

/** CPU seconds of the page's own thread, so that a busy machine changes little. Measured were 0.2 for loading, and 0.07 for a key. */
const limits = { load: 2, key: 0.7, megabytes: 400 };

/** 2,000 users by 200 scopes, of which one user in eight has a role of the organization. */
function largePage(): string {
  const noun = (one: string) => ({ name: one, one, many: `${one}s` });
  const scopes = Array.from({ length: 200 }, (_, at) => at);
  const wide = { subject: 'Admin', note: 'organization-wide', isUndecided: true };
  return matrixReport({
    title: 'Who has access',
    facts: [],
    nouns: { row: noun('user'), column: noun('scope'), count: noun('scope') },
    columns: scopes.map((at) => ({ name: `Account ${at}`, sid: `AC${at}`, tally: [30, 250] })),
    rows: Array.from({ length: 2_000 }, (_, at) => ({
      name: `user${at}@example.com`,
      detail: `Ada Lovelace ${at}`,
      sid: `US${at}`,
      tally: [3, 0] as const,
      cells: scopes.flatMap((scope) => {
        const own = (at + scope) % 67 === 0 ? [{ subject: `Role ${at % 34}`, isUndecided: false }] : [];
        const held = at % 8 === 0 ? [...own, wide] : own;
        return held.length === 0 ? [] : [[scope, held] as const];
      }),
    })),
  });
}

describeWith('browser', 'a page of 2,000 users by 200 scopes', () => {
  let browser: BrowserContext;
  let page: Page;
  let measure: () => Promise<{ cpuSeconds: number; megabytes: number }>;

  beforeAll(async () => {
    const opened = await openBrowser();
    browser = opened.browser;
    page = await browser.newPage();
    const session = await browser.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    measure = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
      return { cpuSeconds: metric('TaskDuration'), megabytes: metric('JSHeapUsedSize') / 1e6 };
    };
    return opened.close;
  });

  async function measured(label: string, act: () => Promise<unknown>) {
    const before = await measure();
    await act();
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
    const { cpuSeconds, megabytes } = await measure();
    const taken = cpuSeconds - before.cpuSeconds;
    process.stderr.write(`scale: page, ${label}: ${taken.toFixed(2)} s of CPU, ${megabytes.toFixed(0)} MB\n`);
    expect(megabytes).toBeLessThan(limits.megabytes);
    return taken;
  }

  test('opens, searches, scrolls and prints with little CPU time', async () => {
    mkdirSync(home, { recursive: true });
    const file = join(home, 'large.html');
    writeFileSync(file, largePage());
    expect(await measured('load', () => page.goto(pathToFileURL(file).href))).toBeLessThan(limits.load);
    await page.locator('#search').focus();
    for (const key of ['u', 's', 'e', 'r', '7'])
      expect(await measured(`key ${key}`, () => page.keyboard.press(key))).toBeLessThan(limits.key);
    await expect
      .poll(() => page.locator('#count').textContent())
      .toMatch(/^\d+ of 2000 users, 200 of 200 scopes$/);
    expect(await measured('all again', () => page.keyboard.press('Escape'))).toBeLessThan(limits.key);
    expect(await measured('scroll', () => page.evaluate('scroller.scrollTop = 40_000'))).toBeLessThan(
      limits.key,
    );
    // Only what is in view is in the document.
    await expect.poll(() => page.locator('#grid tbody tr').count()).toBeLessThan(80);
    expect(
      await measured('print', () => page.evaluate("dispatchEvent(new Event('beforeprint'))")),
    ).toBeLessThan(limits.load);
    await expect.poll(() => page.locator('#print .totals li').count()).toBe(200);
  });
});
