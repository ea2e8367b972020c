import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Modules that a start imports and most runs never use. Each group is a file, which the first use of one of its modules
 * loads. A module that others read while they are loaded does not belong here, nor one that explains the failure of a
 * request: the cause may be that no file can be opened, and whether a change was made must not get lost with it.
 */
const groups = {
  files: ['src/login/config/schema.ts', 'src/platform/fs/errors.ts', 'src/platform/fs/private-files.ts'],
  locks: ['src/platform/fs/atomic-write.ts', 'src/platform/fs/lock.ts'],
  references: [
    'src/cli/questions/asks.ts',
    'src/organization/references.ts',
    'src/twilio/email.ts',
    'src/twilio/role-assignments.ts',
    'src/twilio/roles.ts',
    'src/twilio/sid-set.ts',
  ],
  similar: ['src/platform/core/similar.ts'],
  tables: [
    'src/platform/terminal/column-texts.ts',
    'src/platform/terminal/columns.ts',
    'src/platform/terminal/csv.ts',
    'src/platform/terminal/layout.ts',
    'src/platform/terminal/table.ts',
    'src/platform/terminal/text-width.ts',
    'fast-wrap-ansi',
  ],
};

/** Groups that mistakes and help use: their files need nothing of a command. */
const withoutCommand = ['similar', 'tables'];

const groupOfFile = new Map(
  Object.entries(groups).flatMap(([group, files]) => files.map((file) => [file, group])),
);

/** The path of a file within the project, as esbuild writes it. */
export const projectPath = (file) => relative(root, file).split(sep).join('/');

/** The group of a file; undefined for one that is not deferred. */
export const groupOf = (file) => groupOfFile.get(projectPath(file));

/** Entry points of the build, one for each group. */
export const groupEntries = Object.keys(groups).map((group) => ({
  in: `deferred-${group}`,
  out: `deferred-${group}`,
}));

/**
 * Replaces the imports of deferred modules by an object that loads their file on first use.
 *
 * @param {string} start the module that each run begins with
 * @param {string} command the module that each command begins with
 */
export const deferring = (start, command) => ({
  name: 'deferring',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^deferred-\w+$/ }, ({ path }) => ({ path, namespace: 'group' }));
    onLoad({ filter: /./, namespace: 'group' }, ({ path }) => {
      const group = path.slice('deferred-'.length);
      const files = groups[group].map((file) => (file.endsWith('.ts') ? resolve(root, file) : file));
      refuseSameNames(files);
      // Leaves out the modules that the other files have anyway.
      const also = resolve(root, withoutCommand.includes(group) ? start : command);
      const exported = files.map((file) => `export * from ${JSON.stringify(file)};`);
      return { contents: [...exported, `import ${JSON.stringify(also)};`].join('\n'), resolveDir: root };
    });
    onResolve({ filter: /\.ts$|^[a-z-]+$/ }, ({ path, kind, importer, namespace, resolveDir }) => {
      if (kind !== 'import-statement' || namespace !== 'file') return undefined;
      const group = path.endsWith('.ts') ? groupOf(resolve(resolveDir, path)) : groupOfFile.get(path);
      return group === undefined || group === groupOf(importer)
        ? undefined
        : { path: group, namespace: 'deferred' };
    });
    onLoad({ filter: /./, namespace: 'deferred' }, ({ path }) => ({
      contents: `
        let loaded;
        const get = (_, name) => (loaded ??= globalThis.loadOnFirstUse('./deferred-${path}.js'))[name];
        module.exports = Object.create(new Proxy({}, { get }));`,
    }));
  },
});

/** esbuild silently leaves out a name that two modules export. */
function refuseSameNames(files) {
  const names = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm),
    ])
    .map(([, name]) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`one deferred file exports ${twice.join(', ')} twice`);
}
