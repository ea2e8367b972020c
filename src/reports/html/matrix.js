// Draws the matrix of the page: of thousands of rows and hundreds of columns only those in view are in the document.
// The page joins this file, matrix-keys.js and matrix-print.js into one script, so they share their names.

const data = JSON.parse(document.getElementById('data').textContent);
const { entries, nouns } = data;
const [scroller, table, caption] = ['scroller', 'grid', 'caption'].map((id) => document.getElementById(id));
const [search, show, count] = ['search', 'show', 'count'].map((id) => document.getElementById(id));
const head = table.tHead.rows[0];
const body = table.tBodies[0];

/** Columns before those of the matrix: the name, and the count. */
const ownColumns = 2;
const maxLines = 4;
const overscan = 8;
const pixels = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
const lineHeight = 1.25 * pixels;
const rowPadding = 0.75 * pixels + 1;

const all = data.rows.map(([name, detail, sid, status, tally, cells]) => ({
  name,
  detail,
  sid,
  status,
  tally,
  cells: new Map(cells.map(([column, ...found]) => [column, found])),
  text: [name, detail, sid, status].join('\n').toLowerCase(),
}));
const columns = data.columns.map(([name, sid, tally]) => ({
  name,
  sid,
  tally,
  text: `${name}\n${sid}`.toLowerCase(),
}));
const entryTexts = entries.map(({ subject, note }) => `${subject}\n${note}`.toLowerCase());

/** The visible part: rows, columns and entries after the search, in the order of the sorted column. */
let rows = all;
let shownColumns = columns.map((_, index) => index);
let isShown = () => true;
let sorting = { column: 0, isDescending: false };
/** The tops of the rows, and the bottom of the last one. */
let tops = [0];
/** The same for the columns: where each begins. */
let lefts = [0];
/** The rows in the document, and the part of the columns that they have. */
let drawn = new Map();
let range = { first: 0, last: 0 };
/** The cell with the keyboard's focus; row -1 is the header. */
let active = { row: -1, column: 0 };

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function shownEntries(row, column) {
  return (row.cells.get(column) ?? []).filter(isShown);
}

function tallyText([certain, undecided], noun) {
  const words = `${certain} ${certain === 1 ? noun.one : noun.many}`;
  return undecided === 0 ? words : `${words} + ${undecided} undecided`;
}

// Search

function applySearch() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (texts) => words.map((word) => texts.map((text) => text.includes(word)));
  const [inRows, inColumns, inEntries] = [
    has(all.map(({ text }) => text)),
    has(columns.map(({ text }) => text)),
    has(entryTexts),
  ];
  const kind = show.value;
  isShown =
    kind === 'certain'
      ? (entry) => !entries[entry].isUndecided
      : kind === 'undecided'
        ? (entry) => entries[entry].isUndecided
        : () => true;
  const isFiltered = words.length > 0 || kind !== 'all';
  const used = new Set();
  rows = all.filter((row, at) => {
    if ((kind === 'inactive' || kind === 'unmanaged') && row.status !== kind) return false;
    // Each word is to be found in the row's name, or together with the others in one of its entries.
    let isFound = false;
    for (const [column, found] of row.cells) {
      const fits = found.some(
        (entry) =>
          isShown(entry) &&
          words.every((_, word) => inRows[word][at] || inColumns[word][column] || inEntries[word][entry]),
      );
      if (!fits) continue;
      used.add(column);
      isFound = true;
    }
    return isFound;
  });
  shownColumns = columns.flatMap((_, index) => (!isFiltered || used.has(index) ? [index] : []));
  count.textContent =
    rows.length === all.length && shownColumns.length === columns.length
      ? ''
      : `${rows.length} of ${all.length} ${nouns.row.many}, ${shownColumns.length} of ${columns.length} ${nouns.column.many}`;
  if (sorting.column >= ownColumns && !shownColumns.includes(sorting.column - ownColumns))
    sorting = { column: 0, isDescending: false };
  sortRows();
  active = { row: -1, column: 0 };
  scroller.scrollTop = 0;
  drawHead();
}

