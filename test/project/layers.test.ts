import { describe, expect, it } from 'vitest';
import { circlesIn, importsOf, layersOf, listTree, readProjectFile } from '../support/house.ts';

const maxLines = 350;

const layers = layersOf(readProjectFile('docs/architecture.md'));
const sources = listTree('src')
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readProjectFile(name) }));
const graph = new Map(sources.map(({ name, text }) => [name, importsOf(name, text)]));
const arrows = [...graph].flatMap(([from, targets]) =>
  targets.filter((to) => to.startsWith('src/')).map((to) => ({ from, to })),
);

/** The number of a file's layer, 0 for the lowest; -1 for a file that is in none. */
function layerOf(file: string): number {
  return layers.findIndex((layer) => file === layer || file.startsWith(`${layer}/`));
}

describe('the layers of docs/architecture.md', () => {
  it('hold every file of src', () => {
    expect(layers.length).toBeGreaterThan(10);
    expect(sources.length).toBeGreaterThan(200);
    expect(sources.map(({ name }) => name).filter((name) => layerOf(name) < 0)).toEqual([]);
  });

  it('let no file import from a layer above its own', () => {
    const upward = arrows.filter(({ from, to }) => layerOf(to) > layerOf(from));
    expect(upward.map(({ from, to }) => `${from} -> ${to}`).toSorted()).toEqual([]);
  });

  it('let the sandbox import from the platform alone, and only commands import the sandbox', () => {
    const isSandbox = (file: string) => file.startsWith('src/sandbox/');
    const across = arrows.filter(({ from, to }) => isSandbox(from) !== isSandbox(to));
    expect(across.length).toBeGreaterThan(0);
    const allowed = across.filter(({ from, to }) =>
      isSandbox(from) ? to.startsWith('src/platform/') : from.startsWith('src/commands/'),
    );
    expect(across.filter((arrow) => !allowed.includes(arrow))).toEqual([]);
  });
});

describe('the sources', () => {
  it.each([
    ['are imported for their effects', /^import ['"]/m],
    ['export a variable that may change', /^export (?:let|var) /m],
    ['import a module as one object', /^import (?:type )?\* as /m],
    ['import the default of another', /^import \w+(?:, \{.*\})? from '\.[^']*\.ts'/m],
  ])('never %s: the build would lose it', (_, pattern) => {
    expect(sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name)).toEqual([]);
  });
});

describe('the platform', () => {
  /** Files that name Twilio all the same. The test fails when one no longer does: take it out then. */
  const known = [
    // The header with the id of a request, a hint, and the line for Twilio's support.
    'src/platform/http/client.ts',
    'src/platform/terminal/messages.ts',
  ];

  it('names Twilio nowhere but in known files', () => {
    // The program's own name and its variables are not Twilio's.
    const naming = sources.filter(
      ({ name, text }) => name.startsWith('src/platform/') && /\btwilio\b(?!-org)/i.test(text),
    );
    expect(naming.map(({ name }) => name).toSorted()).toEqual(known);
  });
});

describe('the imports of src', () => {
  it('are written so that this test sees each of them', () => {
    // A dynamic import of anything but a plain string would be an arrow that nothing checks.
    const hidden = sources.filter(({ text }) =>
      /\bimport\((?!\s*'|[^;]*'node:)|\brequire\(\s*'\./.test(text),
    );
    expect(hidden.map(({ name }) => name)).toEqual([]);
    const known = new Set(sources.map(({ name }) => name));
    expect(arrows.filter(({ to }) => !known.has(to))).toEqual([]);
  });

  it('form no circle, not even through types', () => {
    expect(circlesIn(graph)).toEqual([]);
  });
});

describe('a file of src', () => {
  it(`has at most ${maxLines} lines`, () => {
    const files = listTree('src').filter((name) => /\.(ts|js|css)$/.test(name));
    expect(files.length).toBeGreaterThan(sources.length);
    const long = files.filter((name) => readProjectFile(name).split('\n').length - 1 > maxLines);
    expect(long).toEqual([]);
  });
});

describe('the modules in test/support', () => {
  it('import nothing from the other test directories', () => {
    const files = listTree('test/support').filter((name) => /\.[cm]?[jt]s$/.test(name));
    expect(files.length).toBeGreaterThan(20);
    const foreign = files.flatMap((name) =>
      importsOf(name, readProjectFile(name))
        .filter((target) => target.startsWith('test/') && !target.startsWith('test/support/'))
        .map((target) => `${name} -> ${target}`),
    );
    expect(foreign).toEqual([]);
  });
});
