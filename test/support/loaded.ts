import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Env, home, program, type Result, run } from './cli.ts';
import { requiring } from './node-options.ts';

const preload = fileURLToPath(new URL('loaded.cjs', import.meta.url));

export interface Loaded {
  /** Files of the program. */
  files: string[];
  /** Files of packages. */
  packages: string[];
  /** Node's own modules. */
  builtins: string[];
}

/** Runs the built program, and tells which files and modules it loaded. */
export async function loadedBy(args: readonly string[], env: Env = {}): Promise<Result & Loaded> {
  const report = join(mkdtempSync(join(home, 'loaded-')), 'loaded.json');
  const result = await run(args, { env: { ...env, NODE_OPTIONS: requiring(preload), LOADED_FILE: report } });
  const urls: string[] = JSON.parse(readFileSync(report, 'utf8'));
  const root = join(program, '../..');
  const own = (url: string) => (url.startsWith('file:') ? fileURLToPath(url) : url).replace(`${root}/`, '');
  const files = urls.map(own).filter((url) => /^(?:bin|dist)\//.test(url));
  const packages = urls.filter((url) => url.includes('node_modules'));
  const builtins = urls.filter((url) => url.startsWith('node:')).map((url) => url.slice('node:'.length));
  return { ...result, files, packages, builtins };
}
