import { basename } from 'node:path';
import { transform } from 'esbuild';

/**
 * Turns the files of a build from ES modules into CommonJS, which Node loads without its loader of ES modules: that takes
 * longer than most of what this program does at a start. esbuild splits ES modules only. Packages stay imports, as some
 * are ES modules only. Files that only pass on what another exports are left out: each file costs more than its code.
 *
 * @param {{ path: string, text: string }[]} files
 * @param {string} target
 */
export async function toCommonJs(files, target) {
  const withCode = files.filter(({ text }) => text.trim() !== '');
  const named = withCode.map(({ path, text }) => ({ path, name: `./${basename(path)}`, text }));
  const passedOn = new Map(named.flatMap(({ name, text }) => passesOn(name, text)));
  const kept = named.filter(({ name }) => !passedOn.has(name));
  const entryPoints = named.flatMap(({ name }) => {
    const found = /^(\.\/(?:main|deferred-\w+))-[A-Z0-9]+\.js$/.exec(name);
    return found === null ? [] : [[`${found[1]}.js`, passedOn.get(name) ?? name]];
  });
  const names = new Map([...passedOn, ...entryPoints]);
  const redirected = kept.map((file) => ({ ...file, text: redirect(file.text, names) }));
  refuseCycles(redirected);
  return Promise.all(
    redirected.map(async ({ path, text }) => ({ path, text: await commonJs(text, target) })),
  );
}

/** The name of a file that exports only what it imports from one other, with that of the other. */
function passesOn(name, text) {
  const found = /^import\{([^}]*)\}from"(\.\/[^"]+)";(?:import"\.\/[^"]+";)*export\{([^}]*)\};\s*$/.exec(
    text,
  );
  return found !== null && found[1] === found[3] && !found[1].includes(' as ') ? [[name, found[2]]] : [];
}

/**
 * Leaves out imports without names as well: no module of this project has an effect when it is loaded, and what another
 * file needs it imports itself.
 */
function redirect(text, names) {
  const [head] = /^(?:import(?:\{[^}]*\}from)?"\.\/[^"]+";)*/.exec(text);
  const imports = head.replaceAll(/import"\.\/[^"]+";/g, '');
  return (imports + text.slice(head.length)).replaceAll(
    /\b(import\(|loadOnFirstUse\(|from)"(\.\/[^"]+)"/g,
    (_, before, name) => `${before}"${names.get(name) ?? name}"`,
  );
}

/** A file in a cycle would find the exports of another still empty. */
function refuseCycles(files) {
  const imports = new Map(
    files.map(({ name, text }) => [name, [...text.matchAll(/\bfrom"(\.\/[^"]+)"/g)].map(([, from]) => from)]),
  );
  const done = new Set();
  const visit = (name, path) => {
    if (path.includes(name)) throw new Error(`files import each other: ${[...path, name].join(' ')}`);
    if (done.has(name)) return;
    for (const next of imports.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of imports.keys()) visit(name, []);
}

async function commonJs(text, target) {
  const { code } = await transform(withExports(text), {
    format: 'cjs',
    platform: 'node',
    target,
    minifySyntax: true,
    minifyWhitespace: true,
    define: { 'import.meta.url': 'moduleUrl' },
  });
  const own = code
    .replaceAll(/\bimport\(("\.\/[^"]+")\)/g, 'Promise.resolve().then(()=>require($1))')
    .replaceAll('globalThis.loadOnFirstUse(', 'require(')
    .replaceAll(/\bmoduleUrl\b/g, 'moduleUrl()')
    .replace('globalThis.exported=', 'module.exports=');
  const url = 'const moduleUrl=()=>require("node:url").pathToFileURL(__filename).href;';
  return own.includes('moduleUrl()') ? url + own : own;
}

/**
 * The exports as one object. esbuild defines each with a function of its own, then each again for importers in
 * CommonJS; hundreds of them take longer than compiling most files.
 */
function withExports(text) {
  const found = /\bexport\{([^{}]*)\};\s*$/.exec(text);
  if (found === null) throw new Error(`no exports at the end of: ${text.slice(-200)}`);
  const code = text.slice(0, found.index);
  const members = found[1].split(',').map((each) => {
    const [local, name = local] = each.split(' as ');
    return changes(code, local) ? `get ${name}(){return ${local}}` : `${name}:${local}`;
  });
  return `${code}globalThis.exported={${members.join(',')}};`;
}

/** True where a variable may get another value after the file was loaded, or another variable has its name. */
function changes(code, name) {
  const quoted = name.replaceAll('$', String.raw`\$`);
  const assignments = new RegExp(
    String.raw`(?<![\w$.])${quoted}(?:=(?![=>])|[-+*/%&|^?<>]{1,3}=|\+\+|--)|(?:\+\+|--)${quoted}\b`,
    'g',
  );
  const declared = new RegExp(String.raw`\b(?:function\*?|class) ${quoted}\b`).test(code);
  return [...code.matchAll(assignments)].length > (declared ? 0 : 1);
}
