import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Builds `dist/`: one file for what every run needs and one for each part that is loaded on demand, because finding and
 * reading many small files is most of what a start costs. Commander is in it for the same reason; every other
 * dependency is loaded from node_modules by those that need it.
 */
const root = new URL('../..', import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const bundled = ['commander', 'chalk'];

// Built beside it and put in place at once: a program that starts meanwhile finds the old files or the new ones.
const fresh = new URL(`dist.${process.pid}`, root);
const old = new URL(`dist.${process.pid}.old`, root);
const dist = new URL('dist', root);
await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ['src/main.ts'],
  outdir: fileURLToPath(fresh),
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
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
