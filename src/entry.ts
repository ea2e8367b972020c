import { fstatSync } from 'node:fs';
import type { ProgramInfo } from './cli/command-info.ts';
import { helpPage, layOutHelp } from './cli/help/page.ts';
import { completionFile, readStored, storedPart } from './cli/stored.ts';
import { resolveColorVariables } from './platform/core/child-env.ts';
import { codeOf, writeSome } from './platform/terminal/write-some.ts';

/**
 * Prints the version, help pages and completion scripts itself, out of what the build has stored; loads `main`, which
 * takes longer, for the rest. Returns the exit code.
 */
export async function start(process: NodeJS.Process): Promise<number> {
  resolveColorVariables(process.env);
  const text = storedText(process);
  // `main` reports a failed write.
  if (text !== undefined && (await isWritten(process, text))) return 0;
  const { main } = await import('./main.ts');
  return main(process);
}

function storedText(process: NodeJS.Process): string | undefined {
  const words = process.argv.slice(2);
  const [first, second = ''] = words;
  if (first === '--version' && words.length === 1) return version();
  if (first === 'completion' && words.length === 2 && /^[a-z]+$/.test(second))
    return readStored(completionFile(second));
  return help(process, words);
}

function version(): string | undefined {
  const manifest = readStored('../package.json');
  return manifest && `${JSON.parse(manifest).version}\n`;
}

/** The help for `users list --help` and `help users list`; a group without a verb, and no words at all, ask for it too. */
function help(process: NodeJS.Process, words: readonly string[]): string | undefined {
  const [first, ...others] = words;
  const last = words.at(-1);
  const isAsked = last === '--help' || last === '-h' || first === 'help';
  if (!isAsked && words.length > 1) return undefined;
  const about = first === 'help' ? others : isAsked ? words.slice(0, -1) : words;
  const program = storedPart(about[0]);
  if (program === undefined || (!isAsked && !isGroup(program, first))) return undefined;
  const page = helpPage(program, about);
  return page && layOutHelp(page, terminalWidth(process));
}

function isGroup({ entries }: ProgramInfo, word: string | undefined): boolean {
  return word === undefined || entries.some((entry) => 'commands' in entry && entry.name === word);
}

/** Columns of the terminal; 80 where there is none. Only a character device may be one: its stream is loaded to ask. */
function terminalWidth(process: NodeJS.Process): number {
  return (isCharacterDevice(1) && process.stdout.isTTY && process.stdout.columns) || 80;
}

function isCharacterDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Node's stream for stdout takes longer to make than all of this; a file or pipe needs none. */
async function isWritten(process: NodeJS.Process, text: string): Promise<boolean> {
  const bytes = Buffer.from(text);
  let from = 0;
  try {
    while (from < bytes.length) from += writeSome(1, bytes, from);
    return true;
  } catch (error) {
    // A reader that closed the pipe has what it wanted.
    if (codeOf(error) === 'EPIPE') return true;
    return codeOf(error) === 'EAGAIN' && writeRest(process, bytes.subarray(from));
  }
}

/** Waits for a reader that is slower than the program, where the pipe does not. */
function writeRest({ stdout }: NodeJS.Process, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    stdout.on('error', () => undefined);
    stdout.write(bytes, (error?: NodeJS.ErrnoException | null) => resolve(!error || error.code === 'EPIPE'));
  });
}
