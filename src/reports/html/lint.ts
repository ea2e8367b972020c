import type { Finding, LintResult } from '../../organization/lint/finding.ts';
import { type LintSection, lintCountsInWords, lintFacts, lintSections } from '../lint-sections.ts';
import style from './lint.css?raw';
import { html, type Markup } from './markup.ts';
import { htmlPage } from './page.ts';

/**
 * The findings as a page that is a single file, without a script.
 *
 * @param version of this program
 */
export function lintHtml(result: LintResult, version: string): string {
  const { rules, unchecked } = result;
  const sections = lintSections(result);
  return htmlPage({
    title: 'Access lint',
    summary: `${lintCountsInWords(result)}.`,
    facts: [...lintFacts(result), ['Made by', `twilio-org ${version}`]],
    style,
    body: html`${sections.map((section) => sectionOf(section, new Set(rules.map(({ id }) => id))))}
${
  unchecked.length === 0
    ? ''
    : html`<section>
<h2>Not checked</h2>
<ul>${unchecked.map(({ rule, why }) => html`<li><code>${rule}</code>: ${why}</li>\n`)}</ul>
</section>`
}
<section>
<h2>Rules</h2>
<dl class="rules">
${rules.map(({ id, summary, help }) => html`<div id="rule-${id}"><dt><code>${id}</code> ${summary}</dt><dd>${help}</dd></div>\n`)}</dl>
</section>`,
  });
}

function sectionOf({ title, kind, findings }: LintSection, explained: ReadonlySet<string>): Markup {
  const isSuppressed = kind === 'suppressed';
  return html`<section>
<h2 class="${kind}">${title} <span class="soft">(${findings.length})</span></h2>
<table>
<thead><tr><th scope="col">Rule</th><th scope="col">Finding</th><th scope="col">${isSuppressed ? 'Because' : 'Fix'}</th></tr></thead>
<tbody>
${findings.map((finding) => html`<tr><td>${ruleOf(finding, explained)}</td><td>${finding.message}</td><td>${isSuppressed ? reasonOf(finding) : fixOf(finding)}</td></tr>\n`)}</tbody>
</table>
</section>
`;
}

/** Leads to the help of the rule, where there is one. */
function ruleOf({ rule }: Finding, explained: ReadonlySet<string>): Markup {
  return explained.has(rule) ? html`<a href="#rule-${rule}">${rule}</a>` : html`${rule}`;
}

function fixOf({ fix }: Finding): Markup {
  return fix === null
    ? html`<span class="soft">No single command fixes it</span>`
    : html`<code class="command">${fix}</code>`;
}

function reasonOf({ because, until }: Finding): Markup {
  return html`${because} <span class="soft">(until ${until})</span>`;
}
