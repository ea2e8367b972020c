import { readFileSync } from 'node:fs';
import type { ProgramInfo } from './command-info.ts';

/**
 * The texts that the build leaves beside its files, because printing them takes a fraction of the time needed to generate
 * them. Nothing else is in them: a program that runs from its source generates them.
 */
export function readStored(file: string): string | undefined {
  try {
    return readFileSync(new URL(file, import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
}

/** The whole program as data, if the build has stored it. */
export function storedProgram(): ProgramInfo | undefined {
  return parsed(readStored(programFile));
}

/**
 * The part of the program that the help of a group or a command is about, if the build has stored it; without a word,
 * the program with its groups empty. Parsing the whole program takes longer than laying out a page.
 */
export function storedPart(word: string | undefined): ProgramInfo | undefined {
  if (word !== undefined && !/^[a-z-]+$/.test(word)) return undefined;
  return parsed(readStored(partFile(word)));
}

/** The files that store the program. They are without functions, and without what only parsing and asking need. */
export function storableProgram(program: ProgramInfo): Map<string, string> {
  const { entries } = program;
  const front = entries.map((entry) => ('commands' in entry ? { ...entry, commands: [] } : entry));
  const texts = new Map([
    [programFile, stringified(program)],
    [partFile(undefined), stringified({ ...program, entries: front })],
  ]);
  for (const entry of entries) {
    const text = stringified({ ...program, entries: [entry] });
    texts.set(partFile(entry.name), text);
    if ('alias' in entry && entry.alias !== undefined) texts.set(partFile(entry.alias), text);
  }
  return texts;
}

const programFile = 'program.json';

function partFile(word: string | undefined): string {
  return ['help', ...(word === undefined ? [] : [word]), 'json'].join('.');
}

function parsed(text: string | undefined): ProgramInfo | undefined {
  return text === undefined ? undefined : JSON.parse(text);
}

function stringified(program: ProgramInfo): string {
  return JSON.stringify(program, (key, value) => (key === 'ask' || key === 'oneOf' ? undefined : value));
}

/** The stored completion script of a shell. */
export function completionFile(shell: string): string {
  return `completion.${shell}.txt`;
}
