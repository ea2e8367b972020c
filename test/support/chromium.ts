import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findBrowser } from './requires.ts';

/** For each step in a browser, on a machine that is busy with other things. */
export const patienceMs = 120_000;

/** A browser with a profile of its own, for the tests of one file. */
export async function openBrowser(): Promise<{ browser: BrowserContext; close(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'twilio-org-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    timeout: patienceMs,
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
  browser.setDefaultTimeout(patienceMs);
  return {
    browser,
    async close() {
      await browser.close();
      // Its other processes end a moment later.
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** In the page: the colour behind all, and the lowest contrast of a text with what it stands on. */
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
  const contrasts = [...document.querySelectorAll('body *')].filter((element) => element.checkVisibility() && element.innerText).map((element) => {
    const [low, high] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
  return { ground: getComputedStyle(document.body).backgroundColor, worst: Math.min(...contrasts) };
})()`;

/** The colour behind all of a page whose texts have enough contrast with what they stand on (WCAG 2.2, 1.4.3). */
export async function legibleGround(page: Page): Promise<string> {
  const looked = async () => (await page.evaluate(look)) as { ground: string; worst: number };
  await expect.poll(async () => (await looked()).worst).toBeGreaterThanOrEqual(4.5);
  return (await looked()).ground;
}
