import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../../../src/login/config/settings.ts';
import {
  checkListingShrinkage,
  subtractRemovedAssignments,
} from '../../../src/organization/listing-baseline.ts';
import type { Workspace } from '../../../src/organization/workspace/workspace.ts';
import { usageError } from '../../../src/platform/core/errors.ts';

function workspaceWith(settings: Partial<Settings> = {}) {
  const configDir = mkdtempSync(join(tmpdir(), 'twilio-org-baseline-'));
  onTestFinished(() => rmSync(configDir, { recursive: true, force: true }));
  const all = { source: 'profile', profileName: 'default', apiUrl: 'https://a.example', ...settings };
  const workspace = { configDir, settings: async () => all } as unknown as Workspace;
  const file = join(configDir, 'counts.json');
  return { workspace, file, stored: () => JSON.parse(readFileSync(file, 'utf8')) };
}

test('a listing may lose half of its entries, but no more', async () => {
  const { workspace } = workspaceWith();
  await checkListingShrinkage(workspace, { users: 100, assignments: 10 }, false);
  await checkListingShrinkage(workspace, { users: 50 }, false);
  await expect(checkListingShrinkage(workspace, { users: 24 }, false)).rejects.toMatchObject({
    kind: 'guard',
    message: 'The list of users has shrunk from 50 to 24 since it was last read. Nothing was changed',
  });
  await expect(checkListingShrinkage(workspace, { assignments: 0 }, false)).rejects.toMatchObject({
    message: expect.stringContaining('The list of role assignments has shrunk from 10 to 0'),
  });
});

test('a refused listing does not become the baseline; a confirmed one does', async () => {
  const { workspace, stored } = workspaceWith({ organizationSid: 'OR1' });
  await checkListingShrinkage(workspace, { users: 100 }, false);
  await expect(checkListingShrinkage(workspace, { users: 1 }, false)).rejects.toThrow('has shrunk');
  expect(stored()).toEqual({ 'https://a.example OR1': { users: 100 } });
  await checkListingShrinkage(workspace, { users: 1 }, true);
  expect(stored()).toEqual({ 'https://a.example OR1': { users: 1 } });
});

test('assignments that this program removed may be absent from the next listing', async () => {
  const { workspace, stored } = workspaceWith();
  await subtractRemovedAssignments(workspace, 5);
  await checkListingShrinkage(workspace, { users: 3, assignments: 10 }, false);
  await subtractRemovedAssignments(workspace, 8);
  await checkListingShrinkage(workspace, { assignments: 1 }, false);
  await subtractRemovedAssignments(workspace, 8);
  expect(stored()).toEqual({ 'https://a.example default': { users: 3, assignments: 0 } });
});

test('a token from the environment has no baseline without the SID of its organization', async () => {
  const { workspace, file } = workspaceWith({ source: 'TWILIO_ORG_ACCESS_TOKEN' });
  await checkListingShrinkage(workspace, { users: 100 }, false);
  await checkListingShrinkage(workspace, { users: 0 }, false);
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('a baseline that cannot be read counts as none', async () => {
  const { workspace, file, stored } = workspaceWith();
  writeFileSync(file, 'no JSON', { mode: 0o600 });
  await checkListingShrinkage(workspace, { users: 7 }, false);
  expect(stored()).toEqual({ 'https://a.example default': { users: 7 } });
});

test('without a home directory nothing is compared', async () => {
  const { workspace } = workspaceWith();
  Object.defineProperty(workspace, 'configDir', {
    get() {
      throw usageError('There is no home directory', 'Set HOME');
    },
  });
  await checkListingShrinkage(workspace, { users: 100 }, false);
  await checkListingShrinkage(workspace, { users: 0 }, false);
});
