import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own directory. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export function readProjectFile(name: string): string {
  return readFileSync(posix.join(projectRoot, name), 'utf8');
}

/** Files and directories below a directory of the project, as paths from the project's root; directories end in `/`. */
export function listTree(directory: string): string[] {
  return readdirSync(posix.join(projectRoot, directory), { recursive: true, withFileTypes: true }).map(
    (entry) => {
      const parent = posix.relative(projectRoot, entry.parentPath.replaceAll('\\', '/'));
      return `${parent}/${entry.name}${entry.isDirectory() ? '/' : ''}`;
    },
  );
}

/** The files that a source file imports from the project: static, dynamic and type imports. */
export function importsOf(name: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.[^'?]+)'/g)];
  return specifiers.map(([, specifier = '']) => posix.join(posix.dirname(name), specifier));
}

/** The map in docs/architecture.md: each entry as a path from the project's root; directories end in `/`. */
export function mapEntries(architecture: string): string[] {
  const [, map = ''] = /^## The map\n[\s\S]*?```text\n([\s\S]*?)```/m.exec(architecture) ?? [];
  const path: string[] = [];
  return map
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, indent = '', name = ''] = /^( *)(\S+)/.exec(line) ?? [];
      path.splice(indent.length / 2, Number.POSITIVE_INFINITY, name);
      return path.join('');
    });
}

/** The layers in docs/architecture.md, lowest first: directories and files of `src`. */
export function layersOf(architecture: string): string[] {
  const [, section = ''] = /^## The layers\n([\s\S]*?)(?=^## )/m.exec(architecture) ?? [];
  return [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, layer = '']) => `src/${layer}`);
}

/** Circles among these files, each with its members. */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  // Tarjan's algorithm: a strongly connected component of several files is a circle.
  function visit(file: string): void {
    index.set(file, index.size);
    lowest.set(file, index.get(file) ?? 0);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      if (!index.has(target)) {
        visit(target);
        lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(target) ?? 0));
      } else if (stack.includes(target)) {
        lowest.set(file, Math.min(lowest.get(file) ?? 0, index.get(target) ?? 0));
      }
    }
    if (lowest.get(file) !== index.get(file)) return;
    const members = stack.splice(stack.indexOf(file));
    if (members.length > 1 || graph.get(file)?.includes(file)) circles.push(members.toSorted());
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return circles;
}
