import { describe, expect, test } from 'vitest';
import { mutateUser, type Sandbox } from '../../src/sandbox/server.ts';
import { sandboxed, start, userAt } from '../support/cli.ts';
import { answering, json } from '../support/server.ts';

function all({ state }: Sandbox) {
  return [...state.users.all()];
}

describe('a list', () => {
  test("as json is an array of the API's own objects, also when empty", async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stdout } = await call(['users', 'list', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual(all(sandbox));
    expect((await call(['users', 'list', '-o', 'json', '--search', 'nobody'])).stdout).toBe('[]\n');
  });

  test('as jsonl is one object for each line, and nothing when empty', async () => {
    const { call, sandbox } = await sandboxed({ users: 3 });
    const { stdout } = await call(['users', 'list', '-o', 'jsonl']);
    expect(stdout).toBe(
      all(sandbox)
        .map((user) => `${JSON.stringify(user)}\n`)
        .join(''),
    );
    expect((await call(['users', 'list', '-o', 'jsonl', '--search', 'nobody'])).stdout).toBe('');
  });

  test('as csv has a header and CRLF, also when empty, and no formulas', async () => {
    const { run, sandbox } = await sandboxed({ users: 2 });
    mutateUser(sandbox.state, userAt(sandbox, 1), { displayName: '=cmd("x"), y' }, Date.now());
    const [one, two] = all(sandbox);
    const { stdout } = await run(['users', 'list', '-o', 'csv']);
    expect(stdout).toBe(
      'id,userName,displayName,active\r\n' +
        `${one?.id},${one?.userName},${one?.displayName},true\r\n` +
        `${two?.id},${two?.userName},"'=cmd(""x""), y",true\r\n`,
    );
    expect((await run(['users', 'list', '-o', 'csv', '--search', 'nobody'])).stdout).toBe(
      'id,userName,displayName,active\r\n',
    );
  });

  test('as a table has a header and columns, and is never cut without a terminal', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    mutateUser(sandbox.state, userAt(sandbox, 1), { displayName: 'x'.repeat(200) }, Date.now());
    const [head, one, two] = (await call(['users', 'list', '-o', 'table'])).stdout.split('\n');
    expect(head).toMatch(/^E-mail +Name +Status +SID$/);
    expect(one?.indexOf(userAt(sandbox, 0).userName)).toBe(0);
    expect(one?.indexOf(userAt(sandbox, 0).id)).toBe(head?.indexOf('SID'));
    expect(two).toContain('x'.repeat(200));
  });

  test('shows control characters as escapes in tables, and exactly in JSON', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    const displayName = 'a\tb\u001b[31mc\u202ed\ne';
    mutateUser(sandbox.state, userAt(sandbox, 1), { displayName }, Date.now());
    for (const format of ['tsv', 'table']) {
      const { stdout } = await call(['users', 'list', '-o', format]);
      expect(stdout.trimEnd().split('\n').at(-1)).toContain('a\\tb\\x1b[31mc\\u202ed\\ne');
    }
    const { stdout } = await call(['users', 'list', '-o', 'json']);
    expect(JSON.parse(stdout)[1].displayName).toBe(displayName);
    expect(stdout).not.toContain('\u202e');
  });

  test('as jsonl is written while it arrives', async () => {
    const assignment = (digit: string) => ({
      sid: `IY${digit.repeat(32)}`,
      role_sid: `IX${digit.repeat(32)}`,
      scope: `OR${digit.repeat(32)}`,
      identity: `US${digit.repeat(32)}`,
    });
    let release = (): unknown => undefined;
    const { url } = await answering(
      json({ content: [assignment('1')], meta: { next_page_url: '/v2/Organizations/RoleAssignments?p=2' } }),
      // The second page waits until the first one was seen.
      (response) => {
        release = () => json({ content: [assignment('2')], meta: { next_page_url: null } })(response);
        if (seen) release();
      },
    );
    let seen = false;
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary' };
    const subprocess = start(['assignments', 'list', '-o', 'jsonl'], { env });
    subprocess.stdout.once('data', () => {
      seen = true;
      release();
    });
    const { stdout } = await subprocess;
    expect(stdout).toBe(`${JSON.stringify(assignment('1'))}\n${JSON.stringify(assignment('2'))}\n`);
  });
});

