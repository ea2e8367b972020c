/** One character of the screen, with the style it was printed in. */
interface Cell {
  text: string;
  bold: boolean;
  dim: boolean;
  /** An SGR colour, 31 to 36, or undefined for the terminal's own. */
  colour: number | undefined;
}

type Style = Omit<Cell, 'text'>;

const plain: Style = { bold: false, dim: false, colour: undefined };

/** Colours of GitHub's dark theme by SGR number. They stand on the dark background that the picture brings along. */
const palette: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#3fb950',
  33: '#d29922',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#56d4dd',
};
const ground = { window: '#161b22', border: '#6e7681', text: '#e6edf3', dim: '#9198a1' };
const cell = { width: 8, height: 19 };
const margin = 16;

/**
 * The screen after a program has printed this to a terminal of that many columns: its lines, wrapped as a terminal wraps
 * them. Knows what the questions print: SGR, cursor to a column, erase line, show and hide the cursor. Throws on any
 * other escape sequence and on characters of two columns.
 */
export function screenOf(printed: string, columns: number): Cell[][] {
  const rows: Cell[][] = [[]];
  let style = plain;
  let column = 0;
  const put = (text: string): void => {
    if (column === columns) {
      rows.push([]);
      column = 0;
    }
    const row = rows.at(-1) ?? [];
    while (row.length < column) row.push({ text: ' ', ...plain });
    row[column] = { text, ...style };
    column += 1;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  for (const [token, parameter, command] of printed.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|\p{Any}/gu)) {
    if (command === 'm') style = (parameter || '0').split(';').map(Number).reduce(styled, style);
    else if (command === 'G') column = Number(parameter || '1') - 1;
    else if (command === 'K' && parameter === '2') rows.at(-1)?.splice(0);
    else if (command === 'K' && !parameter) rows.at(-1)?.splice(column);
    else if (parameter === '?25' && (command === 'h' || command === 'l')) continue;
    else if (token === '\r') column = 0;
    else if (token === '\n') rows.push([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it refuses.
    else if (/^[\x00-\x1f\x7f]/.test(token)) throw new Error(`The picture knows no ${JSON.stringify(token)}`);
    else if (/[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]/.test(token))
      throw new Error(`The picture knows no character of two columns, such as ${token}`);
    else put(token);
  }
  while (rows.length > 0 && rows.at(-1)?.length === 0) rows.pop();
  return rows;
}

function styled(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: undefined };
  if (palette[code] !== undefined) return { ...style, colour: code };
  throw new Error(`The picture knows no SGR ${code}`);
}

/** The screen as an SVG. Each run of characters gets its exact place, so columns stand in line in every font. */
export function pictureOf(rows: readonly (readonly Cell[])[], columns: number, title: string): string {
  const width = columns * cell.width + 2 * margin;
  const height = rows.length * cell.height + 2 * margin;
  const lines = rows.flatMap((row, line) =>
    runsOf(row).map(({ text, start, style }) => {
      const length = [...text].length;
      const x = margin + start * cell.width;
      const y = margin + (line + 1) * cell.height - 5;
      const weight = style.bold ? ' font-weight="bold"' : '';
      return `<text x="${x}" y="${y}" textLength="${length * cell.width}" fill="${fillOf(style)}"${weight}>${escapeXml(text)}</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
<title>${escapeXml(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${ground.window}" stroke="${ground.border}"/>
${lines.join('\n')}
</svg>
`;
}

function fillOf({ colour, dim }: Style): string {
  if (colour !== undefined) return palette[colour] ?? ground.text;
  return dim ? ground.dim : ground.text;
}

interface Run {
  text: string;
  start: number;
  style: Style;
}

/** Neighbours of one style together, apart at each gap of several spaces: viewers draw those as one. */
function runsOf(row: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  for (const [start, { text, ...style }] of row.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && JSON.stringify(last.style) === JSON.stringify(style)) last.text += text;
    else runs.push({ text, start, style });
  }
  return runs.flatMap(({ text, start, style }) =>
    [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => ({
      text: words,
      start: start + index,
      style,
    })),
  );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
