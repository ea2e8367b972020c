import { readFileSync } from 'node:fs';
import { resolveColorVariables } from './platform/core/child-env.ts';
import { outputStream } from './platform/terminal/streams.ts';

/** Answers what needs nothing of the program; everything else is `main`'s, which takes longer to load. Gives the exit code. */
export async function start(process: NodeJS.Process): Promise<number> {
  resolveColorVariables(process.env);
  if (process.argv.length === 3) {
    const stdout = outputStream(process, 'stdout');
    const text = answer(process.argv[2], stdout);
    // `main` explains a failed write.
    if (text !== undefined && (await isWritten(text, stdout))) return 0;
  }
  const { main } = await import('./main.ts');
  return main(process);
}

function answer(word: string | undefined, stdout: NodeJS.WriteStream): string | undefined {
  if (word === '--version') {
    const manifest = beside('../package.json');
    return manifest && `${JSON.parse(manifest).version}\n`;
  }
  return word === '--help' || word === '-h' ? help(stdout) : undefined;
}

/** The help as the build left it beside this file. On narrow terminals it is another one. */
function help(stdout: NodeJS.WriteStream): string | undefined {
  return (stdout.columns ?? 80) < 80 ? undefined : beside('help.txt');
}

function beside(file: string): string | undefined {
  try {
    return readFileSync(new URL(file, import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
}

function isWritten(text: string, stdout: NodeJS.WriteStream): Promise<boolean> {
  return new Promise((resolve) => {
    stdout.on('error', () => undefined);
    // A reader that went away has what it wanted.
    stdout.write(text, (error?: NodeJS.ErrnoException | null) => resolve(!error || error.code === 'EPIPE'));
  });
}
