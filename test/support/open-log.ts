import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { home } from './cli.ts';

let logs = 0;

/**
 * A command for `BROWSER` that writes down which pages it was told to open, and plays the person on those of a sandbox.
 */
export function loggingBrowser() {
  const log = join(home, `opened-${logs++}`);
  const file = `${log}.mjs`;
  const person = new URL('browser.js', import.meta.url).href;
  writeFileSync(
    file,
    `import { appendFileSync } from 'node:fs';
const page = process.argv.at(-1);
appendFileSync(${JSON.stringify(log)}, page + '\\n');
if (page.startsWith('http://127.0.0.1:')) await import(${JSON.stringify(person)});
`,
  );
  return {
    BROWSER: `"${process.execPath}" "${file}"`,
    opened: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []),
  };
}
