import { access, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { commandsOf } from '../../src/cli/command-info.ts';
import { buildTree, type Flag, flatten } from '../../src/cli/completion/tree.ts';
import { createProgram } from '../../src/cli/parse-and-run.ts';
import { entries } from '../../src/commands/index.ts';
import { defaultStore, stores } from '../../src/login/credentials/stores.ts';
import { exitCodes } from '../../src/platform/core/errors.ts';
import { alternatives } from '../../src/platform/core/text.ts';
import { documentFormats } from '../../src/platform/terminal/documents.ts';
import { formatNames } from '../../src/platform/terminal/formats/index.ts';
import { programInfo } from '../../src/program.ts';
import { commandPage } from '../support/docs.ts';

const file = new URL('../../docs/commands.md', import.meta.url);
const sources = new URL('../../src/', import.meta.url);
const program = await programInfo();
let page: string;

beforeAll(async () => {
  page = await readFile(file, 'utf8');
});

describe('docs/commands.md', () => {
  it('is what `npm run docs` writes', async () => {
    await expect(await commandPage(page)).toMatchFileSnapshot(fileURLToPath(file));
  });

  it('lists the exit codes that there are', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| `(.+?)` \|/gm)].map(([, code, kind]) => [
      kind,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual(exitCodes);
  });

  it('lists the formats that there are', () => {
    const [, streams = ''] = page.split('## Streams and formats');
    const rows = [...(streams.split('\n\n')[2] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(
      ([, format]) => format,
    );
    expect(rows.toSorted()).toEqual([...formatNames].toSorted());
  });

  it('lists the documents that there are, each with a command that prints it', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (`.*`) \| .* \|$/gm)].map(([, format]) => format);
    expect(rows).toEqual(documentFormats.map(({ name }) => name));
  });

  it('describes each credential store as the program does, the default included', () => {
    const [, description = ''] = /^\| `TWILIO_ORG_STORE` \| (.*) \|$/m.exec(page) ?? [];
    const list = stores.map(
      ({ kind, description }) =>
        `\`${kind}\` (${description}${kind === defaultStore ? '; the default' : ''})`,
    );
    expect(description).toBe(`the store that keeps the credentials of a login: ${alternatives(list)}`);
  });

  it('lists the variables that the program reads, and no other', async () => {
    const names = (text: string) => [...new Set(text.match(/TWILIO_ORG_[A-Z_]*[A-Z]/g))].toSorted();
    const files = await readdir(sources, { recursive: true });
    const code = await Promise.all(
      files.filter((name) => name.endsWith('.ts')).map((name) => readFile(new URL(name, sources), 'utf8')),
    );
    expect(names(page)).toEqual(names(code.join('\n')));
  });
});

test('every example is one that the program takes', async () => {
  const { root, loadAll } = createProgram({ name: 'twilio-org', version: '0.0.0', entries }, async () => {
    throw new Error('no command runs');
  });
  await loadAll();
  for (const entry of root.commands) {
    for (const command of [entry, ...entry.commands]) {
      if (command.commands.length === 0) command.action(() => undefined);
    }
  }
  for (const { examples } of [...program.entries, ...commandsOf(program)]) {
    for (const example of examples) {
      const calls = callsIn(example);
      expect(calls.length, example).toBeGreaterThan(0);
      for (const words of calls) {
        await root.parseAsync(words, { from: 'user' }).catch((error: Error) => {
          throw new Error(`${example}: ${error.message}`);
        });
      }
    }
  }
  await expect(root.parseAsync(['users', 'list', '--serch', 'x'], { from: 'user' })).rejects.toThrow(
    '--serch',
  );
});

/** The words after each `twilio-org` of a shell's line, up to what is the shell's. */
function callsIn(line: string): string[][] {
  return [...line.matchAll(/twilio-org ((?:"[^"]*"|'[^']*'|[^"'|<>;&)])*)/g)].map(([, words = '']) =>
    [...words.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      ([, quoted, inApostrophes, plain]) => quoted ?? inApostrophes ?? plain ?? '',
    ),
  );
}

const isFormat = (name: string) => formatNames.some((format) => format === name);

test('a flag takes the same kind of value in every command that has it, as the completion scripts assume', () => {
  const seen = new Map<string, Pick<Flag, 'value' | 'choices'>>();
  for (const { path, flags } of flatten(buildTree(program))) {
    for (const { short, long, value, choices } of flags) {
      for (const name of short === undefined ? [long] : [short, long]) {
        const first = seen.get(name);
        // Some commands make documents as well.
        const shared = name === '-o' || name === '--output' ? choices.filter(isFormat) : choices;
        // The meaning of `--to` depends on the command, so the completion scripts offer no choices for it.
        if (name === '--to') continue;
        const isFile = value === 'file';
        if (first === undefined) seen.set(name, { value, choices: shared });
        else
          expect({ path, name, valued: value !== undefined, isFile, choices: shared }).toEqual({
            path,
            name,
            valued: first.value !== undefined,
            isFile: first.value === 'file',
            choices: first.choices,
          });
      }
    }
  }
  expect(seen.size).toBeGreaterThan(40);
});

describe('docs/security.md', () => {
  it('names a test for everything that holds, and each is there', async () => {
    const security = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8');
    const rows = (title: string) =>
      [
        ...(security.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(/^\| (.+?) \| (.+) \|$/gm),
      ].slice(1);
    const shown = rows('Tests');
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.map(([, against]) => against)).toEqual(rows('Protection').map(([, against]) => against));
    for (const [, against, cell = ''] of shown) {
      const files = [...cell.matchAll(/`([^`]+)`: (.*?)(?:; (?=`)|$)/g)];
      expect(files.length, against).toBeGreaterThan(0);
      for (const [, name = '', sentences = ''] of files) {
        const text = await readFile(new URL(`../${name}.test.ts`, import.meta.url), 'utf8');
        const named = [...sentences.matchAll(/\*([^*]+)\*/g)].map(([, sentence = '']) => sentence);
        expect(named.length, name).toBeGreaterThan(0);
        expect(
          named.filter((sentence) => !text.includes(`${sentence}'`) && !text.includes(`${sentence}\``)),
        ).toEqual([]);
      }
    }
  });
});

test('docs/reliability.md names a test for every promise, and each is there', async () => {
  const text = await readFile(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (?!promise )(.+) \| (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  for (const [, promise = '', cell = ''] of rows) {
    const names = [...cell.matchAll(/`(\w+\/[^`]*)`/g)].map(([, name = '']) => name);
    expect(names.length > 0 || /^the same$|npm run/.test(cell), promise).toBe(true);
    for (const name of names) await access(new URL(`../${name}`, import.meta.url));
  }
});
