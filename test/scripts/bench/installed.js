import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The packages that a person installs, the program among them, and their size on disk in MB. It is installed in a new
 * directory where a registry or npm's cache allows it; elsewhere the numbers are those of the lock file.
 *
 * @param {string} root of the project
 * @param {string} directory a new one
 */
export async function installedSize(root, directory, signal) {
  try {
    const options = { cwd: root, signal };
    const { stdout } = await run(
      'npm',
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory],
      options,
    );
    const archive = path.join(directory, stdout.trim().split('\n').at(-1));
    const flags = [
      '--omit=dev',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--fetch-retries=0',
      '--silent',
    ];
    await run('npm', ['install', '--prefix', directory, ...flags, archive], options);
    return { ...sizeOfInstalled(directory), how: 'npm pack and npm install' };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ...sizeOfLocked(root), how: 'computed from the lock file: npm could not install' };
  }
}

/** The size of the packages that npm installed in a directory. */
export function sizeOfInstalled(directory) {
  const modules = path.join(directory, 'node_modules');
  const { packages } = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
  const names = Object.keys(packages).filter((name) => existsSync(path.join(directory, name)));
  return { packages: names.length, megabytes: bytesOnDisk(modules) / 1e6 };
}

function sizeOfLocked(root) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const needed = Object.entries(packages)
    .filter(([name, { dev }]) => name !== '' && !dev && existsSync(path.join(root, name)))
    .map(([name]) => path.join(root, name));
  const parts = [...needed, ...['bin', 'dist', 'docs'].map((name) => path.join(root, name))];
  const bytes = parts.reduce((sum, directory) => sum + bytesOnDisk(directory, ['node_modules']), 0);
  return { packages: needed.length + 1, megabytes: bytes / 1e6 };
}

/** As `du` counts: in blocks of the disk, where the system tells. */
function bytesOnDisk(directory, left = []) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !left.includes(name))
    .reduce((sum, entry) => {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) return sum + bytesOnDisk(file, left);
      const { blocks, size } = lstatSync(file);
      return sum + (blocks === undefined ? size : blocks * 512);
    }, 0);
}
