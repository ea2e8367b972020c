import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { withoutLogCommands } from '../../../../src/platform/terminal/escape.ts';
import { html } from '../../../../src/reports/html/markup.ts';
import { htmlPage } from '../../../../src/reports/html/page.ts';

const attack = `</script><script>alert(1)</script>"'&<!--\u2028\u202e\0`;

function page(more: Partial<Parameters<typeof htmlPage>[0]> = {}): string {
  return htmlPage({ title: 'Access', facts: [], body: html`<p>Text</p>`, ...more });
}

function contentOf(text: string, tag: string): string[] {
  return [...text.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, inner = '']) => inner,
  );
}

describe('a page', () => {
  it('is printed unchanged where the log of a CI job would obey what it contains', () => {
    const name = '::error::##[group]##vso[x]';
    const text = page({ title: name, data: [name], script: '1;' });
    expect(text.split('\n').map(withoutLogCommands).join('\n')).toBe(text);
    expect(JSON.parse(contentOf(text, 'script')[0] ?? '')).toEqual([name]);
  });

  it('allows its own style and script by their hashes, and nothing else', () => {
    const text = page({ style: 'p { margin: 0 }', script: "document.title = 'x';\n" });
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1]?.replaceAll('&#39;', "'");
    const hashOf = (tag: string) =>
      `'sha256-${createHash('sha256')
        .update(contentOf(text, tag)[0] ?? '')
        .digest('base64')}'`;
    expect(policy).toBe(
      `default-src 'none'; style-src ${hashOf('style')}; script-src ${hashOf('script')}; base-uri 'none'; form-action 'none'`,
    );
    expect(page()).not.toContain('script');
    expect(text).not.toMatch(/https?:|\bstyle=|\bon\w+=|unsafe|url\(|@import|@font-face/);
  });

  it('shows data as text, wherever it stands', () => {
    const text = page({
      title: attack,
      summary: attack,
      facts: [[attack, attack]],
      body: html`<p title="${attack}">${attack}${[attack, html`<b>${attack}</b>`]}</p>`,
    });
    expect(text.match(/<\/?script/g)).toBeNull();
    expect(text.match(/alert\(1\)/g)?.length).toBe(text.match(/&lt;script&gt;alert\(1\)/g)?.length);
    expect(text).toContain('&quot;&#39;&amp;&lt;!--\\u2028\\u202e\\x00');
    expect(text).not.toMatch(/[\u2028\u202e\0]/);
  });

  it('gives data to its script as JSON that ends nothing', () => {
    const data = { name: attack, list: [1, null, ']]>'] };
    const text = page({ data, script: '1;' });
    const [json = '', script] = contentOf(text, 'script');
    expect(JSON.parse(json)).toEqual(data);
    expect(script).toBe('1;');
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  });
});
