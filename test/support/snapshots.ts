import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Taken, type TakeOptions, takeSnapshot } from '../../src/organization/snapshots/take.ts';
import { home } from './home.ts';
import { type Contents, organizationWith } from './organization.ts';

export const organizationSid = `OR${'0'.repeat(32)}`;

/** An empty directory for snapshots. */
export function snapshotsHere(): string {
  mkdirSync(home, { recursive: true });
  return mkdtempSync(join(home, 'snapshots-'));
}

/** Takes a snapshot of an organization in memory. */
export function takenFrom(contents: Contents, dir: string, more: Partial<TakeOptions> = {}): Promise<Taken> {
  return takeSnapshot({
    dir,
    api: organizationWith(contents).api,
    organizationSid,
    clientId: undefined,
    program: '0.0.0',
    accounts: [],
    now: Date.now,
    ...more,
  });
}
