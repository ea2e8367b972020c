import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { matrixReport } from '../../src/reports/html/matrix.ts';
import { legibleGround, patienceMs } from '../support/chromium.ts';
import { describeWith, findBrowser } from '../support/requires.ts';

const attacks = [
  '</script><script>document.title = "broken"</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '\u202eevil\u2066\u2028name',
  'x'.repeat(10_000),
  'ada@example.com',
];

const noun = (one: string) => ({ name: one, one, many: `${one}s` });

/** So many users and scopes: each user has a role in all scopes except the first, and the second user has many in that one. */
function regularPage(users: number, scopes: number): string {
  const held = (subject: string) => ({ subject, note: 'organization-wide', isUndecided: true });
  const many = ['A', 'B', 'C', 'D', 'E', 'F'].map((subject) => ({ subject, isUndecided: false }));
  return matrixReport({
    title: 'Who has access',
    summary: 'Some users.',
    facts: [['Organization', 'OR1']],
    nouns: { row: noun('user'), column: noun('scope'), count: noun('scope') },
    columns: Array.from({ length: scopes }, (_, at) => ({
      name: `S${at}`,
      sid: `AC${at}`,
      tally: [0, users],
    })),
    rows: Array.from({ length: users }, (_, at) => ({
      name: `user${at}@example.com`,
      detail: 'Ada Lovelace',
      sid: `US${at}`,
      status: at === 0 ? ('inactive' as const) : undefined,
      tally: [0, scopes - 1] as const,
      cells: Array.from({ length: scopes }, (_, scope) => scope)
        .filter((scope) => scope > 0 || at === 1)
        .map(
          (scope) => [scope, scope === 0 ? many : [held('Administrator of everything there is')]] as const,
        ),
    })),
  });
}

/** A page with a user for each list of names of roles, all of them in one scope and for one resource. */
function resourcePage(...users: string[][]): string {
  const note = 'sip_trunk TK0123456789abcdef0123456789abcdef';
  return matrixReport({
    title: 'Who has access',
    facts: [],
    nouns: { row: noun('user'), column: noun('scope'), count: noun('scope') },
    columns: [{ name: 'org', sid: 'OR1', tally: [users.length, 0] }],
    rows: users.map((roles, at) => ({
      name: `user${at}@example.com`,
      sid: `US${at}`,
      tally: [roles.length, 0] as const,
      cells: [[0, roles.map((subject) => ({ subject, note, isUndecided: false }))]] as const,
    })),
  });
}

/** Each name stands for a user, a scope, a role and a resource. */
function page(): string {
  return matrixReport({
    title: attacks[0] ?? '',
    facts: attacks.map((name) => [name, name] as const),
    nouns: { row: noun('user'), column: noun('scope'), count: noun('scope') },
    columns: attacks.map((name) => ({ name, sid: 'AC1', tally: [1, 1] as const })),
    rows: attacks.map((name, at) => ({
      name,
      detail: name,
      sid: 'US1',
      status: at === 0 ? ('inactive' as const) : undefined,
      tally: [1, 0] as const,
      cells: [[at, [{ subject: name, note: name, isUndecided: at === 1 }]]] as const,
    })),
  });
}

