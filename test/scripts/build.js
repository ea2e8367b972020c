import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { rawText } from '../support/raw-text.js';
import { toCommonJs } from './common-js.js';
import { deferring, groupEntries, groupOf, projectPath } from './deferred.js';

/**
 * Builds `dist/`: a small one that answers the first questions, one file for what every run needs, one for what every command needs, and one for each part that is
 * loaded on demand, because finding and reading many small files is most of what a start costs. Development dependencies
 * are in it for the same reason; every other is loaded from node_modules by those that need it.
 */
const root = new URL('../..', import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const unbundled = Object.keys(dependencies);
/** Each run begins with it. */
const main = 'src/main.ts';
/** Modules for mistakes and help, which need nothing of a command. */
const apart = [
  'src/cli/parse-and-run.ts',
  'src/cli/usage-errors/explain.ts',
  'src/cli/help/page.ts',
  'src/cli/help/print-topic.ts',
  'src/platform/terminal/excerpt.ts',
];
/** Modules that each command begins with. */
const shared = [
  main,
  'src/cli/create-context.ts',
  // So small, and imported by so many parts, that a file of their own would cost more than having them in all.
  'src/cli/command.ts',
  'src/cli/common-flags.ts',
  'src/cli/scope-conditions.ts',
  'src/commands/users/shared/by-state.ts',
  'src/platform/core/json.ts',
  'src/platform/core/push-to.ts',
  'src/platform/core/side-by-side.ts',
  'src/twilio/sids.ts',
  'src/login/credentials/stores.ts',
  'src/login/oauth/expiry.ts',
  'src/platform/core/shared.ts',
  'src/platform/http/patience.ts',
  'src/cli/output/list-output.ts',
  'src/cli/output/scope-names.ts',
  'src/cli/output/selection.ts',
  'src/cli/output/views.ts',
  'src/organization/combined-errors.ts',
  'src/twilio/users.ts',
  'src/twilio/user-fields.ts',
];
/** Modules that are needed where the first of them is, and so are one file. */
const together = [
  // Most of what needs the parser is a mistake.
  ['node_modules/commander/esm.mjs', 'src/cli/parse-and-run.ts', 'src/cli/usage-errors/explain.ts'],
  ['src/login/oauth/oauth.ts', 'src/login/oauth/client-credential-tokens.ts', 'src/login/oauth/library.ts'],
  ['src/login/oauth/login-store.ts', 'src/login/oauth/token-provider.ts'],
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
    entryPoints: [...shared.map((file) => ({ in: file, out: file })), ...groupEntries],
    splitting: true,
    metafile: true,
    external: unbundled,
    plugins: [onFirstUse, lazyBuiltins, rawText],
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const onDemand = imports.filter(({ kind, external }) => kind === 'dynamic-import' && !external);
  const closures = new Map(onDemand.map(({ path }) => [path, closure(metafile.inputs, path)]));
  const changing = [...closures.values()].filter((files) => files.has(review));
  const counts = new Map();
  for (const file of changing.flatMap((files) => [...files])) counts.set(file, (counts.get(file) ?? 0) + 1);
  const isShared = (file) => file.startsWith('src/') && counts.get(file) > changing.length / 2;
  const common = [...counts.keys()].filter(isShared);
  const loadedFirst = closure(metafile.inputs, main);
  const alsoOf = (path, files) => {
    const needed = together.filter((group) => group.includes(path) || files.has(group[0])).flat();
    const own = needed.filter((file) => file.startsWith('src/'));
    if (loadedFirst.has(path) || apart.includes(path)) return [main, ...own];
    return [...shared, ...(files.has(review) ? common : []), ...own];
  };
  // Mistakes and commands import them, and the start does not: they would be files of their own.
  const ofMain = [
    main,
    ['src/cli/command-info.ts', 'src/cli/help/topics.ts', 'src/platform/core/similar.ts'],
  ];
  return new Map([...[...closures].map(([path, files]) => [path, alsoOf(path, files)]), ofMain]);
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
      const file = projectPath(path);
      const also = onDemand.get(file);
      if (also === undefined) return undefined;
      const imports = also.map((name) => `import ${JSON.stringify(fileURLToPath(new URL(name, root)))};`);
      const loader = path.endsWith('.ts') ? 'ts' : 'js';
      return { contents: [readFileSync(path, 'utf8'), ...imports].join('\n'), loader };
    });
  },
};

const onFirstUse = deferring(main, 'src/cli/create-context.ts');

/** Gives the OAuth library the few members of `Headers` and `Response` that it uses: Node's own load `fetch`. */
const lightFetch = {
  name: 'light-fetch',
  setup({ onLoad }) {
    const file = fileURLToPath(new URL('src/login/oauth/light-fetch.ts', root));
    onLoad({ filter: /oauth4webapi[\\/]build[\\/]index\.js$/ }, ({ path }) => ({
      contents: `import { Headers, Response } from ${JSON.stringify(file)};\n${readFileSync(path, 'utf8')}`,
    }));
  },
};

/**
 * Loads Node's own modules on first use. `import` loads them at the start, and reads all their members: those of
 * `node:http` load `undici`, those of `node:fs` its streams, those of `node:process` open stdin, stdout and stderr.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onEnd, onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path, kind, importer }) => {
      if (kind === 'dynamic-import') return { path, external: true };
      // One for each of these files, which would otherwise load another file for it.
      const place = /node_modules.commander|credentials.file/.exec(importer)?.[0] ?? groupOf(importer);
      return { path, namespace: 'builtin', suffix: `?${place ?? ''}` };
    });
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `
        let loaded;
        const get = (_, name) => (loaded ??= ${path === 'node:process' ? 'process' : `process.getBuiltinModule('${path}')`})[name];
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
  // V8 reads the tables of Unicode for such an expression as it parses the code around it, even if that never runs.
  supported: { 'regexp-unicode-property-escapes': false },
  // Names stay, for the stack traces of bug reports.
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};
const onDemand = await importsOnDemand();
const { metafile, outputFiles } = await build({
  ...settings,
  entryPoints: [{ in: main, out: 'main' }, ...groupEntries],
  // A program that runs while it is updated must not load a file of the next version.
  entryNames: '[name]-[hash]',
  splitting: true,
  external: unbundled,
  metafile: true,
  plugins: [lightFetch, fewFiles, onFirstUse, lazyBuiltins, rawText],
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
writeFileSync(new URL('package.json', `${fresh}/`), '{ "type": "commonjs" }\n');
// A build that fails leaves nothing behind.
process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
for (const { path, text } of await toCommonJs([...outputFiles, ...entry.outputFiles], settings.target))
  writeFileSync(path, text);
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
        export { completionFile, storableProgram } from './src/cli/stored.ts';
        export { loadProgram } from './src/program.ts';`,
      resolveDir: fileURLToPath(root),
    },
    packages: 'external',
    plugins: [rawText],
  });
  const file = new URL('texts.mjs', `${fresh}/`);
  writeFileSync(file, outputFiles[0].contents);
  const made = await import(file.href);
  rmSync(file);
  const program = await made.loadProgram();
  for (const [name, text] of made.storableProgram(program)) writeFileSync(new URL(name, `${fresh}/`), text);
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
