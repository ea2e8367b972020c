import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, type Env } from '../support/cli.ts';
import { recorded } from '../support/transcript.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const elsewhere = mkdtempSync(join(tmpdir(), 'twilio-org-package-'));
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));
const manifest = readJson('package.json');

interface LockEntry {
  version: string;
  dev?: boolean;
  devOptional?: boolean;
}

let packed: { filename: string; integrity: string; files: { path: string }[] };

beforeAll(async () => {
  // Without scripts: the program is built already, and building it again would take it away from tests that run it.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', elsewhere];
  const { stdout } = await execa('npm', args, { cwd: root });
  [packed] = JSON.parse(stdout);
  await install();
});

describe('the package', () => {
  test('holds the program, its licence, its readme and its documentation, and nothing else', () => {
    const names = packed.files.map(({ path }) => path);
    const docs = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);
    expect(names.filter((name) => name.startsWith('docs/')).sort()).toEqual(docs.sort());
    expect(names.filter((name) => !/^(dist|docs)\//.test(name)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin/package.json',
      'bin/twilio-org.js',
      'package.json',
    ]);
    expect(names).toContain('dist/entry.js');
    expect(
      names
        .filter(
          (name) =>
            name.startsWith('dist/') &&
            !/^dist\/([\w-]+\.js|completion\.\w+\.txt|help\.([\w-]+\.)?json)$/.test(name),
        )
        .toSorted(),
    ).toEqual(['dist/package.json', 'dist/program.json', 'dist/third-party-licences.txt']);
  });

  test('holds every file that its readme and its documentation link to', () => {
    const names = packed.files.map(({ path }) => path);
    const pages = names.filter((name) => name.endsWith('.md'));
    const links = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target.replace(/#.*$/, ''))
        .filter((target) => target !== '' && !/^\w+:/.test(target))
        .map((target) => posix.join(posix.dirname(page), target)),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((target) => !names.includes(target))).toEqual([]);
  });

  test('has the licence of each package whose code is in it', () => {
    const licences = readFileSync(join(root, 'dist/third-party-licences.txt'), 'utf8');
    for (const [name, file] of [
      ['commander', 'LICENSE'],
      ['chalk', 'license'],
      ['hono', 'LICENSE'],
      ['oauth4webapi', 'LICENSE.md'],
      ['scim-patch', 'LICENSE'],
      ['fast-deep-equal', 'LICENSE'],
    ]) {
      expect(licences).toContain(`${name} ${readJson(`node_modules/${name}/package.json`).version} (`);
      expect(licences).toContain(readFileSync(join(root, `node_modules/${name}/${file}`), 'utf8').trim());
    }
  });

  test('installs no packages of types', () => {
    const production = Object.entries<LockEntry>(readJson('package-lock.json').packages).filter(
      ([, { dev, devOptional }]) => !dev && !devOptional,
    );
    expect(production.length).toBeGreaterThan(20);
    expect(production.map(([folder]) => folder).filter((folder) => folder.includes('@types/'))).toEqual([]);
  });

  test('prints its version and its help once installed', async () => {
    expect((await installed(['--version'])).stdout).toBe(manifest.version);
    expect((await installed(['--help'])).stdout).toContain('twilio-org <command>');
  });

  test('runs its sandbox and lists the users there once installed', async () => {
    const sandbox = execa(program(), ['sandbox', '--users', '3', '-o', 'json'], {
      env: cleanEnv(),
      extendEnv: false,
      buffer: false,
      reject: false,
    });
    try {
      const { api_url, oauth_url, apps } = JSON.parse(await firstLine(sandbox.stdout));
      const env = {
        TWILIO_ORG_API_URL: api_url,
        TWILIO_ORG_OAUTH_URL: oauth_url,
        TWILIO_ORG_CLIENT_ID: apps.client_credentials.client_id,
        TWILIO_ORG_CLIENT_SECRET: apps.client_credentials.client_secret,
      };
      const { stdout } = await installed(['users', 'list', '-o', 'jsonl'], env);
      expect(stdout.split('\n').map((line) => JSON.parse(line).id)).toEqual(
        Array(3).fill(expect.stringMatching(/^US[0-9a-f]{32}$/)),
      );
    } finally {
      sandbox.kill();
      await sandbox;
    }
  });
});

/** Installs what was packed, with the dependencies of the project's own lock file, out of npm's cache alone. */
async function install(): Promise<void> {
  const { name, version, bin, engines, dependencies } = manifest;
  const tarball = `file:${packed.filename}`;
  const project = { name: 'elsewhere', version: '1.0.0', private: true, dependencies: { [name]: tarball } };
  // Each is found in the cache by its integrity: where it came from once does not matter, but has to be said.
  const production = Object.entries<LockEntry>(readJson('package-lock.json').packages)
    .filter(([folder, entry]) => folder !== '' && !entry.dev)
    .map(([folder, entry]) => [
      folder,
      { ...entry, resolved: `http://127.0.0.1/${folder}-${entry.version}.tgz` },
    ]);
  const lock = {
    name: 'elsewhere',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': project,
      [`node_modules/${name}`]: {
        version,
        resolved: tarball,
        integrity: packed.integrity,
        dependencies,
        bin,
        engines,
      },
      ...Object.fromEntries(production),
    },
  };
  writeFileSync(join(elsewhere, 'package.json'), JSON.stringify(project));
  writeFileSync(join(elsewhere, 'package-lock.json'), JSON.stringify(lock));
  const args = ['ci', '--offline', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'];
  const { exitCode, stderr } = await execa('npm', args, { cwd: elsewhere, reject: false });
  if (exitCode === 0) return;
  throw new Error(
    `What was packed could not be installed without the network. If the cache of npm lacks a package ` +
      `(ENOTCACHED below), run \`npm ci\` in the project, which fills it, and then this test again:\n${stderr}`,
  );
}

function program(): string {
  return join(elsewhere, 'node_modules', '.bin', 'twilio-org');
}

function installed(args: string[], env: Env = {}) {
  return recorded(args, execa(program(), args, { env: cleanEnv(env), extendEnv: false }), env);
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('The sandbox ended without a word');
}

function readJson(file: string) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}
