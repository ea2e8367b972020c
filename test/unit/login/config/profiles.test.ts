import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  assertProfileName,
  mustBeUsable,
  type Profile,
  readConfig,
  unusableProfiles,
  updateConfig,
} from '../../../../src/login/config/profiles.ts';
import { resolveSettings } from '../../../../src/login/config/settings.ts';
import { bundleProgram } from '../../../support/bundle.ts';
import { describeWith } from '../../../support/requires.ts';

const profile: Profile = {
  grant: 'authorization-code',
  client_id: 'OQ00000000000000000000000000000001',
  redirect_uri: 'http://127.0.0.1:8080/callback',
  api_url: 'https://iam.twilio.com',
  oauth_url: 'https://oauth.twilio.com',
  organization_sid: 'OR00000000000000000000000000000001',
  store: 'keychain',
};

let parent: string;
let dir: string;
let file: string;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'twilio-org-config-'));
  dir = path.join(parent, 'twilio-org');
  file = path.join(dir, 'config.json');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

async function write(text: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
}

function writeProfile(changes: Record<string, unknown>): Promise<void> {
  return write(JSON.stringify({ profiles: { work: { ...profile, ...changes } } }));
}

async function modeOf(place: string): Promise<number> {
  return (await stat(place)).mode & 0o777;
}

describe('reading the configuration', () => {
  it('returns an empty configuration without a file, and creates none', async () => {
    expect(await readConfig(dir)).toEqual({ default_profile: 'default', profiles: {} });
    expect(await readdir(parent)).toEqual([]);
  });

  it('returns what was written', async () => {
    await updateConfig(dir, (config) => ({
      ...config,
      default_profile: 'work',
      profiles: { work: profile },
    }));
    expect(await readConfig(dir)).toEqual({ default_profile: 'work', profiles: { work: profile } });
  });

  it('uses the profile "default" when the file names none', async () => {
    await write('{}');
    expect(await readConfig(dir)).toEqual({ default_profile: 'default', profiles: {} });
  });

  it('ignores a byte order mark', async () => {
    await write('\uFEFF{"default_profile":"work"}');
    expect((await readConfig(dir)).default_profile).toBe('work');
  });

  it('finds no profile under the names of object members', async () => {
    await updateConfig(dir, (config) => ({ ...config, profiles: { ...config.profiles, work: profile } }));
    const { profiles } = await readConfig(dir);
    expect(profiles.constructor).toBeUndefined();
    expect(profiles.toString).toBeUndefined();
  });

  it.each([
    ['', 'not JSON'],
    ['{"profiles":', 'not JSON'],
    ['[]', 'the file is not a JSON object'],
    ['null', 'the file is not a JSON object'],
    ['"text"', 'the file is not a JSON object'],
    ['{"profiles":[]}', '"profiles" is not a JSON object'],
    ['{"profiles":null}', '"profiles" is not a JSON object'],
    ['{"default_profile":7}', '"default_profile"'],
    ['{"default_profile":"a b"}', '"default_profile"'],
    ['{"default_profile":"__proto__"}', '"default_profile"'],
    ['{"profiles":{"a b":{}}}', '"a b" is not a profile name'],
    ['{"profiles":{"__proto__":{"grant":"client-credentials"}}}', '"__proto__"'],
    ['{"profiles":{"work":{"__proto__":{"store":"file"}}}}', '"__proto__"'],
    ['{"__proto__":{"profiles":{}}}', '"__proto__"'],
  ])('refuses %s, naming the file and the fault', async (text, fault) => {
    await write(text);
    await expect(readConfig(dir)).rejects.toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(fault),
      hint: expect.stringContaining('auth login'),
    });
    await expect(readConfig(dir)).rejects.toThrow(file);
  });

  it.each([
    ['grant', 'password'],
    ['grant', undefined],
    ['store', 'plain'],
    ['client_id', ''],
    ['client_id', 7],
    ['api_url', 'http://iam.twilio.com'],
    ['api_url', 'https://iam.twilio.com/v2'],
    ['oauth_url', 'oauth.twilio.com'],
    ['oauth_url', undefined],
    ['redirect_uri', 'javascript:alert(1)'],
    ['redirect_uri', 'callback'],
    ['redirect_uri', null],
    ['organization_sid', {}],
  ])('refuses the use of a profile whose %s is %j', async (member, value) => {
    await writeProfile({ [member]: value });
    const config = await readConfig(dir);
    expect(() => mustBeUsable(config, 'work')).toThrow(
      new RegExp(`config\\.json can't be used: "${member}" of profile "work"`),
    );
    expect(() => resolveSettings({ profile: 'work' }, {}, config)).toThrow("can't be used");
  });

  it('keeps unusable profiles unchanged while others can be used and changed', async () => {
    const newer = { grant: 'device-code', flow: { new: true } };
    await write(JSON.stringify({ profiles: { newer, number: 7, work: profile } }));
    const config = await readConfig(dir);
    expect(Object.keys(config.profiles)).toEqual(['work']);
    expect(resolveSettings({ profile: 'work' }, {}, config).profile).toBeDefined();
    expect(unusableProfiles(config)).toHaveLength(2);
    await updateConfig(dir, (before) => ({ ...before, default_profile: 'work' }));
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      default_profile: 'work',
      profiles: { newer, number: 7, work: profile },
    });
  });

  it('does not quote a file that is not JSON', async () => {
    await write('hunter2 is my password');
    await expect(readConfig(dir)).rejects.toThrow(/^(?!.*hunter2)/);
  });

  it('reports a directory in place of the file', async () => {
    await mkdir(file, { recursive: true });
    await expect(readConfig(dir)).rejects.toMatchObject({
      kind: 'failure',
      message: `Cannot read ${file}: it is a directory`,
    });
  });
});