function sortRows() {
  const { column, isDescending } = sorting;
  const order = new Map(all.map((row, index) => [row, index]));
  const key =
    column === 0
      ? (row) => order.get(row)
      : column === 1
        ? (row) => row.tally[0] * 100_000 + row.tally[1]
        : (row) => {
            const found = shownEntries(row, column - ownColumns);
            if (found.length === 0) return '2';
            const isCertain = found.some((entry) => !entries[entry].isUndecided);
            return `${isCertain ? 0 : 1}${found.map((entry) => entries[entry].subject.toLowerCase()).join('\n')}`;
          };
  const keys = new Map(rows.map((row) => [row, key(row)]));
  const sign = isDescending ? -1 : 1;
  rows = rows.toSorted((one, other) => {
    const [a, b] = [keys.get(one), keys.get(other)];
    return a < b ? -sign : a > b ? sign : order.get(one) - order.get(other);
  });
  tops = [0];
  const isInView = new Set(shownColumns);
  for (const row of rows) {
    let lines = 2;
    for (const index of row.cells.keys()) {
      if (isInView.has(index)) lines = Math.max(lines, Math.min(shownEntries(row, index).length, maxLines));
    }
    tops.push(tops.at(-1) + lines * lineHeight + rowPadding);
  }
}

// Drawing

/** Widths by the longest entry of each column, whatever is searched for: columns keep theirs. */
const widthsOf = widths();

function widths() {
  const longest = columns.map(({ name }) => Math.max(name.length + 2, 9));
  for (const { cells } of all) {
    for (const [column, found] of cells) {
      for (const entry of found) {
        const { subject, note } = entries[entry];
        longest[column] = Math.max(longest[column], subject.length + note.length + 2);
      }
    }
  }
  return longest.map((length) => Math.min(length, 26) * 0.52 * pixels + pixels);
}

function drawHead() {
  const cells = [headCell(0, nouns.row.name, ''), headCell(1, nouns.count.name, '')];
  for (const [at, index] of shownColumns.entries()) {
    const { name, sid, tally } = columns[index];
    cells.push(headCell(at + ownColumns, name, tallyText(tally, nouns.people), index + ownColumns, sid));
  }
  head.replaceChildren(...cells);
  const widths = [
    Math.min(19 * pixels, 0.42 * scroller.clientWidth),
    6.5 * pixels,
    ...shownColumns.map((column) => widthsOf[column]),
  ];
  const group = make('colgroup');
  group.append(
    ...widths.map((width) => {
      const column = make('col');
      column.style.width = `${width}px`;
      return column;
    }),
  );
  table.querySelector('colgroup')?.remove();
  caption.after(group);
  lefts = [0];
  for (const width of widths) lefts.push(lefts.at(-1) + width);
  table.style.width = `${lefts.at(-1)}px`;
  table.setAttribute('aria-rowcount', String(rows.length + 1));
  table.setAttribute('aria-colcount', String(shownColumns.length + ownColumns));
  drawn = new Map();
  drawRows();
  mark();
}

function headCell(at, name, below, sortColumn = at, sid = '') {
  const cell = make('th', at === 0 ? 'row-head' : '');
  cell.id = `cell--1-${at}`;
  cell.scope = 'col';
  cell.title = sid && sid !== name ? `${name}\n${sid}` : name;
  cell.setAttribute('role', 'columnheader');
  cell.setAttribute('aria-colindex', String(at + 1));
  const isSorted = sorting.column === sortColumn;
  cell.setAttribute('aria-sort', isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : 'none');
  cell.append(make('span', 'name', name));
  if (below) cell.append(make('span', 'below', below));
  return cell;
}

function drawRows() {
  const top = scroller.scrollTop;
  const bottom = top + Math.max(scroller.clientHeight, 400);
  const first = Math.max(placeIn(tops, top) - overscan, 0);
  const last = Math.min(placeIn(tops, bottom) + overscan, rows.length - 1);
  const columnsInView = columnRange();
  if (columnsInView.first !== range.first || columnsInView.last !== range.last) {
    range = columnsInView;
    drawn = new Map();
  }
  const next = new Map();
  for (let index = first; index <= last; index += 1) next.set(index, drawn.get(index) ?? rowElement(index));
  drawn = next;
  body.replaceChildren(
    spacer(tops[first] ?? 0),
    ...next.values(),
    spacer(tops.at(-1) - (tops[last + 1] ?? 0)),
  );
  mark();
}

