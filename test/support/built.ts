import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Before any test: builds the program that the tests run, unless it is newer than every source. */
export default async function built(): Promise<void> {
  if (changed('dist/help.txt') < lastChange('src'))
    await execa('node', ['test/support/build.js'], { cwd: root });
}

function lastChange(folder: string): number {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return Math.max(changed('package.json'), ...files.map((file) => changed(join(folder, file))));
}

/** Milliseconds since 1970; 0 when the file is not there. */
function changed(file: string): number {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
