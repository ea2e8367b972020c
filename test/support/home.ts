import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { recordFiles } from './transcript.ts';

/** A directory of the test file's own, removed after its last test. */
export const home = join(realpathSync(tmpdir()), `twilio-org-test-${randomUUID().slice(0, 8)}`);

/** Makes the directory for one test file. Called before each: files that share a process share its modules. */
export function makeHome(): void {
  mkdirSync(home);
  afterAll(() => {
    recordFiles(home, ['client-secret.txt', 'rehearsal.json']);
    // A program that is just ending may still write.
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  });
}
