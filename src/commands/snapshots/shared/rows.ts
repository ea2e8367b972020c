import { statSync } from 'node:fs';
import path from 'node:path';
import { manifestFile } from '../../../organization/snapshots/manifest.ts';
import type { StoredSnapshot } from '../../../organization/snapshots/store.ts';
import { exactTime, relativeTime } from '../../../platform/core/time-words.ts';
import type { Column, View } from '../../../platform/terminal/view.ts';

/** A snapshot as a row. */
export interface SnapshotRow {
  snapshot: string;
  began_at: string;
  ended_at: string;
  users: number;
  role_assignments: number;
  roles: number;
  accounts: number;
  /** Size of its files. */
  bytes: number;
  /** Users that changed while it was taken. */
  users_moved: number;
  personal_data: boolean;
  organization_sid: string;
  api_url: string;
  program: string;
  client_id: string | null;
  previous: string | null;
  sha256: string;
  directory: string;
}

export function rowOf({ dir, manifest }: StoredSnapshot): SnapshotRow {
  const { parts, users_moved: moved } = manifest;
  const ofParts = Object.values(parts).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    snapshot: manifest.id,
    began_at: manifest.began_at,
    ended_at: manifest.ended_at,
    users: parts.users.count,
    role_assignments: parts.roleAssignments.count,
    roles: parts.roles.count,
    accounts: parts.accounts.count,
    bytes: ofParts + statSync(path.join(dir, manifestFile)).size,
    users_moved: moved.added.length + moved.removed.length + moved.changed.length,
    personal_data: manifest.personal_data,
    organization_sid: manifest.organization_sid,
    api_url: manifest.api_url,
    program: manifest.program,
    client_id: manifest.client_id,
    previous: manifest.previous?.id ?? null,
    sha256: manifest.sha256,
    directory: path.resolve(dir),
  };
}

const columns = ['snapshot', 'began_at', 'users', 'role_assignments', 'roles', 'accounts', 'bytes'];

const others = [
  'ended_at',
  'users_moved',
  'personal_data',
  'organization_sid',
  'api_url',
  'program',
  'client_id',
  'previous',
  'sha256',
  'directory',
];

const taken: Column<SnapshotRow> = {
  heading: 'Taken',
  value: ({ began_at }, now) => exactTime(began_at, now),
  // The name of the snapshot has the exact time.
  short: ({ began_at }, now) => relativeTime(began_at, now) ?? began_at,
};
const count = (heading: string, name: 'users' | 'role_assignments' | 'roles' | 'accounts') =>
  ({ heading, value: (row) => String(row[name]) }) satisfies Column<SnapshotRow>;
const counts = [
  count('Users', 'users'),
  count('Role assignments', 'role_assignments'),
  { ...count('Roles', 'roles'), isOptional: true },
] satisfies Column<SnapshotRow>[];
const size: Column<SnapshotRow> = {
  heading: 'Size',
  value: ({ bytes }) => sizeInWords(bytes),
  isOptional: true,
};
const notes: Column<SnapshotRow> = {
  heading: 'Notes',
  value: ({ personal_data }) => (personal_data ? undefined : 'without personal data'),
  short: ({ personal_data }) => (personal_data ? '' : 'no names'),
};
const id: Column<SnapshotRow> = { heading: 'Snapshot', value: 'snapshot' };

export const snapshotView: View = {
  fields: [...columns, ...others],
  columns,
  people: {
    list: [taken, ...counts, size, notes, id],
    details: [
      taken,
      { heading: 'Until', value: ({ ended_at }: SnapshotRow, now) => exactTime(ended_at, now) },
      ...counts,
      count('Named accounts', 'accounts'),
      {
        heading: 'Changed meanwhile',
        value: ({ users_moved }: SnapshotRow) => (users_moved > 0 ? `${users_moved} users` : undefined),
      },
      notes,
      size,
      { heading: 'Organization', value: 'organization_sid' },
      { heading: 'API', value: 'api_url' },
      { heading: 'Program', value: 'program' },
      { heading: 'App', value: 'client_id' },
      { heading: 'Directory', value: 'directory' },
      { heading: 'Snapshot before', value: 'previous' },
      { heading: 'SHA-256', value: 'sha256' },
      id,
    ],
  },
};

/** `412 B`, `9.6 MB`. */
function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