describe('changing the configuration', () => {
  it('keeps members of a newer version', async () => {
    await write(JSON.stringify({ theme: 'dark', profiles: { work: { ...profile, region: 'ie1' } } }));
    await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }));
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      theme: 'dark',
      default_profile: 'work',
      profiles: { work: { ...profile, region: 'ie1' } },
    });
  });

  it('leaves the whole file and nothing beside it', async () => {
    await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }));
    expect(await readdir(dir)).toEqual(['config.json']);
  });

  it('does not write the file when nothing changes', async () => {
    await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }));
    const before = await stat(file);
    await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }));
    expect((await stat(file)).ino).toBe(before.ino);
  });

  it('writes nothing that could not be read back', async () => {
    await updateConfig(dir, (config) => ({ ...config, profiles: { work: profile } }));
    const before = await readFile(file, 'utf8');
    const broken = { ...profile, api_url: 'http://example.com' };
    const change = updateConfig(dir, (config) => ({ ...config, profiles: { work: broken } }));
    await expect(change).rejects.toMatchObject({ kind: 'failure' });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('releases its lock when the change throws', async () => {
    const change = updateConfig(dir, () => {
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }));
  });

  it('writes through a link, so that a folder of dotfiles stays in use', async () => {
    await mkdir(dir, { mode: 0o700 });
    const target = path.join(parent, 'dotfile.json');
    await writeFile(target, '{}', { mode: 0o600 });
    await symlink(target, file);
    await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }));
    expect(JSON.parse(await readFile(target, 'utf8')).default_profile).toBe('work');
  });

  it('loses nothing when several processes change it at once, even after one that crashed', async () => {
    const program = await bundleProgram(
      new URL('../../../support/update-config-program.ts', import.meta.url),
    );
    const crashed = path.join(dir, 'config.json.lock');
    await mkdir(crashed, { recursive: true, mode: 0o700 });
    await utimes(crashed, 1_000_000_000, 1_000_000_000);
    try {
      const names = ['one', 'two', 'three'];
      await Promise.all(names.map((name) => execa(process.execPath, [program.file, dir, name, '5'])));
      expect(Object.keys((await readConfig(dir)).profiles)).toHaveLength(15);
    } finally {
      await program.remove();
    }
  });
});

describeWith('file modes', 'access to the configuration', () => {
  it('is for the user alone: directory 0700, file 0600, whatever the umask', async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const umask = process.umask(0);
    try {
      await updateConfig(dir, (config) => ({ ...config, default_profile: 'work' }), { warn });
    } finally {
      process.umask(umask);
    }
    expect([await modeOf(dir), await modeOf(file)]).toEqual([0o700, 0o600]);
    expect(warnings).toEqual([]);
  });

  it('is removed from others, with a note', async () => {
    await writeProfile({});
    await chmod(dir, 0o755);
    await chmod(file, 0o644);
    const warnings: string[] = [];
    await readConfig(dir, { warn: (message) => warnings.push(message) });
    expect([await modeOf(dir), await modeOf(file)]).toEqual([0o700, 0o600]);
    expect(warnings).toEqual([
      `Others on this machine could open ${dir} (mode 0755); it is now 0700`,
      `Others on this machine could open ${file} (mode 0644); it is now 0600`,
    ]);
    await readConfig(dir, { warn: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(2);
  });

  it('to a directory that is shared on purpose is kept, with a note', async () => {
    await writeProfile({});
    await chmod(dir, 0o1777);
    const warnings: string[] = [];
    await readConfig(dir, { warn: (message) => warnings.push(message) });
    expect(await modeOf(dir)).toBe(0o777);
    expect(warnings).toEqual([expect.stringContaining('use another directory')]);
  });
});

describe('a profile name', () => {
  it.each(['default', 'a', 'A-1_b', 'constructor', 'toString', 'x'.repeat(64)])('may be %s', (name) => {
    expect(assertProfileName(name)).toBe(name);
  });

  it.each(['', ' ', 'a b', 'a/b', '../a', 'ä', 'x'.repeat(65), 'a\n', '__proto__'])(
    'may not be %j',
    (name) => {
      expect(() => assertProfileName(name)).toThrow(expect.objectContaining({ kind: 'usage' }));
    },
  );

  it('like "constructor" is a profile like any other', async () => {
    await updateConfig(dir, (config) => ({
      ...config,
      profiles: { constructor: profile, toString: profile },
    }));
    expect((await readConfig(dir)).profiles.constructor).toEqual(profile);
  });
});
