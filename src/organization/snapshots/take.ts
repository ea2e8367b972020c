import { renameSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../platform/core/errors.ts';
import { syncDirectory } from '../../platform/fs/atomic-write.ts';
import { fsErrorHandler } from '../../platform/fs/errors.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { fileMode } from '../../platform/fs/private-files.ts';
import { wantsFilter } from '../../twilio/errors.ts';
import type { ApiReader } from '../../twilio/mutation.ts';
import { type ShownAssignment, shownRoleAssignments } from '../../twilio/role-assignments.ts';
import { listRoles, type Role } from '../../twilio/roles.ts';
import { streamUsers } from '../../twilio/user-stream.ts';
import type { User } from '../../twilio/users.ts';
import {
  formatManifest,
  type Manifest,
  type MovedUsers,
  manifestFile,
  type Part,
  type PartName,
  partNames,
  sealManifest,
  unnamedManifestFile,
} from './manifest.ts';
import { type BeforeWrite, createPart, type PartWriter } from './part-writer.ts';
import { withoutPersonalData } from './personal-data.ts';
import { latestSnapshot, newSnapshotId, partialDir, removeLeftovers, type StoredSnapshot } from './store.ts';
import { userVersions } from './user-versions.ts';

export interface TakeOptions {
  /** The directory that holds the snapshots of the organization; it exists. */
  dir: string;
  api: ApiReader;
  organizationSid: string;
  clientId: string | undefined;
  /** The program's version. */
  program: string;
  /** The accounts whose names are known. */
  accounts: readonly object[];
  now: () => number;
  /** Leaves out names and addresses of users. */
  withoutPersonalData?: boolean | undefined;
  /** Keeps nothing where the latest snapshot has the same content. */
  ifChanged?: boolean | undefined;
  beforeWrite?: BeforeWrite | undefined;
}

export interface Taken extends StoredSnapshot {
  /** False where nothing has changed: it is then the snapshot before. */
  isNew: boolean;
  /** Names of the users that changed meanwhile, for people. */
  moved: readonly string[];
}

/**
 * Reads the organization into a new snapshot. It is written under another name; its manifest gets its own as the last step,
 * so that one that is not whole has no manifest.
 */
export async function takeSnapshot(options: TakeOptions): Promise<Taken> {
  const { dir } = options;
  return withLock(path.join(dir, 'take'), async (stillHeld) => {
    await removeLeftovers(dir);
    const before = await latestSnapshot(dir);
    const began = options.now();
    const id = newSnapshotId(began, before?.manifest.id);
    const taking = partialDir(dir, id);
    const target = path.join(dir, id);
    const { beforeWrite = () => undefined } = options;
    try {
      await beforeWrite('create the directory');
      await mkdir(taking, 0o700).catch(fsErrorHandler('create the directory', taking));
      const { moved, ...content } = await readParts(taking, options, beforeWrite);
      if (options.ifChanged && before !== undefined && isSame(before.manifest, content.parts, options)) {
        await rm(taking, { recursive: true, force: true });
        return { ...before, isNew: false, moved };
      }
      const manifest = sealManifest({
        id,
        organization_sid: options.organizationSid,
        api_url: options.api.url,
        began_at: new Date(began).toISOString(),
        ended_at: new Date(options.now()).toISOString(),
        program: options.program,
        client_id: options.clientId ?? null,
        personal_data: options.withoutPersonalData !== true,
        ...content,
        previous: before === undefined ? null : { id: before.manifest.id, sha256: before.manifest.sha256 },
      });
      await publish(manifest, { taking, target, beforeWrite, stillHeld });
      return { dir: target, manifest, isNew: true, moved };
    } catch (error) {
      await rm(taking, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  });
}

function isSame(before: Manifest, parts: Manifest['parts'], { withoutPersonalData }: TakeOptions): boolean {
  return (
    before.personal_data === (withoutPersonalData !== true) &&
    partNames.every((name) => before.parts[name].content_sha256 === parts[name].content_sha256)
  );
}

interface Places {
  taking: string;
  target: string;
  beforeWrite: BeforeWrite;
  stillHeld: () => void;
}

/** Puts the snapshot into place. Its manifest is named last, and by one step of the file system. */
async function publish(manifest: Manifest, { taking, target, beforeWrite, stillHeld }: Places) {
  const failed = fsErrorHandler('write', path.join(target, manifestFile));
  await beforeWrite(`write ${manifestFile}`);
  const handle = await open(path.join(taking, unnamedManifestFile), 'wx', fileMode).catch(failed);
  try {
    await handle.writeFile(formatManifest(manifest)).catch(failed);
    await handle.sync().catch(failed);
  } finally {
    await handle.close();
  }
  await syncDirectory(taking);
  await beforeWrite('name the directory');
  try {
    stillHeld();
    renameSync(taking, target);
  } catch (error) {
    if (error instanceof AppError) throw error;
    failed(error);
  }
  try {
    await syncDirectory(path.dirname(target));
    await beforeWrite(`name ${manifestFile}`);
    renameSync(path.join(target, unnamedManifestFile), path.join(target, manifestFile));
  } catch (error) {
    await rm(target, { recursive: true, force: true }).catch(() => undefined);
    if (error instanceof AppError) throw error;
    failed(error);
  }
  await syncDirectory(target);
}

type Content = Pick<Manifest, 'parts' | 'users_moved' | 'roles_without_permissions'>;

async function readParts(
  dir: string,
  options: TakeOptions,
  beforeWrite: BeforeWrite,
): Promise<Content & { moved: string[] }> {
  const { send, url } = options.api;
  const versions = userVersions();
  const users = await readUsers(dir, options, beforeWrite, versions.remember);
  const write = (name: PartName, pages: AsyncIterable<readonly unknown[]>) =>
    writePart(dir, name, pages, beforeWrite);
  const withPermissions: Role[] = [];
  for await (const role of listRoles(send, url, { expand: true })) withPermissions.push(role);
  const roles = await write('roles', onePage(withPermissions));
  const roles_without_permissions: Content['roles_without_permissions'] = {};
  const bySid = new Map(withPermissions.map((role) => [role.sid, role]));
  for await (const role of listRoles(send, url)) {
    const { policy } = role;
    const isListed = JSON.stringify(policy) === JSON.stringify(bySid.get(role.sid)?.policy);
    if (!isListed) roles_without_permissions[role.sid] = policy === undefined ? {} : { policy };
  }
  const roleAssignments = await write('roleAssignments', readAssignments(options.api, versions.ids()));
  const accounts = await write('accounts', onePage(options.accounts));
  await streamUsers(send, {
    start: async () => versions.startAgain(),
    add: async (page) => versions.compare(page),
  });
  const { moved, names } = versions.moved();
  return {
    parts: { users, roleAssignments, roles, accounts },
    users_moved: moved satisfies MovedUsers,
    roles_without_permissions,
    moved: names,
  };
}

async function* onePage<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
  yield page;
}

async function readUsers(
  dir: string,
  { api, withoutPersonalData: isReduced }: TakeOptions,
  beforeWrite: BeforeWrite,
  seen: (users: readonly User[]) => void,
): Promise<Part> {
  let part: PartWriter | undefined;
  try {
    await streamUsers(api.send, {
      async start() {
        await part?.close();
        seen([]);
        part = await createPart(dir, 'users', beforeWrite);
      },
      async add(users) {
        seen(users);
        await part?.add(isReduced ? users.map(withoutPersonalData) : users);
      },
    });
    part ??= await createPart(dir, 'users', beforeWrite);
    return await part.end();
  } catch (error) {
    await part?.close();
    throw error;
  }
}

async function writePart(
  dir: string,
  name: PartName,
  pages: AsyncIterable<readonly unknown[]>,
  beforeWrite: BeforeWrite,
): Promise<Part> {
  const part = await createPart(dir, name, beforeWrite);
  try {
    for await (const page of pages) await part.add(page);
    return await part.end();
  } catch (error) {
    await part.close();
    throw error;
  }
}

/** Users at a time, where each is asked for. */
const atOnce = 8;

/** All role assignments; those of each user where the organization lists none without a filter. */
async function* readAssignments(
  { send, url }: ApiReader,
  ids: Iterable<string>,
): AsyncGenerator<ShownAssignment[]> {
  let page: ShownAssignment[] = [];
  try {
    for await (const assignment of shownRoleAssignments(send, url)) {
      page.push(assignment);
      if (page.length < 100) continue;
      yield page;
      page = [];
    }
    yield page;
  } catch (error) {
    if (!wantsFilter(error)) throw error;
    const users = [...ids];
    for (let at = 0; at < users.length; at += atOnce) {
      const lists = users.slice(at, at + atOnce).map(async (identity) => {
        const held: ShownAssignment[] = [];
        for await (const assignment of shownRoleAssignments(send, url, { identity })) held.push(assignment);
        return held;
      });
      yield (await Promise.all(lists)).flat();
    }
  }
}