/** The row or the column at this distance from the first one. */
function placeIn(starts, distance) {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle + 1] > distance) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The columns of the matrix in view, in steps, so that a small move draws nothing anew. */
function columnRange() {
  const { scrollLeft, clientWidth } = scroller;
  const step = 6;
  const [from, to] = [scrollLeft, scrollLeft + clientWidth].map((x) => placeIn(lefts, x) - ownColumns);
  return {
    first: Math.max(Math.floor(from / step) - 1, 0) * step,
    last: Math.min((Math.ceil(to / step) + 1) * step, shownColumns.length),
  };
}

function spacer(height) {
  const row = make('tr', 'spacer');
  row.setAttribute('role', 'presentation');
  const cell = make('td');
  cell.colSpan = shownColumns.length + ownColumns;
  cell.style.height = `${height}px`;
  row.append(cell);
  return row;
}

function rowElement(index) {
  const row = rows[index];
  const element = make('tr');
  element.setAttribute('role', 'row');
  element.setAttribute('aria-rowindex', String(index + 2));
  element.style.height = `${tops[index + 1] - tops[index]}px`;
  element.append(rowHead(row, index), cellElement(index, 1, countLines(row)));
  const { first, last } = range;
  if (first > 0) element.append(filler(first));
  for (let at = first; at < last; at += 1)
    element.append(cellElement(index, at + ownColumns, entryLines(shownEntries(row, shownColumns[at]))));
  if (last < shownColumns.length) element.append(filler(shownColumns.length - last));
  return element;
}

/** Stands for columns that are not in view. */
function filler(columnCount) {
  const cell = make('td');
  cell.colSpan = columnCount;
  cell.setAttribute('role', 'presentation');
  return cell;
}

function rowHead(row, index) {
  const cell = make('th', 'row-head');
  cell.id = `cell-${index}-0`;
  cell.scope = 'row';
  cell.setAttribute('role', 'rowheader');
  cell.setAttribute('aria-colindex', '1');
  cell.title = [row.name, row.detail, row.sid].filter(Boolean).join('\n');
  const below = make('span', 'below', row.detail);
  if (row.status) below.prepend(make('span', 'status', data.statuses[row.status]), ' ');
  cell.append(make('span', 'name', row.name), below);
  return cell;
}

function countLines({ tally: [certain, undecided] }) {
  const lines = [make('div', 'entry', String(certain))];
  if (undecided > 0) lines.push(make('div', 'entry undecided', `+ ${undecided} ?`));
  return lines;
}

function entryLines(found) {
  const few = found.length > maxLines ? found.slice(0, maxLines - 1) : found;
  const lines = few.map((index) => {
    const { subject, note, isUndecided } = entries[index];
    const line = make('div', isUndecided ? 'entry undecided' : 'entry');
    line.append(make('span', 'subject', subject));
    if (isUndecided) line.append(make('span', '', '?'));
    if (note) line.append(make('span', 'note', ` ${note}`));
    return line;
  });
  if (few.length < found.length)
    lines.push(make('div', 'entry note', `and ${found.length - few.length} more`));
  return lines;
}

function cellElement(row, column, lines) {
  const cell = make('td', column === 1 ? 'count' : '');
  cell.id = `cell-${row}-${column}`;
  cell.setAttribute('role', 'gridcell');
  cell.setAttribute('aria-colindex', String(column + 1));
  cell.append(...lines);
  return cell;
}

/** Marks the cell with the keyboard's focus. */
function mark() {
  for (const element of table.querySelectorAll('.active')) element.classList.remove('active');
  const id = `cell-${active.row}-${active.column}`;
  const cell = document.getElementById(id);
  cell?.classList.add('active');
  if (cell === null) table.removeAttribute('aria-activedescendant');
  else table.setAttribute('aria-activedescendant', id);
}

scroller.addEventListener('scroll', drawRows, { passive: true });
addEventListener('resize', drawHead);

applySearch();
