import { mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { rawText } from './raw-text.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * A TypeScript program of the tests, made runnable by Node in a folder of its own. Packages are the installed ones.
 *
 * @param replaced modules that are built from other files, by the ends of their paths
 */
export async function bundleProgram(
  source: URL,
  replaced: Record<string, URL> = {},
): Promise<{ file: string; folder: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'twilio-org-program-')));
  await symlink(modules, join(folder, 'node_modules'), 'junction');
  const file = join(folder, 'program.mjs');
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
    plugins: [rawText, ...Object.entries(replaced).map(([end, by]) => replacement(end, by))],
  });
  return { file, folder, remove: () => rm(folder, { recursive: true }) };
}

function replacement(end: string, by: URL): Plugin {
  return {
    name: 'replacement',
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`${end}$`) }, async () => ({
        contents: await readFile(by, 'utf8'),
        loader: 'ts',
      }));
    },
  };
}
