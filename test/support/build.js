import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

/**
 * Builds `dist/`: one file for what every run needs and one for each part that is loaded on demand, because finding and
 * reading many small files is most of what a start costs. Commander is in it for the same reason; every other
 * dependency is loaded from node_modules by those that need it.
 */
const root = new URL('../..', import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const bundled = ['commander', 'chalk'];

rmSync(new URL('dist', root), { recursive: true, force: true });
await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: Object.keys(dependencies).filter((name) => !bundled.includes(name)),
  // Commander is CommonJS and asks for Node's own modules with `require`.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
