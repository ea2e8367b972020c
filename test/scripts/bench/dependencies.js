import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The number of packages that a user of the program installs, and their size in megabytes. */
export function productionDependencies(root) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const folders = Object.entries(packages)
    .filter(([name, { dev }]) => name !== '' && !dev)
    .map(([name]) => path.join(root, name))
    .filter((folder) => existsSync(folder));
  return { count: folders.length, size: folders.reduce((sum, folder) => sum + sizeOf(folder), 0) / 1e6 };
}

/** A package without those inside it, which count for themselves. */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .reduce((sum, entry) => {
      const file = path.join(folder, entry.name);
      return sum + (entry.isDirectory() ? sizeOf(file) : statSync(file).size);
    }, 0);
}
