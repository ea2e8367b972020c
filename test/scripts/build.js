import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Builds `dist/`: a small one that answers the first questions, one file for what every run needs, one for what every command needs, and one for each part that is
 * loaded on demand, because finding and reading many small files is most of what a start costs. Commander is in it for
 * the same reason; every other dependency is loaded from node_modules by those that need it.
 */
const root = new URL('../..', import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const bundled = ['commander', 'chalk', 'fast-wrap-ansi', 'fast-string-truncated-width', 'oauth4webapi'];
const unbundled = Object.keys(dependencies).filter((name) => !bundled.includes(name));
/** Modules that each run, and each command, begins with. */
const shared = [
  'src/main.ts',
  'src/cli/create-context.ts',
  // So small, and imported by so many parts, that a file of their own would cost more than having them in all.
  'src/cli/command.ts',
  'src/cli/common-flags.ts',
  'src/cli/scope-conditions.ts',
  'src/cli/heap.ts',
  'src/platform/core/json.ts',
  'src/platform/core/side-by-side.ts',
  'src/twilio/sids.ts',
  'src/login/oauth/expiry.ts',
  'src/cli/output/list-output.ts',
  'src/cli/output/scope-names.ts',
  'src/cli/output/selection.ts',
  'src/cli/output/views.ts',
  'src/cli/questions/asks.ts',
  'src/organization/combined-errors.ts',
  'src/organization/references.ts',
  'src/twilio/roles.ts',
  'src/twilio/role-assignments.ts',
  'src/twilio/users.ts',
  'src/twilio/user-fields.ts',
];
/** Each command that changes something imports it, and with it most of what the others of them need. */
const review = 'src/cli/review/review.ts';
/** The licences of what is bundled ask for their text beside it. */
const licenceFile = 'third-party-licences.txt';

/**
 * The imports that each module which is loaded on demand gets for the sake of fewer files, as it may begin a file of its own: what
 * every run and every command imports is loaded by then anyway, and what changes have in common is one file.
 */
async function importsOnDemand() {
  const { metafile } = await build({
    ...settings,
    entryPoints: shared,
    splitting: true,
    metafile: true,
    external: unbundled,
    plugins: [lazyBuiltins],
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const onDemand = imports.filter(({ kind, external }) => kind === 'dynamic-import' && !external);
  const closures = new Map(onDemand.map(({ path }) => [path, closure(metafile.inputs, path)]));
  const changing = [...closures.values()].filter((files) => files.has(review));
  const counts = new Map();
  for (const file of changing.flatMap((files) => [...files])) counts.set(file, (counts.get(file) ?? 0) + 1);
  const isShared = (file) => file.startsWith('src/') && counts.get(file) > changing.length / 2;
  const common = [...counts.keys()].filter(isShared);
  return new Map(
    [...closures].map(([path, files]) => [path, files.has(review) ? [...shared, ...common] : shared]),
  );
}

/** The file and all that it imports before it runs. */
function closure(inputs, file, found = new Set()) {
  if (found.has(file) || inputs[file] === undefined) return found;
  found.add(file);
  for (const { path, kind } of inputs[file].imports)
    if (kind !== 'dynamic-import') closure(inputs, path, found);
  return found;
}

/** esbuild puts code that parts share into one file for each set of parts that share something: so sets are made alike. */
const fewFiles = {
  name: 'few-files',
  setup({ onLoad }) {
    onLoad({ filter: /\.[tj]s$/ }, ({ path }) => {
      const file = relative(fileURLToPath(root), path).split(sep).join('/');
      const also = file === 'src/main.ts' ? shared : onDemand.get(file);
      if (also === undefined) return undefined;
      const imports = also.map((name) => `import ${JSON.stringify(fileURLToPath(new URL(name, root)))};`);
      const loader = path.endsWith('.ts') ? 'ts' : 'js';
      return { contents: [readFileSync(path, 'utf8'), ...imports].join('\n'), loader };
    });
  },
};

/**
 * Loads Node's own modules on first use. `import` loads them at the start, and reads all their members: those of
 * `node:http` load `undici`, those of `node:fs` its streams, those of `node:process` open stdin, stdout and stderr.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onEnd, onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : { path, namespace: 'builtin' },
    );
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `
        let loaded;
        const get = (_, name) => (loaded ??= process.getBuiltinModule('${path}'))[name];
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
    onEnd(({ outputFiles }) => {
      for (const file of outputFiles) {
        const code = file.text.replaceAll(/\bimport\("(node:[\w/]+)"\)/g, 'process.getBuiltinModule("$1")');
        file.contents = Buffer.from(code);
      }
    });
  },
};

// Built beside it and put in place at once: a program that starts meanwhile finds the old files or the new ones.
const fresh = new URL(`dist.${process.pid}`, root);
const old = new URL(`dist.${process.pid}.old`, root);
const dist = new URL('dist', root);
const settings = {
  absWorkingDir: fileURLToPath(root),
  outdir: fileURLToPath(fresh),
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
};
const onDemand = await importsOnDemand();
const { metafile, outputFiles } = await build({
  ...settings,
  entryPoints: ['src/main.ts'],
  splitting: true,
  external: unbundled,
  // Names stay, for the stack traces of bug reports.
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  plugins: [fewFiles, lazyBuiltins],
});
// Alone, because as a part of the others it would share a file with them, and load that too.
const entry = await build({
  ...settings,
  entryPoints: ['src/entry.ts'],
  plugins: [
    lazyBuiltins,
    {
      name: 'beside-main',
      setup: ({ onResolve }) =>
        void onResolve({ filter: /\/main\.ts$/ }, () => ({ path: './main.js', external: true })),
    },
  ],
});
mkdirSync(fresh);
// A build that fails leaves nothing behind.
process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
for (const { path, contents } of [...outputFiles, ...entry.outputFiles]) writeFileSync(path, contents);
writeFileSync(new URL(licenceFile, `${fresh}/`), licences(Object.keys(metafile.inputs)));
await writeTexts();
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });

/** Stores what help, completion and errors print, because loading all commands to make it takes longer than the rest. */
async function writeTexts() {
  const { outputFiles } = await build({
    ...settings,
    stdin: {
      contents: `
        export { completionScript, shells } from './src/cli/completion/index.ts';
        export { completionFile, programFile, storableProgram } from './src/cli/stored.ts';
        export { loadProgram } from './src/program.ts';`,
      resolveDir: fileURLToPath(root),
    },
    packages: 'external',
  });
  const file = new URL('texts.js', `${fresh}/`);
  writeFileSync(file, outputFiles[0].contents);
  const made = await import(file.href);
  rmSync(file);
  const program = await made.loadProgram();
  writeFileSync(new URL(made.programFile, `${fresh}/`), made.storableProgram(program));
  for (const shell of made.shells) {
    const script = await made.completionScript(program, shell);
    writeFileSync(new URL(made.completionFile(shell), `${fresh}/`), script);
  }
}

/** The licence of each package that some of these files are of. Throws where a package has none. */
function licences(files) {
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(new URL(`${folder}/package.json`, root), 'utf8'),
    );
    const file = readdirSync(new URL(`${folder}/`, root)).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined) throw new Error(`${name} is bundled, but has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(new URL(`${folder}/${file}`, root), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
