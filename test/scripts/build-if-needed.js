import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the program, unless it is newer than every source: then even a read-only clone will do. */
export default function buildIfNeeded() {
  if (changed('dist/program.json') >= lastChange('src')) return;
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new Error(
      `dist/ has to be built, but ${root} is read-only. Run \`npm run build\` where it is not.`,
    );
  }
  execFileSync(process.execPath, [join(root, 'test/scripts/build.js')], { stdio: 'inherit' });
}

function lastChange(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return Math.max(changed('package.json'), ...files.map((file) => changed(join(folder, file))));
}

/** Milliseconds since 1970; 0 when the file is not there. */
function changed(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    buildIfNeeded();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`error: ${error.message}\n`);
  }
}
