// Paper has all rows of the search: as a table where its columns fit, and else as a list. Of very many it has the totals.

const print = document.getElementById('print');
/** More columns, or longer cells, do not fit on paper, which then has a list. */
const maxPrintedColumns = 8;
const maxPrintedCell = 80;
/** About 100 pages; more than that has only totals on paper. */
const maxPrintedCharacters = 200_000;
/** The room that a row takes on paper beside its text. */
const charactersOfRow = 200;

addEventListener('beforeprint', () => {
  if (count.textContent) print.append(make('p', '', `Only a part: ${count.textContent}.`));
  if (!hasRoomOnPaper()) print.append(...printedTotals());
  else print.append(fitsInTable() ? printedTable() : printedList());
});
addEventListener('afterprint', () => print.replaceChildren());

function hasRoomOnPaper() {
  let characters = 0;
  return rows.every((row) => {
    characters += charactersOfRow;
    for (const line of printedLines(row)) characters += line.length;
    return characters <= maxPrintedCharacters;
  });
}

/** A long cell in a narrow column would leave most of the page empty. */
function fitsInTable() {
  const isShort = (row) => shownColumns.every((column) => cellText(row, column).length <= maxPrintedCell);
  return shownColumns.length <= maxPrintedColumns && rows.every(isShort);
}

function cellText(row, column) {
  return shownEntries(row, column).map(entryText).join(', ');
}

function printedTotals() {
  const advice =
    'This is too much for paper, so here are only the totals. To print people and roles, search for some of them first.';
  const list = make('ul', 'totals');
  for (const index of shownColumns) {
    const { name, tally } = columns[index];
    list.append(make('li', '', `${name}: ${tallyText(tally, nouns.people)}`));
  }
  const all = `${rows.length} ${nouns.row.many}, ${shownColumns.length} ${nouns.column.many}.`;
  return [make('p', 'bad', advice), make('p', '', all), list];
}

function printedTable() {
  const printed = make('table');
  const headings = make('tr');
  headings.append(make('th', '', nouns.row.name), make('th', '', nouns.count.name));
  for (const index of shownColumns) {
    const cell = make('th', '', columns[index].name);
    cell.append(make('span', 'below', tallyText(columns[index].tally, nouns.people)));
    headings.append(cell);
  }
  printed.createTHead().append(headings);
  const lines = printed.createTBody();
  for (const row of rows) {
    const line = make('tr');
    line.append(printedName('th', row), make('td', '', tallyText(row.tally, nouns.count)));
    for (const index of shownColumns) line.append(make('td', '', cellText(row, index)));
    lines.append(line);
  }
  return printed;
}

function printedList() {
  const list = make('ul');
  for (const row of rows) {
    const item = printedName('li', row);
    item.append(...printedLines(row).map((line) => make('div', '', line)));
    list.append(item);
  }
  return list;
}

/** Columns with the same entries share a line: roles of the organization are in nearly all of them. */
function printedLines(row) {
  const groups = new Map();
  for (const index of shownColumns) {
    const text = row.cells.has(index) ? cellText(row, index) : '';
    if (!text) continue;
    const group = groups.get(text);
    if (group) group.push(index);
    else groups.set(text, [index]);
  }
  return Array.from(groups, ([text, group]) => `${text}: ${columnNames(group)}`);
}

/** Their names, or those of the few others. */
function columnNames(group) {
  const names = (indexes) => indexes.map((index) => columns[index].name).join(', ');
  const isIn = new Set(group);
  const others = shownColumns.filter((index) => !isIn.has(index));
  if (group.length < 4 || others.length * 3 > group.length) return names(group);
  const every = `all ${shownColumns.length} ${nouns.column.many}${count.textContent ? ' of the search' : ''}`;
  return others.length === 0 ? every : `${every} except ${names(others)}`;
}

function printedName(tag, row) {
  const element = make(tag);
  element.append(make('b', '', row.name));
  const more = [row.detail, row.status ? data.statuses[row.status] : ''].filter(Boolean).join(', ');
  if (more) element.append(' ', make('span', 'below', more));
  return element;
}
