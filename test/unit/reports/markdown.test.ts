import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, test } from 'vitest';
import { escapeControl } from '../../../src/platform/terminal/escape.ts';
import {
  markdownCode,
  markdownDocument,
  markdownTableHead,
  markdownTableRow,
  markdownText,
} from '../../../src/reports/markdown.ts';

/** The HTML that GitHub's dialect of Markdown becomes, with everything in it that a sanitiser would take out later. */
function rendered(markdown: string): string {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  return html.trim();
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };

function textOf(html: string): string {
  return html
    .replace(/<\/code>(?=<code>)/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:amp|lt|gt|quot);/g, (entity) => entities[entity] ?? '');
}

/** Text outside of code, in which GitHub and GitLab look for mentions and references. */
function outsideCode(html: string): string {
  return textOf(html.replace(/<code>[^<]*<\/code>/g, '\u0000'));
}

const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<!-- a comment',
  '@everyone',
  'ada @security-team',
  'a@example.com',
  'owner/repo#12',
  '#12',
  'GH-12',
  '!12',
  '~label',
  '/merge',
  ':tada:',
  'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  'https://evil.example/?a=1',
  'www.evil.example',
  '[click](javascript:alert(1))',
  '![x](https://evil.example/pixel.png)',
  '[x]: https://evil.example',
  '`code`',
  '```',
  '``a`b``',
  '`',
  'a|b',
  '\\|',
  'a\\',
  '| --- |',
  '# heading',
  '- item',
  '1. item',
  '1) item',
  '> quoted',
  '---',
  '===',
  '***bold***',
  '_a_ __b__ ~~c~~',
  '$`x`$',
  '$$x$$',
  '[^1]: note',
  '&lt;b&gt; &#64;everyone',
  'first\nsecond\r\n\r\n# third',
  '\u202egnp.exe',
  'zero\u200bwidth',
  '    indented',
  ' both ',
  'x'.repeat(10_000),
];

const anyText = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({ unit: fc.constantFrom(...'`|\\<>@#[]()!*_~:/. -+=1aA&;$\n"\'\u202e') }),
  fc.string({ unit: 'grapheme' }),
);

describe('a name as code', () => {
  test.each(attacks)('shows %j as it is, and obeys nothing of it', (name) => {
    const html = rendered(markdownCode(name));
    expect(outsideCode(html).replaceAll('\u0000', '')).toMatch(/^[`|]*$/);
    expect(html).toMatch(/^<p>(?:<code>[^<]*<\/code>|[`|])+<\/p>$/);
    const shown = escapeControl(name);
    expect(textOf(html)).toBe(shown.length > 200 ? `${shown.slice(0, 199)}…` : shown);
  });

  test('keeps its cell, whatever it is', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const table = [...markdownTableHead(['A', 'B']), markdownTableRow([one, other].map(markdownCode))];
        const cells = [...rendered(table.join('\n')).matchAll(/<td>(.*?)<\/td>/g)];
        expect(cells).toHaveLength(2);
        for (const [, cell = ''] of cells) expect(cell).toMatch(/^(?:<code>[^<]*<\/code>|[`|])*$/);
      }),
    );
  });
});

describe('a sentence', () => {
  test('stays readable: only names are code', () => {
    expect(markdownText('ada@example.com has Admin, and nobody else does (2 of 3 people).')).toBe(
      '`ada@example.com` has Admin, and nobody else does (2 of 3 people).',
    );
    expect(markdownText("The role doesn't exist: IX0123456789abcdef0123456789abcdef.")).toBe(
      "The role doesn't exist: `IX0123456789abcdef0123456789abcdef`.",
    );
  });

  test.each(attacks)('obeys nothing of %j', (name) => {
    const html = rendered(markdownText(`${name} has access of ${name}, and ${name}`));
    expect(html).toMatch(/^<p>(?:<code>[^<]*<\/code>|[^<])*<\/p>$/);
    expect(outsideCode(html)).not.toMatch(/[@#~$/\\:!][\w`]|GH-|\bwww\.\w|[0-9a-f]{7}/);
  });

  test('is one paragraph that says the same, whatever is in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const html = rendered(markdownText(text));
        if (escapeControl(text).trim() === '') return;
        expect(html).toMatch(/^<p>(?:<code>[^<]*<\/code>|[^<])*<\/p>$/);
        if (text.length < 200)
          expect(textOf(html).trim()).toBe(escapeControl(text).replace(/ +/g, ' ').trim());
      }),
    );
  });
});

describe('a document', () => {
  const items = (count: number) => Array.from({ length: count }, (_, at) => `- item ${at}`);
  const more = ([first = 0, second = 0, third = 0]: readonly number[]) =>
    `and ${first} of A and ${second + third} of B more`;

  test('has everything where there is room', () => {
    const sections = [
      { head: ['## A', ''], items: items(2) },
      { head: ['## B', ''], items: items(1) },
      { head: ['## Empty'], items: [] },
    ];
    expect(markdownDocument(['# Title'], sections, more)).toBe(
      '# Title\n\n## A\n\n- item 0\n- item 1\n\n## B\n\n- item 0\n',
    );
  });

  test('keeps to its length, and counts what is left out', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.integer({ min: 80, max: 4000 }), (first, second, max) => {
        const sections = [
          { head: ['## A'], items: items(first) },
          { head: ['## B'], items: items(second) },
        ];
        const text = markdownDocument(['# Title'], sections, more, max);
        expect(text.length).toBeLessThanOrEqual(max);
        const [, leftOfFirst = 0, leftOfSecond = 0] = /and (\d+) of A and (\d+) of B more/.exec(text) ?? [];
        const left = Number(leftOfFirst) + Number(leftOfSecond);
        expect((text.match(/^- item/gm) ?? []).length + left).toBe(first + second);
        if (Number(leftOfFirst) > 0) expect(Number(leftOfSecond)).toBe(second);
        if (left > 0) expect(text.length + 80).toBeGreaterThan(max);
        expect(text).not.toMatch(/## [AB]\n\n/);
      }),
    );
  });
});
