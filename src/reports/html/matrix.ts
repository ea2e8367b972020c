import { escapeControl } from '../../platform/terminal/escape.ts';
import { html } from './markup.ts';
import style from './matrix.css?raw';
import gridScript from './matrix.js?raw';
import keysScript from './matrix-keys.js?raw';
import printScript from './matrix-print.js?raw';
import { htmlPage, type Page } from './page.ts';

/** Counted: certain ones, and those that are undecided alone. */
type Tally = readonly [certain: number, undecided: number];

export interface MatrixReport extends Pick<Page, 'title' | 'summary' | 'facts'> {
  rows: Iterable<ReportRow>;
  columns: readonly { name: string; sid: string; tally: Tally }[];
  nouns: {
    /** Heading of the rows' names, and what rows are called. */
    row: Noun & { name: string };
    column: Noun;
    /** The same for the number that each row has. */
    count: Noun & { name: string };
  };
}

export interface Noun {
  one: string;
  many: string;
}

export interface ReportRow {
  name: string;
  /** More about it, such as the name of the person. */
  detail?: string | undefined;
  sid: string;
  status?: 'inactive' | 'unmanaged' | undefined;
  tally: Tally;
  /** The entries by the index of their column. */
  cells: readonly (readonly [column: number, entries: readonly ReportEntry[]])[];
}

export interface ReportEntry {
  subject: string;
  /** The way in which it applies, where that is not simply here. */
  note?: string | undefined;
  isUndecided: boolean;
}

const script = [gridScript, keysScript, printScript].join('\n');

const statuses = { inactive: 'Inactive', unmanaged: 'Not a managed user' };

/** The matrix as a page: its script draws the rows, because thousands of them at once would be slow. */
export function matrixReport({ rows, columns, nouns, ...frame }: MatrixReport): string {
  const entries = new Map<string, { index: number; entry: object }>();
  /** The indexes of entries as they are given: they are many, and few are different. */
  const known = new Map<string, Map<string, number>>();
  function indexOf({ subject, note = '', isUndecided }: ReportEntry): number {
    const ofSubject = known.get(subject) ?? new Map<string, number>();
    const key = `${isUndecided ? '?' : '.'}${note}`;
    const found = ofSubject.get(key);
    if (found !== undefined) return found;
    const index = newIndexOf({ subject, note, isUndecided });
    known.set(subject, ofSubject.set(key, index));
    return index;
  }
  function newIndexOf({ subject, note = '', isUndecided }: ReportEntry): number {
    const entry = { subject: escapeControl(subject), note: escapeControl(note), isUndecided };
    const key = JSON.stringify(entry);
    const { index } = entries.get(key) ?? { index: entries.size };
    entries.set(key, { index, entry });
    return index;
  }
  const found = new Set<string>();
  const listed = Array.from(rows, ({ name, detail = '', sid, status = '', tally, cells }) => {
    found.add(status);
    const coded = cells.map(([column, held]) => [column, ...held.map(indexOf)]);
    return [escapeControl(name), escapeControl(detail), sid, status, tally, coded];
  });
  const isUndecided = [...entries.values()].some(({ entry }) => 'isUndecided' in entry && entry.isUndecided);
  const body = html`<div class="tools screen-only">
<label>Search <input type="search" id="search" placeholder="person, role or scope" aria-keyshortcuts="/" autocomplete="off" spellcheck="false"></label>
<label>Show <select id="show">
<option value="all">everything</option>
${isUndecided ? html`<option value="certain">certain entries</option>\n<option value="undecided">undecided entries</option>\n` : ''}${
  found.has('inactive') ? html`<option value="inactive">inactive users</option>\n` : ''
}${found.has('unmanaged') ? html`<option value="unmanaged">identities that are not managed users</option>\n` : ''}</select></label>
<output id="count"></output>
</div>
<div id="scroller">
<table id="grid" role="grid" tabindex="0" aria-labelledby="caption" aria-describedby="keys" aria-readonly="true">
<caption id="caption" class="visually-hidden">${frame.title}</caption>
<thead><tr role="row" aria-rowindex="1"></tr></thead>
<tbody></tbody>
</table>
</div>
<p id="details" class="screen-only" role="region" aria-label="Details of the cell" aria-live="polite" tabindex="0"></p>
<p class="legend">${isUndecided ? html`<span class="undecided">Name?</span> undecided: Twilio does not publish whether it applies. ` : ''}A note after
a name says how it applies: <i>organization-wide</i>, or for one resource alone.</p>
<p id="keys" class="legend screen-only">Arrow keys move; Enter on a heading sorts; / searches; Escape clears the search.</p>
<section id="print"></section>
<noscript><p class="bad">This page needs its script to show the matrix.</p></noscript>`;
  const data = {
    nouns: { ...nouns, people: { one: 'person', many: 'people' } },
    statuses,
    columns: columns.map(({ name, sid, tally }) => [escapeControl(name), sid, tally]),
    entries: Array.from(entries.values(), ({ entry }) => entry),
    rows: listed,
  };
  return htmlPage({ ...frame, body, style, script, data });
}
