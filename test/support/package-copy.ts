import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built program in a folder of its own, with another keychain library or with none. */
export function copyPackage(keytar: 'fake' | 'missing'): { program: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-org-package-'));
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== 'keytar' && name !== '@napi-rs')
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  if (keytar === 'fake') {
    mkdirSync(join(modules, 'keytar'));
    cpSync(join(root, 'test/support/fake-keytar.cjs'), join(modules, 'keytar/index.js'));
  }
  return {
    program: join(folder, 'bin/twilio-org.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
