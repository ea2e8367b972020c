// Keyboard and pointer of the matrix, which matrix.js draws.

const details = document.getElementById('details');

function describe() {
  const row = rows[active.row];
  const column = columns[shownColumns[active.column - ownColumns]];
  const lines = [];
  if (row === undefined && column !== undefined)
    lines.push(
      column.name,
      column.sid === column.name ? '' : column.sid,
      tallyText(column.tally, nouns.people),
    );
  else if (row !== undefined) {
    lines.push([row.name, row.detail].filter(Boolean).join(', '));
    if (row.status) lines.push(data.statuses[row.status]);
    if (column === undefined) lines.push(row.sid, tallyText(row.tally, nouns.count));
    else {
      const found = shownEntries(row, shownColumns[active.column - ownColumns]);
      lines.push(column.name, found.length === 0 ? 'nothing here' : found.map(entryText).join(', '));
    }
  }
  details.textContent = lines.filter(Boolean).join(' · ');
}

function entryText(index) {
  const { subject, note, isUndecided } = entries[index];
  const notes = [note, isUndecided ? 'undecided' : ''].filter(Boolean).join(', ');
  return notes ? `${subject} (${notes})` : subject;
}

function moveTo(row, column) {
  active = {
    row: Math.min(Math.max(row, -1), rows.length - 1),
    column: Math.min(Math.max(column, 0), shownColumns.length + ownColumns - 1),
  };
  scrollToActive();
  drawRows();
  describe();
}

function scrollToActive() {
  const { row, column } = active;
  const headHeight = head.offsetHeight;
  if (row >= 0) {
    const room = scroller.clientHeight - headHeight;
    if (tops[row] < scroller.scrollTop) scroller.scrollTop = tops[row];
    else if (tops[row + 1] > scroller.scrollTop + room) scroller.scrollTop = tops[row + 1] - room;
  }
  if (column === 0) return;
  const [start, end, sticky] = [lefts[column], lefts[column + 1], lefts[1]];
  if (start < scroller.scrollLeft + sticky) scroller.scrollLeft = start - sticky;
  else if (end > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = end - scroller.clientWidth;
}

function pageRows() {
  return Math.max(
    placeIn(tops, scroller.scrollTop + scroller.clientHeight - head.offsetHeight) -
      placeIn(tops, scroller.scrollTop) -
      1,
    1,
  );
}

const moves = {
  ArrowUp: ({ row, column }) => [row - 1, column],
  ArrowDown: ({ row, column }) => [row + 1, column],
  ArrowLeft: ({ row, column }) => [row, column - 1],
  ArrowRight: ({ row, column }) => [row, column + 1],
  PageUp: ({ row, column }) => [Math.max(row - pageRows(), 0), column],
  PageDown: ({ row, column }) => [row + pageRows(), column],
  Home: ({ row }, isFar) => [isFar ? 0 : row, 0],
  End: ({ row }, isFar) => [isFar ? rows.length - 1 : row, columns.length + ownColumns],
};

function sortBy(column) {
  // Of numbers, the largest are looked for first.
  const isDescending = sorting.column === column ? !sorting.isDescending : column === 1;
  sorting = { column, isDescending };
  sortRows();
  scroller.scrollTop = 0;
  drawHead();
}

function sortByActive() {
  const { column } = active;
  sortBy(column < ownColumns ? column : shownColumns[column - ownColumns] + ownColumns);
  describe();
}

table.addEventListener('keydown', (event) => {
  if (event.altKey || event.metaKey) return;
  const move = moves[event.key];
  if (move !== undefined) moveTo(...move(active, event.ctrlKey));
  else if ((event.key === 'Enter' || event.key === ' ') && active.row === -1) sortByActive();
  else return;
  event.preventDefault();
});
table.addEventListener('focus', () => describe());
table.addEventListener('click', (event) => {
  const [, row, column] = /^cell-(-?\d+)-(\d+)$/.exec(event.target.closest('th, td')?.id ?? '') ?? [];
  if (row === undefined) return;
  active = { row: Number(row), column: Number(column) };
  if (active.row === -1) sortByActive();
  mark();
  describe();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey || event.target === search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
search.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && search.value !== '') {
    search.value = '';
    applySearch();
  } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
    table.focus();
    moveTo(0, 0);
  } else return;
  event.preventDefault();
});
search.addEventListener('input', applySearch);
show.addEventListener('change', applySearch);