describeWith('browser', 'the page of access matrix in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: findBrowser() ?? '', args });
  });
  afterAll(() => browser?.close());

  /** The page from a disk, with all that it says and asks for. */
  async function opened(options = {}, text = page()) {
    const file = join(mkdtempSync(join(tmpdir(), 'twilio-org-page-')), 'access.html');
    writeFileSync(file, text);
    const tab = await browser.newPage(options);
    tab.setDefaultTimeout(patienceMs);
    const noise: string[] = [];
    tab.on('console', (message) => noise.push(message.text()));
    tab.on('pageerror', (error) => noise.push(error.message));
    tab.on('dialog', (dialog) => noise.push(dialog.message()));
    const address = pathToFileURL(file).href;
    tab.on('request', (request) => request.url() === address || noise.push(request.url()));
    await tab.goto(address);
    return { tab, noise };
  }

  it('shows names that attack as text, says nothing to the console and requests nothing', async () => {
    const { tab, noise } = await opened();
    await expect.poll(() => tab.title()).toContain('</script>');
    await expect.poll(() => tab.locator('tbody th').count()).toBe(attacks.length);
    await expect.poll(() => tab.locator('tbody th .name').first().textContent()).toBe(attacks[0]);
    await expect.poll(() => tab.locator('img, a').count()).toBe(0);
    await expect.poll(() => tab.locator('body').innerText()).not.toMatch(/[\u202e\u2066\u2028]/);
    await tab.pdf({ preferCSSPageSize: true });
    expect(noise).toEqual([]);
    await tab.close();
  });

  it('is used with the keyboard alone: search, cells, sorting', async () => {
    const { tab, noise } = await opened();
    await tab.keyboard.press('/');
    await tab.keyboard.type('ada@');
    await expect.poll(() => tab.locator('#count').textContent()).toBe('1 of 6 users, 1 of 6 scopes');
    await tab.keyboard.press('Enter');
    await tab.keyboard.press('End');
    await expect
      .poll(() => tab.locator('#details').textContent())
      .toContain('ada@example.com (ada@example.com)');
    await expect.poll(() => tab.locator('.active').getAttribute('id')).toBe('cell-0-2');
    await expect.poll(() => tab.locator('#grid').getAttribute('aria-activedescendant')).toBe('cell-0-2');
    await tab.keyboard.press('/');
    await tab.keyboard.press('Escape');
    await tab.keyboard.press('Enter');
    await tab.keyboard.press('ArrowUp');
    await tab.keyboard.press('Enter');
    await expect.poll(() => tab.locator('tbody th .name').first().textContent()).toBe('ada@example.com');
    await expect.poll(() => tab.locator('thead th').first().getAttribute('aria-sort')).toBe('descending');
    expect(noise).toEqual([]);
    await tab.close();
  });

  it('is usable at 200 % zoom: the page fits its width, and cells can be seen', async () => {
    const { tab } = await opened({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    await expect.poll(() => tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(640);
    await expect.poll(() => tab.evaluate('scroller.clientHeight')).toBeGreaterThan(150);
    await tab.close();
  });

  it('has enough contrast in light, in dark and on paper', async () => {
    const { tab } = await opened({}, regularPage(5, 4));
    await tab.locator('#grid').focus();
    await tab.keyboard.press('ArrowDown');
    await tab.locator('tbody .status').hover();
    const grounds = new Set<string>();
    for (const media of [
      { colorScheme: 'light' },
      { colorScheme: 'dark' },
      { colorScheme: 'dark', media: 'print' },
    ] as const) {
      await tab.emulateMedia(media);
      if ('media' in media) await tab.evaluate("dispatchEvent(new Event('beforeprint'))");
      grounds.add(await legibleGround(tab));
      const hint = "getComputedStyle(search, '::placeholder').color === getComputedStyle(count).color";
      await expect.poll(() => tab.evaluate(hint)).toBe(true);
    }
    expect(grounds.size).toBe(3);
    await tab.close();
  });

  it('says all entries of a cell to the keyboard and to a screen reader', async () => {
    const { tab } = await opened({}, regularPage(5, 4));
    await tab.locator('#grid').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight']) await tab.keyboard.press(key);
    await expect.poll(() => tab.locator('.active').innerText()).toContain('and 3 more');
    const details = tab.getByRole('region', { name: 'Details of the cell' });
    await expect
      .poll(() => details.textContent())
      .toBe('user1@example.com, Ada Lovelace · S0 · A, B, C, D, E, F');
    await expect.poll(() => details.getAttribute('aria-live')).toBe('polite');
    await tab.keyboard.press('Tab');
    await expect.poll(() => tab.evaluate('document.activeElement.id')).toBe('details');
    await tab.close();
  });

  it('shows the mark of an undecided entry whatever the length of its name', async () => {
    const { tab } = await opened({}, regularPage(5, 4));
    const places = `[...document.querySelectorAll('#grid td')].flatMap((cell) =>
      [...cell.querySelectorAll('.subject + span')].map((mark) => [
        mark.innerText, cell.getBoundingClientRect().right - mark.getBoundingClientRect().right >= 8]))`;
    await expect.poll(() => tab.evaluate(places)).toEqual(Array.from({ length: 15 }, () => ['?', true]));
    await tab.close();
  });

  it('shows a name whole where it fits, and cuts the note after it', async () => {
    const { tab } = await opened({}, resourcePage(['SIP Manager', 'Voice Admin']));
    const cut = (part: string) =>
      tab.evaluate(
        `[...document.querySelectorAll('#grid td ${part}')].map((text) => text.scrollWidth > text.clientWidth)`,
      );
    await expect.poll(() => cut('.subject')).toEqual([false, false]);
    await expect.poll(() => cut('.note')).toEqual([true, true]);
    await tab.close();
  });

  it('sorts numbers from the largest', async () => {
    const { tab } = await opened({}, resourcePage(['A'], ['A', 'B', 'C'], ['A', 'B']));
    const heading = tab.locator('thead th').nth(1);
    const order = async () => [
      await heading.getAttribute('aria-sort'),
      ...(await tab.locator('tbody .count').allInnerTexts()),
    ];
    await heading.click();
    await expect.poll(order).toEqual(['descending', '3', '2', '1']);
    await heading.click();
    await expect.poll(order).toEqual(['ascending', '1', '2', '3']);
    await tab.close();
  });

  it('prints a table where its cells are short, and a list where they are long', async () => {
    for (const [roles, tables] of [
      [['A'], 1],
      [['A', 'B'], 0],
    ] as const) {
      const { tab } = await opened({}, resourcePage([...roles]));
      await tab.evaluate("dispatchEvent(new Event('beforeprint'))");
      await expect.poll(() => tab.locator('#print table').count()).toBe(tables);
      await expect
        .poll(() => tab.locator('#print').textContent())
        .toContain('A (sip_trunk TK0123456789abcdef');
      await tab.close();
    }
  });

  it('prints few people whole, and of very many the totals', async () => {
    const few = await opened({}, regularPage(5, 20));
    await expect
      .poll(() => printed(few.tab))
      .toMatch(
        /user0@example\.com\s+Ada Lovelace, Inactive\s+Administrator of everything there is \(organization-wide, undecided\): all 20 scopes except S0\n/,
      );
    const many = await opened({}, regularPage(1_500, 20));
    await expect.poll(() => printed(many.tab)).toContain('too much for paper');
    const totals = await printed(many.tab);
    expect(totals).toContain('1500 users, 20 scopes.');
    expect(totals).toContain('S19: 0 people + 1500 undecided');
    expect(totals).not.toContain('user0@');
    await many.tab.locator('#search').fill('user77@');
    await expect
      .poll(() => printed(many.tab))
      .toMatch(
        /^Only a part: 1 of 1500 users, 19 of 20 scopes\.\s+user77@[^:]+: all 19 scopes of the search$/,
      );
    await few.tab.close();
    await many.tab.close();
  });
});

/** The text that paper would have. */
async function printed(tab: Page): Promise<string> {
  await tab.emulateMedia({ media: 'print' });
  await tab.evaluate("dispatchEvent(new Event('beforeprint'))");
  const text = await tab.locator('#print').innerText();
  await tab.evaluate("dispatchEvent(new Event('afterprint'))");
  await tab.emulateMedia({ media: 'screen' });
  return text;
}
