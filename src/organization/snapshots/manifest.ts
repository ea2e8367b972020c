import { createHash } from 'node:crypto';
import { AppError } from '../../platform/core/errors.ts';
import { isObject } from '../../platform/core/json.ts';

/** The lists of a snapshot, by the name of their file. */
export const partFiles = {
  users: 'users.jsonl.gz',
  roleAssignments: 'role-assignments.jsonl.gz',
  roles: 'roles.jsonl.gz',
  accounts: 'accounts.jsonl.gz',
} as const;

export type PartName = keyof typeof partFiles;

export const partNames = Object.keys(partFiles) as PartName[];

export const manifestFile = 'manifest.json';

/** Name of the manifest until everything else is in place. */
export const unnamedManifestFile = 'manifest.json.partial';

/** A file of a snapshot: one JSON object a line, compressed. */
export interface Part {
  file: string;
  /** Number of objects. */
  count: number;
  bytes: number;
  /** Of the file. */
  sha256: string;
  /** Of the lines: equal for equal lists, whatever compressed them. */
  content_sha256: string;
}

/** Users that changed while a snapshot was taken, by SID. */
export interface MovedUsers {
  added: string[];
  removed: string[];
  changed: string[];
}

/** The manifest of a snapshot. A directory without it is no snapshot. */
export interface Manifest {
  format: typeof format;
  version: 1;
  id: string;
  organization_sid: string;
  /** Origin of the API. */
  api_url: string;
  /** Time of the first request; ISO 8601. */
  began_at: string;
  /** Time after the last response; ISO 8601. */
  ended_at: string;
  /** Version of the program that took it. */
  program: string;
  /** The OAuth app of the login; null where it is not known. */
  client_id: string | null;
  /** False where names and addresses were left out. */
  personal_data: boolean;
  parts: Record<PartName, Part>;
  users_moved: MovedUsers;
  /** Members of roles that differ in a list without permissions, by SID. */
  roles_without_permissions: Record<string, { policy?: unknown }>;
  /** The snapshot before this one in the same directory. */
  previous: { id: string; sha256: string } | null;
  /** Of this manifest without this member, with its members sorted by name and no white space (as in RFC 8785). */
  sha256: string;
}

const format = 'twilio-org snapshot';

export function sealManifest(manifest: Omit<Manifest, 'format' | 'version' | 'sha256'>): Manifest {
  const whole = { format, version: 1, ...manifest } as const;
  return { ...whole, sha256: manifestHash(whole) };
}

/** The SHA-256 of a manifest, of which the member `sha256` itself is left out. */
function manifestHash(manifest: object): string {
  const { sha256: _, ...others } = manifest as Partial<Manifest>;
  return createHash('sha256')
    .update(JSON.stringify(sorted(others)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  // A plain assignment to `__proto__` would set no member.
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}

/** The text of the manifest's file. */
export function formatManifest(manifest: object): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * Parses a manifest, and checks that it is as it was written.
 *
 * @param file its path, for the error
 * @throws failure for a damaged one, or one of a newer version
 */
export function parseManifest(text: string, file: string): Manifest {
  const value = parsed(text);
  if (!isObject(value) || value.format !== format) {
    throw unusable(file, 'it is not the manifest of a snapshot');
  }
  if (value.version !== 1) {
    throw new AppError('failure', `${file} was written by a newer version of twilio-org`, {
      hint: 'Update twilio-org',
    });
  }
  // The text as well, because a change of white space leaves the hash as it is.
  if (value.sha256 !== manifestHash(value) || text !== formatManifest(value))
    throw unusable(file, 'it was changed after it was written');
  if (!hasForm(value)) throw unusable(file, 'a member is missing or of another kind');
  return value as unknown as Manifest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The hash vouches for the rest: this refuses what another program could have written. */
function hasForm(value: Record<string, unknown>): boolean {
  const { parts, previous, users_moved: moved, roles_without_permissions: roles } = value;
  const texts = ['id', 'organization_sid', 'api_url', 'began_at', 'ended_at', 'program'];
  return (
    texts.every((name) => typeof value[name] === 'string') &&
    URL.canParse(String(value.api_url)) &&
    !Number.isNaN(Date.parse(String(value.began_at))) &&
    (value.client_id === null || typeof value.client_id === 'string') &&
    typeof value.personal_data === 'boolean' &&
    isObject(parts) &&
    partNames.every((name) => isPart(parts[name], partFiles[name])) &&
    isObject(moved) &&
    [moved.added, moved.removed, moved.changed].every(Array.isArray) &&
    isObject(roles) &&
    Object.values(roles).every(isObject) &&
    (previous === null || (isObject(previous) && typeof previous.id === 'string'))
  );
}

function isPart(value: unknown, file: string): boolean {
  if (!isObject(value)) return false;
  const { count, bytes, sha256, content_sha256 } = value;
  const isHash = (text: unknown) => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
  return (
    value.file === file &&
    Number.isInteger(count) &&
    Number.isInteger(bytes) &&
    isHash(sha256) &&
    isHash(content_sha256)
  );
}

export function unusable(file: string, why: string): AppError {
  return new AppError('failure', `${file} can't be used: ${why}`, {
    hint: 'Use another snapshot, or restore this one from a backup. To see all: twilio-org snapshots list',
  });
}
