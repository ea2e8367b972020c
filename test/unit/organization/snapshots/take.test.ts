import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { latestSnapshot, listSnapshots } from '../../../../src/organization/snapshots/store.ts';
import { verifySnapshot } from '../../../../src/organization/snapshots/verify.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { madeUser } from '../../../support/runs.ts';
import { snapshotsHere, takenFrom } from '../../../support/snapshots.ts';

const hex = (number: number) => number.toString(16).padStart(32, '0');
const users = [1, 2, 3].map((number) => madeUser(`US${hex(number)}`, `user${number}@example.com`));
const roles = [{ sid: `IX${hex(1)}`, friendly_name: 'Admin', policy: { allow: ['/twilio/*'], format: 1 } }];
const assignments = users.map(({ id }, index) => ({
  sid: `IY${hex(index + 1)}`,
  role_sid: `IX${hex(1)}`,
  scope: `OR${hex(0)}`,
  identity: id,
}));
const contents = { users, roles, assignments };

/** All files below, as paths. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(dir, name)).isFile(),
  );
}

/** The descriptions of all writes of one snapshot. */
async function writesOf(): Promise<string[]> {
  const writes: string[] = [];
  await takenFrom(contents, snapshotsHere(), { beforeWrite: (what) => void writes.push(what) });
  return writes;
}

