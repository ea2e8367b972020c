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

export const programFile = 'program.json';

/** The whole program as data, if the build has stored it. */
export function storedProgram(): ProgramInfo | undefined {
  const text = readStored(programFile);
  return text === undefined ? undefined : JSON.parse(text);
}

/** The program as it is stored: without functions, and without what only parsing and asking need. */
export function storableProgram(program: ProgramInfo): string {
  return JSON.stringify(program, (key, value) => (key === 'ask' || key === 'oneOf' ? undefined : value));
}

/** The stored completion script of a shell. */
export function completionFile(shell: string): string {
  return `completion.${shell}.txt`;
}
