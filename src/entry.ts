import { readFileSync } from 'node:fs';
import { resolveColorVariables } from './platform/core/child-env.ts';
import { outputStream } from './platform/terminal/streams.ts';

/** Prints the version and the first help page itself; loads `main`, which takes longer, for the rest. Returns the exit code. */
export async function start(process: NodeJS.Process): Promise<number> {
  resolveColorVariables(process.env);
  if (process.argv.length === 3) {
    const stdout = outputStream(process, 'stdout');
    const text = fixedText(process.argv[2], stdout);
    // `main` reports a failed write.
    if (text !== undefined && (await isWritten(text, stdout))) return 0;
  }
  const { main } = await import('./main.ts');
  return main(process);
}

function fixedText(word: string | undefined, stdout: NodeJS.WriteStream): string | undefined {
  if (word === '--version') {
    const manifest = readBeside('../package.json');
    return manifest && `${JSON.parse(manifest).version}\n`;
  }
  return word === '--help' || word === '-h' ? help(stdout) : undefined;
}

/** The help that the build left beside this file; a narrow terminal needs another layout. */
function help(stdout: NodeJS.WriteStream): string | undefined {
  return (stdout.columns ?? 80) < 80 ? undefined : readBeside('help.txt');
}

function readBeside(file: string): string | undefined {
  try {
    return readFileSync(new URL(file, import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
}

function isWritten(text: string, stdout: NodeJS.WriteStream): Promise<boolean> {
  return new Promise((resolve) => {
    stdout.on('error', () => undefined);
    // A reader that closed the pipe has what it wanted.
    stdout.write(text, (error?: NodeJS.ErrnoException | null) => resolve(!error || error.code === 'EPIPE'));
  });
}