describe('a snapshot', () => {
  it('is a private directory of four lists and a manifest', async () => {
    const dir = snapshotsHere();
    const { manifest, dir: folder } = await takenFrom(contents, dir, { accounts: [{ sid: `AC${hex(1)}` }] });
    expect(readdirSync(folder).sort()).toEqual([
      'accounts.jsonl.gz',
      'manifest.json',
      'role-assignments.jsonl.gz',
      'roles.jsonl.gz',
      'users.jsonl.gz',
    ]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const counts = Object.entries(manifest.parts).map(([name, { count }]) => [name, count]);
    expect(Object.fromEntries(counts)).toEqual({ users: 3, roleAssignments: 3, roles: 1, accounts: 1 });
    expect(readdirSync(dir)).toEqual([manifest.id]);
    expect(await verifySnapshot(folder)).toMatchObject({ problems: [], previous: 'none' });
  });

  it('has no manifest when any of its writes fails, and leaves nothing behind', async () => {
    const writes = await writesOf();
    expect(writes.length).toBeGreaterThan(15);
    for (const [failing, what] of writes.entries()) {
      const dir = snapshotsHere();
      let write = 0;
      const beforeWrite = () => {
        if (write++ === failing) throw new AppError('failure', `No: ${what}`);
      };
      await expect(takenFrom(contents, dir, { beforeWrite })).rejects.toThrow(`No: ${what}`);
      expect(filesIn(dir)).toEqual([]);
    }
  });

  it('has no manifest when it is killed before any of its writes, and the next one cleans up', async () => {
    const dir = snapshotsHere();
    await takenFrom(contents, dir);
    const killed: string[] = [];
    await takenFrom(contents, dir, {
      beforeWrite() {
        // The disk as a process that is killed now leaves it, without its lock, which others take over.
        const copy = snapshotsHere();
        cpSync(dir, copy, { recursive: true, filter: (name) => !name.endsWith('.lock') });
        killed.push(copy);
      },
    });
    expect(killed).toHaveLength((await writesOf()).length);
    for (const copy of killed) {
      const manifests = filesIn(copy).filter((name) => name.endsWith('manifest.json'));
      expect(manifests).toHaveLength(1);
      expect(await listSnapshots(copy)).toHaveLength(1);
    }
    for (const copy of killed.slice(-4)) {
      const { manifest } = await takenFrom(contents, copy);
      expect(readdirSync(copy)).toEqual([manifest.previous?.id, manifest.id]);
    }
  });

  it.each(['/scim/v2/Users', '/v2/Organizations/Roles', '/v2/Organizations/RoleAssignments'])(
    'is not taken when %s can not be read',
    async (path) => {
      const dir = snapshotsHere();
      await expect(takenFrom({ ...contents, forbidden: [path] }, dir)).rejects.toThrow('needs a scope');
      expect(filesIn(dir)).toEqual([]);
    },
  );

  it('names the one before it', async () => {
    const dir = snapshotsHere();
    const first = await takenFrom(contents, dir, { now: () => Date.parse('2026-03-01T00:00Z') });
    // The clock of the second goes back.
    const second = await takenFrom(contents, dir, { now: () => Date.parse('2026-02-01T00:00Z') });
    expect(second.manifest.previous).toEqual({ id: first.manifest.id, sha256: first.manifest.sha256 });
    expect((await latestSnapshot(dir))?.manifest.id).toBe(second.manifest.id);
    expect((await verifySnapshot(second.dir)).previous).toBe('same');
  });

  it('is kept only once with --if-changed, whatever the time', async () => {
    const dir = snapshotsHere();
    const first = await takenFrom(contents, dir);
    const same = await takenFrom(contents, dir, { ifChanged: true });
    expect([same.isNew, same.manifest.id]).toEqual([false, first.manifest.id]);
    expect(readdirSync(dir)).toEqual([first.manifest.id]);
    const fewer = await takenFrom({ ...contents, users: users.slice(1) }, dir, { ifChanged: true });
    const reduced = await takenFrom({ ...contents, users: users.slice(1) }, dir, {
      ifChanged: true,
      withoutPersonalData: true,
    });
    expect([fewer.isNew, reduced.isNew]).toEqual([true, true]);
  });

  test('without personal data has no name, address or external id in it', async () => {
    const secret = ['Ada', 'Lovelace', 'ada@example.com', 'emp-4711', 'Analyst', 'ada-phone'];
    const user = {
      ...madeUser(`US${hex(9)}`, 'ada@example.com'),
      externalId: 'emp-4711',
      displayName: 'Ada Lovelace',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      title: 'Analyst',
      phones: ['ada-phone'],
    };
    const { dir } = await takenFrom({ ...contents, users: [user] }, snapshotsHere(), {
      withoutPersonalData: true,
    });
    const { gunzipSync } = await import('node:zlib');
    const text = gunzipSync(readFileSync(join(dir, 'users.jsonl.gz'))).toString();
    for (const word of secret) expect(text).not.toContain(word);
    expect(JSON.parse(text)).toEqual({ id: user.id, active: true, meta: user.meta });
  });

  it('names the users that changed meanwhile', async () => {
    const [one, two, three] = users;
    if (!one || !two || !three) throw new Error('There are three users');
    const changing = { ...contents, users: [one, two] };
    const dir = snapshotsHere();
    const { manifest, moved } = await takenFrom(changing, dir, {
      beforeWrite(what) {
        if (what.includes('accounts')) changing.users = [{ ...two, meta: { version: '2' } }, three];
      },
    });
    expect(manifest.users_moved).toEqual({ added: [three.id], removed: [one.id], changed: [two.id] });
    expect(moved).toEqual([two.userName, three.userName, one.id]);
  });

  it('has the role assignments of each user where the organization lists none without a filter', async () => {
    const { manifest } = await takenFrom({ ...contents, wantsFilter: true }, snapshotsHere());
    expect(manifest.parts.roleAssignments.count).toBe(3);
  });
});

describe('verification', () => {
  it('finds any changed byte, and names the file', async () => {
    const { dir, manifest } = await takenFrom(contents, snapshotsHere());
    for (const file of readdirSync(dir)) {
      const place = join(dir, file);
      const bytes = readFileSync(place);
      // The manifest is long: seven keeps the test short, and reaches each bit.
      const step = file === 'manifest.json' ? 7 : 1;
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(place, changed);
        const { files, problems } = await verifySnapshot(dir);
        expect({ at, files }).toEqual({ at, files: [file] });
        expect(problems[0]).toContain(file);
      }
      writeFileSync(place, bytes.subarray(0, -1));
      expect((await verifySnapshot(dir)).files).toEqual([file]);
      writeFileSync(place, Buffer.concat([bytes, Buffer.from('\n')]));
      expect((await verifySnapshot(dir)).files).toEqual([file]);
      rmSync(place);
      expect((await verifySnapshot(dir)).files).toEqual([file]);
      writeFileSync(place, bytes);
    }
    expect((await verifySnapshot(dir)).problems).toEqual([]);
    expect(manifest.version).toBe(1);
  });

  it('passes where the snapshot before was removed, and fails where it was exchanged', async () => {
    const dir = snapshotsHere();
    const first = await takenFrom(contents, dir);
    const second = await takenFrom(contents, dir);
    const other = await takenFrom(contents, snapshotsHere());
    rmSync(first.dir, { recursive: true });
    expect(await verifySnapshot(second.dir)).toMatchObject({ problems: [], previous: 'gone' });
    renameSync(other.dir, first.dir);
    expect(await verifySnapshot(second.dir)).toMatchObject({ files: ['manifest.json'], previous: 'changed' });
  });
});
