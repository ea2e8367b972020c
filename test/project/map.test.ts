import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, listTree, mapEntries, projectRoot, readProjectFile } from '../support/house.ts';

const architecture = readProjectFile('docs/architecture.md');
const pages = ['README.md', ...listTree('docs').filter((name) => name.endsWith('.md'))].map((name) => ({
  name,
  text: readProjectFile(name),
}));
const names = ['src', 'test'].flatMap((top) => [`${top}/`, ...listTree(top)]);
const directories = names.filter((name) => name.endsWith('/'));

/** Compares a path with an entry of the map, in which `<noun>` stands for any one directory. */
function isMatch(path: string, entry: string): boolean {
  const parts = path.split('/');
  const wanted = entry.split('/');
  return (
    parts.length === wanted.length && wanted.every((part, at) => /^<\w+>$/.test(part) || part === parts[at])
  );
}

describe('the map in docs/architecture.md', () => {
  const entries = mapEntries(architecture).filter((entry) => /^(src|test)\//.test(entry));

  it('names only directories that exist', () => {
    expect(entries.length).toBeGreaterThan(40);
    expect(entries.filter((entry) => !directories.some((name) => isMatch(name, entry)))).toEqual([]);
  });

  it('names every directory of src and test', () => {
    // Directories of unit tests are those of src: the test of the unit tests sees to that.
    const mapped = directories.filter((name) => !name.startsWith('test/unit/') || name === 'test/unit/');
    expect(mapped.filter((name) => !entries.some((entry) => isMatch(name, entry)))).toEqual([]);
  });
});

describe('a command', () => {
  it('is in the list of its group, and a group or a command at the top in src/commands/index.ts', () => {
    const files = names.filter((name) => /^src\/commands\/([\w-]+\/)?[\w-]+\.ts$/.test(name));
    const listOf = (name: string) =>
      name.endsWith('/index.ts') || posix.dirname(name) === 'src/commands'
        ? 'src/commands/index.ts'
        : posix.join(posix.dirname(name), 'index.ts');
    const listed = (name: string) => importsOf(listOf(name), readProjectFile(listOf(name))).includes(name);
    const commands = files.filter((name) => name !== 'src/commands/index.ts');
    expect(commands.length).toBeGreaterThan(40);
    expect(commands.filter((name) => !listed(name))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('names only exports that exist in src', () => {
    // Words in code style that look like an identifier: createSend, AppError.
    const named = [...architecture.matchAll(/`([A-Za-z]+)`/g)]
      .map(([, word = '']) => word)
      .filter((word) => /[a-z][A-Z]/.test(word) || /^[A-Z][a-z]+$/.test(word));
    const code = names
      .filter((name) => /^src\/.*\.ts$/.test(name))
      .map(readProjectFile)
      .join('\n');
    const isExported = (word: string) =>
      new RegExp(`^export (?:async )?(?:function\\*?|const|class|interface|type) ${word}\\b`, 'm').test(code);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((word) => !isExported(word))).toEqual([]);
  });
});

describe('a unit test', () => {
  it('stands where the module stands that it tests', () => {
    const tests = names.filter((name) => name.startsWith('test/unit/') && name.endsWith('.test.ts'));
    expect(tests.length).toBeGreaterThan(60);
    const moduleOf = (test: string) =>
      test.replace(/^test\/unit\//, 'src/').replace(/(\.property)?\.test\.ts$/, '.ts');
    expect(tests.filter((test) => !names.includes(moduleOf(test)))).toEqual([]);
  });

  it('runs no command, which is what integration tests are for', () => {
    const tests = names.filter((name) => name.startsWith('test/unit/') && name.endsWith('.test.ts'));
    // The sandbox is a server: its own modules are tested through it.
    const running = tests.filter(
      (name) =>
        !name.startsWith('test/unit/sandbox/') &&
        /\b(sandboxed|call|run|start)\b[^;]*from '[./]+support\/cli\.ts'/.test(readProjectFile(name)),
    );
    expect(running).toEqual([]);
  });
});

describe('the pages of the documentation', () => {
  it('mention only files of the project that exist', () => {
    // A file that the reader is told to write is not there yet.
    const mentioned = pages.flatMap(({ name, text }) =>
      [
        ...text.matchAll(
          /(?<!Write )`((?:src|test|docs|bin|\.ci)\/[^\s`]*|[\w./<>-]+\/[\w.-]+\.(?:ts|js|md))`/g,
        ),
      ].map(([, path = '']) => ({ name, path })),
    );
    expect(mentioned.length).toBeGreaterThan(20);
    const places = (path: string) =>
      [path, `src/${path}`, `test/${path}`].map((place) => place.replace(/\/$/, ''));
    const exists = (path: string) =>
      places(path).some((place) =>
        place.includes('<')
          ? names.some((name) => isMatch(name.replace(/\/$/, ''), place))
          : existsSync(posix.join(projectRoot, place)),
      );
    expect(mentioned.filter(({ path }) => !exists(path))).toEqual([]);
  });

  it('link only to pages and headings that exist', () => {
    const anchors = (text: string) =>
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replace(/\s/g, '-'),
      );
    const links = pages.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ name, target })),
    );
    const dead = links.filter(({ name, target }) => {
      if (/^\w+:/.test(target)) return false;
      const [file, anchor] = target.split('#');
      const place = file ? posix.join(posix.dirname(name), file) : name;
      if (!existsSync(posix.join(projectRoot, place))) return true;
      return anchor !== undefined && !anchors(readProjectFile(place)).includes(anchor);
    });
    expect(links.length).toBeGreaterThan(5);
    expect(dead).toEqual([]);
  });
});
