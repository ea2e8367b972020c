import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }));

/** The text from an opening bracket to its closing one. Brackets in texts of columns come in pairs. */
function bracketed(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '[') depth += 1;
    if (text[at] === ']') depth -= 1;
    if (depth === 0) return text.slice(from, at + 1);
  }
  return text.slice(from);
}

/** The lists in the text that have columns of their own, without the lists inside them. */
function lists(text: string): string[] {
  return [...text.matchAll(/\[/g)]
    .map(({ index }) => bracketed(text, index).slice(1, -1))
    .map((list) => {
      let outer = list;
      for (let before = ''; before !== outer; ) {
        before = outer;
        outer = outer.replace(/\[[^[\]]*\]/g, '');
      }
      return outer;
    })
    .filter((list) => /\{\s*heading:|\.\.\.\w+Columns\b/.test(list));
}

/** The heading of a column of a constant or a function of this name. */
function headingOfNamed(name: string): string[] {
  const declared = new RegExp(
    `\\b(?:const ${name}\\b[^=\\n]*= |function ${name}\\b.*\\n  return )\\{\\s*heading: '([^']+)'`,
  );
  return sources.flatMap(({ text }) => declared.exec(text)?.[1] ?? []).slice(0, 1);
}

/** The columns that a function or a constant of this name makes, such as `placeColumns`. */
function namedLists(name: string): string[] {
  const declared = new RegExp(`\\b(?:function|const) ${name}\\b`);
  return sources.flatMap(({ text }) => {
    const at = text.search(declared);
    return at < 0 ? [] : lists(text.slice(at)).slice(0, 1);
  });
}

function headingsIn(list: string, within: readonly string[] = []): string[] {
  const own = [...list.matchAll(/\bheading: '([^']+)'/g)].map(([, heading = '']) => heading);
  const constants = [...list.matchAll(/(?:^|,)\s*(\w+)\s*(?=[,(]|$)/g)].flatMap(([, name = '']) =>
    headingOfNamed(name),
  );
  const spread = [...list.matchAll(/\.\.\.(\w+Columns)\b/g)].flatMap(([, name = '']) =>
    within.includes(name)
      ? []
      : namedLists(name)
          .slice(0, 1)
          .flatMap((one) => headingsIn(one, [...within, name])),
  );
  return [...own, ...constants, ...spread];
}

const tables = sources.flatMap(({ file, text }) =>
  lists(text)
    .map((list) => ({ file, headings: headingsIn(list) }))
    .filter(({ headings }) => headings.length > 0),
);

test('no table or detail view has two columns with the same heading', () => {
  expect(tables.length).toBeGreaterThan(20);
  expect(tables.flatMap(({ headings }) => headings).length).toBeGreaterThan(110);
  const repeated = tables.flatMap(({ file, headings }) =>
    headings.filter((heading, index) => headings.indexOf(heading) < index).map((one) => `${file}: ${one}`),
  );
  expect(repeated).toEqual([]);
});
