import { describe, expect, it, test } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { commandsOf, startsRun } from '../../src/cli/command-info.ts';
import { guardFlags } from '../../src/cli/guard-flags.ts';
import { helpPage, layOutHelp } from '../../src/cli/help/page.ts';
import { entries } from '../../src/commands/index.ts';
import { programInfo } from '../../src/program.ts';
import { listTree } from '../support/house.ts';

const program = await programInfo();
const commands = commandsOf(program);
const names = commands.map(({ name }) => name);

/** The modules of commands by their file: `users/list`, or `api` for one at the top. */
const files = listTree('src/commands')
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/^src\/commands\//, '').replace(/\.ts$/, ''))
  .filter((name) => !/(?:^|\/)index$|\/shared\//.test(name));

describe('the commands of the program', () => {
  test('are those of the files of src/commands, one a file', () => {
    expect(names.map((name) => name.replace(' ', '/')).toSorted()).toEqual(files.toSorted());
  });

  test.each(files)('include what src/commands/%s.ts declares, and it declares one command', async (file) => {
    const module: Record<string, unknown> = await import(
      /* @vite-ignore */ new URL(`../../src/commands/${file}.ts`, import.meta.url).href
    );
    const declared = Object.values(module).filter(
      (value): value is Command => typeof value === 'object' && value !== null && 'effect' in value,
    );
    expect(declared.map(({ name }) => name)).toEqual([file.replace('/', ' ')]);
    expect(commands).toContain(declared[0]);
  });

  test('stand in groups that are registered under the name of their directory', () => {
    const directories = new Set(files.map((file) => file.split('/')[0]));
    expect(entries.map(({ name }) => name).toSorted()).toEqual([...directories].toSorted());
    for (const entry of program.entries) {
      if (!('commands' in entry)) continue;
      expect(entry.commands.filter(({ name }) => !name.startsWith(`${entry.name} `))).toEqual([]);
    }
  });

  test('are registered under the name of their verb', async () => {
    for (const entry of entries) {
      if ('load' in entry) continue;
      for (const [verb, load] of Object.entries(entry.commands))
        expect((await load()).name).toBe(`${entry.name} ${verb}`);
    }
  });

  test('at the top have the summary that the front page shows before they are loaded', () => {
    for (const entry of program.entries) {
      expect(entries.find(({ name }) => name === entry.name)?.summary).toBe(entry.summary);
    }
  });
});

describe('the declaration of every command', () => {
  it('has a summary that begins with a capital and has no full stop', () => {
    const summaries = [...program.entries, ...commands].map(({ summary }) => summary);
    expect(summaries.filter((summary) => !/^[A-Z].*[^.]$/.test(summary))).toEqual([]);
  });

  it('describes each argument and flag, beginning with a lower-case word and without a full stop', () => {
    const described = commands.flatMap(({ name, args, flags }) =>
      Object.entries({ ...args, ...flags }).map(([key, { summary }]) => ({ name, key, summary })),
    );
    const isFine = (summary: string) => /^(?:[a-z*]|[A-Z]{2}|Redirect URL).*[^.]$/.test(summary);
    expect(described.length).toBeGreaterThan(100);
    expect(described.filter(({ summary }) => !isFine(summary))).toEqual([]);
  });

  it('has at least two examples, each different and of this command', () => {
    for (const { name, examples } of commands) {
      expect(new Set(examples).size, name).toBe(examples.length);
      expect(examples.length, name).toBeGreaterThanOrEqual(2);
      for (const example of examples) expect(example).toContain(`twilio-org ${name}`);
    }
  });

  it('has notes that begin with text and end with one line break', () => {
    const notes = commands.flatMap(({ notes }) => notes ?? []);
    expect(notes.length).toBeGreaterThan(3);
    expect(notes.filter((text) => !/^\S[\s\S]*\S\n$/.test(text))).toEqual([]);
  });

  it('has conflicts that are flags of the command, both ways', () => {
    for (const { name, flags } of commands) {
      for (const [key, { conflicts = [] }] of Object.entries(flags)) {
        for (const other of conflicts) expect(flags[other]?.conflicts, `${name}: ${other}`).toContain(key);
      }
    }
  });

  it('has its variadic argument last, and no required one after an optional one', () => {
    for (const { name, args } of commands) {
      const specs = Object.values(args);
      expect(
        specs.slice(0, -1).filter(({ variadic }) => variadic),
        name,
      ).toEqual([]);
      const firstOptional = specs.findIndex(({ optional }) => optional);
      expect(firstOptional < 0 || specs.slice(firstOptional).every(({ optional }) => optional), name).toBe(
        true,
      );
    }
  });
});

describe('a command whose effect', () => {
  test('is to read needs no scope to create, update or delete', () => {
    const reading = commands.filter(({ effect }) => effect === 'reads' || effect === 'local');
    expect(reading.length).toBeGreaterThan(20);
    for (const { name, scopes } of reading) {
      expect(scopes, name).not.toBe('as-sent');
      expect(
        Object.keys(scopes).filter((scope) => /create|update|delete/.test(scope)),
        name,
      ).toEqual([]);
    }
  });

  test('is to change or remove needs such a scope, or those of what it sends', () => {
    const changing = commands.filter(({ effect }) => effect === 'changes' || effect === 'removes');
    expect(changing.length).toBeGreaterThan(15);
    for (const { name, scopes } of changing) {
      if (scopes === 'as-sent') continue;
      expect(
        Object.keys(scopes).some((scope) => /create|update|delete/.test(scope)),
        name,
      ).toBe(true);
    }
  });

  test('is to remove has the flags of the guards', () => {
    for (const { name, flags } of commands.filter(({ effect }) => effect === 'removes')) {
      expect(Object.keys(flags), name).toEqual(expect.arrayContaining(Object.keys(guardFlags)));
    }
  });

  test('is to change starts a run, unless it continues one', () => {
    const continuing = commands.filter(({ continuesRun }) => continuesRun);
    expect(continuing.map(({ name }) => name)).toEqual(['runs resume']);
    expect(commands.filter(startsRun)).not.toContain(continuing[0]);
  });
});

test('the help of every command shows all of its arguments, flags, examples and notes', () => {
  const plain = (text: string) => text.replace(/\s+/g, ' ');
  for (const { name, summary, args, flags, examples, notes = '' } of commands) {
    const page = helpPage(program, name.split(' '));
    const help = page && plain(layOutHelp(page, 80));
    const texts = [summary, notes, ...examples];
    for (const spec of Object.values({ ...args, ...flags })) texts.push(spec.summary);
    expect(
      texts.filter((text) => !help?.includes(plain(text).trim())),
      name,
    ).toEqual([]);
  }
});