describe('one item', () => {
  test('is an object in json and jsonl, a row in csv and tsv, and lines of words in a table', async () => {
    const { call, sandbox } = await sandboxed({ users: 2 });
    const user = userAt(sandbox, 1);
    const get = async (format: string) => (await call(['users', 'get', user.id, '-o', format])).stdout;
    expect(await get('json')).toBe(`${JSON.stringify(user, null, 2)}\n`);
    expect(await get('jsonl')).toBe(`${JSON.stringify(user)}\n`);
    const cells = [user.id, user.userName, user.displayName, 'true'];
    expect(await get('csv')).toBe(`id,userName,displayName,active\r\n${cells.join(',')}\r\n`);
    expect(await get('tsv')).toBe(`${cells.join('\t')}\n`);
    const lines = (await get('table')).split('\n');
    expect(lines[0]).toBe(`Name         ${user.displayName}`);
    expect(lines).toContain('Status       Active');
    expect(lines).toContainEqual(expect.stringMatching(/^Version +W\/\d+$/));
    expect(lines).toContain(`SID          ${user.id}`);
  });
});

describe('--fields', () => {
  test('selects columns and JSON members by dotted path, in the given order', async () => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    const [user] = all(sandbox);
    const pick = async (format: string) =>
      (await call(['users', 'list', '--fields', 'name.familyName,id,emails.0.value', '-o', format])).stdout;
    const cells = [user?.name?.familyName, user?.id, user?.emails[0]?.value];
    expect(await pick('tsv')).toBe(`${cells.join('\t')}\n`);
    expect(await pick('csv')).toBe(`name.familyName,id,emails.0.value\r\n${cells.join(',')}\r\n`);
    expect((await pick('table')).split('\n')[0]).toMatch(/^name\.familyName +id +emails\.0\.value$/);
    const picked = { name: { familyName: cells[0] }, id: cells[1], emails: [{ value: cells[2] }] };
    expect(await pick('json')).toBe(`[\n  ${JSON.stringify(picked, null, 2).replaceAll('\n', '\n  ')}\n]\n`);
    expect(await pick('jsonl')).toBe(`${JSON.stringify(picked)}\n`);
  });
});

describe('format and colour', () => {
  test('come from TWILIO_ORG_OUTPUT unless a flag says otherwise, before or after the command', async () => {
    const { call } = await sandboxed({ users: 1 });
    const env = { TWILIO_ORG_OUTPUT: 'csv' };
    expect((await call(['users', 'list', '--fields', 'active'], { env })).stdout).toBe('active\r\ntrue\r\n');
    expect((await call(['users', 'list', '--fields', 'active', '-o', 'tsv'], { env })).stdout).toBe('true\n');
    expect((await call(['-o', 'tsv', 'users', '--fields', 'active', 'list'], { env })).stdout).toBe('true\n');
  });

  test('are plain without a terminal; FORCE_COLOR adds colour, and --no-color and NO_COLOR win over it', async () => {
    const { call } = await sandboxed({ users: 1 });
    const colored = async (flags: string[], env: Record<string, string>) => {
      const { stdout } = await call(['users', 'list', '-o', 'table', ...flags], { env });
      return stdout.includes('\x1b[');
    };
    expect(await colored([], {})).toBe(false);
    expect(await colored([], { FORCE_COLOR: '1' })).toBe(true);
    expect(await colored(['--no-color'], { FORCE_COLOR: '1' })).toBe(false);
    expect(await colored([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });
});
