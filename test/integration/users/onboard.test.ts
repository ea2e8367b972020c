import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bulkWorld, rows } from '../../support/bulk.ts';
import { writes } from '../../support/cli.ts';

describe('users onboard', () => {
  const growing = [...'bcdefgh']
    .map((name, index) => {
      const before = 'abcdefg'[index];
      return `${name}: &${name} [${Array(9).fill(`*${before}`)}]\n`;
    })
    .join('');
  const template =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template's own variables.
    'user:\n  displayName: ${givenName} ${familyName}\nroles:\n  - {role: Support, scope: org}\n  - {role: Developer, scope: "${account}"}\n';

  test('names a template that is missing or is not YAML', async () => {
    const { call, file, path } = await bulkWorld({ users: 3 });
    const said = async (template: string) =>
      (await call(['users', 'onboard', '-', '--template', template], {}, 'email\na@example.com\n')).stderr;
    expect(await said(path('none.yaml'))).toBe(
      `error: ${path('none.yaml')} can't be read: there is no such file\nCheck the name and its permissions\n`,
    );
    expect(await said(file('tab.yaml', 'roles:\n\t- role: x\n'))).toContain(
      'tab.yaml is not a valid template: Tabs are not allowed as indentation at line 2, column 1\n',
    );
  });

  test('creates users with the fields and roles of the template, filled from the row', async () => {
    const { sandbox, call, file } = await bulkWorld({ assignments: 0 });
    const [account] = sandbox.accountSids;
    const args = ['users', 'onboard', '-', '--template', file('t.yaml', template)];
    const text = `email,givenName,familyName,account\nada@example.com,Ada,Lovelace,${account}\n`;
    expect((await call(args, {}, text)).exitCode).toBe(0);
    const ada = [...sandbox.state.users.all()].find(({ userName }) => userName === 'ada@example.com');
    expect(ada?.displayName).toBe('Ada Lovelace');
    expect(sandbox.state.assignments.map(({ scope }) => scope)).toEqual([sandbox.organizationSid, account]);
    expect((await call(args, {}, text)).stderr).toContain('1 unchanged');
  });

  test('names an unknown column beside unknown roles, and no cells that the template would need of the header', async () => {
    const { call, file } = await bulkWorld();
    const text = template.replace('Developer', 'Develoooper');
    const args = ['users', 'onboard', '-', '--template', file('t.yaml', text), '--dry-run'];
    const rows = 'email,givenName,familyName,account,Shoe\na@example.com,Ada,Lovelace,org,38\n';
    const { stderr, exitCode } = await call(args, {}, rows);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('line 1: unknown column "Shoe"');
    expect(stderr).toContain('there is no role Develoooper');
    expect(stderr).toContain('have 2 errors');
  });

  test.each(['--results', '--plan-out'])('refuses %s that would overwrite the template', async (flag) => {
    const { call, file } = await bulkWorld();
    const name = file('t.yaml', template);
    const args = ['users', 'onboard', '-', '--template', name, flag, name];
    const { stderr, exitCode } = await call(args, {}, 'email\na@example.com\n');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${flag} ${name} is the template itself, which would be overwritten`);
  });

  test('names line and column of a variable without a value, before any change', async () => {
    const { sandbox, call, file } = await bulkWorld();
    const args = ['users', 'onboard', '-', '--template', file('t.yaml', template)];
    const { stderr, exitCode } = await call(args, {}, 'email,givenName\nada@example.com,Ada\n');
    expect(stderr).toContain('line 2, familyName: the template needs a value');
    expect(stderr).toContain('line 2, account: the template needs a value');
    expect({ exitCode, writes: writes(sandbox) }).toEqual({ exitCode: 2, writes: [] });
  });

  test.each([
    ['no map', '- 1\n'],
    ['an unknown part', 'users: {}\n'],
    ['an unknown field', 'user: {password: x}\n'],
    ['a role without scope', 'roles: [{role: Admin}]\n'],
    ['no YAML', 'user: [\n'],
    ['a tag', 'user: {displayName: !secret x}\n'],
    ['bytes', 'user: {displayName: !!binary aGVsbG8=}\n'],
    ['a key that is a list', 'user: {[displayName]: x}\n'],
    ['two documents', 'user: {}\n---\nuser: {}\n'],
    ['a key twice', 'user: {displayName: a, displayName: b}\n'],
    ['a prototype', 'user: {__proto__: {displayName: a}}\n'],
    ['aliases that grow', `a: &a [x,x,x,x,x,x,x]\n${growing}`],
    ['an empty text', 'user: {displayName: " "}\n'],
    ['nothing', 'user: {displayName: ~}\n'],
    ['a variable that does not end', `user: {displayName: "\${givenName"}\n`],
    ['a variable without a name', `user: {displayName: "\${ }"}\n`],
    ['a scope that is none', 'roles: [{role: Support, scope: here}]\n'],
    ['a role that is none', 'roles: [{role: IX123, scope: org}]\n'],
    ['half a resource', 'roles: [{role: Support, scope: org, resource_type: a}]\n'],
    ['another encoding', Buffer.from('user: {displayName: J\xf6rg}\n', 'latin1')],
  ])('refuses a template with %s, and names the template', async (_, text) => {
    const { sandbox, call, path } = await bulkWorld();
    writeFileSync(path('t.yaml'), text);
    writeFileSync(path('in.csv'), 'email,givenName\na@example.com,Ada\n');
    const { stderr, exitCode } = await call([
      ...['users', 'onboard', path('in.csv'), '--template', path('t.yaml'), '--yes'],
    ]);
    expect({ stderr, exitCode, writes: writes(sandbox) }).toEqual({
      stderr: expect.stringMatching(/^error: .+t\.yaml [^\n]+\n`twilio-org users onboard --help`[^\n]+\n$/),
      exitCode: 2,
      writes: [],
    });
  });

  test('prefers the row over the template', async () => {
    const { call, file } = await bulkWorld({ users: 3 });
    const user = file('t.yaml', 'user: {displayName: Colleague, locale: en-US}\n');
    const args = ['users', 'onboard', '-', '--template', user, '-n', '-o', 'json'];
    const { stdout } = await call(args, {}, 'email,displayName\na@example.com,Ada\nb@example.com,\n');
    expect(rows(stdout).map(({ body }) => body)).toMatchObject([
      { displayName: 'Ada', locale: 'en-US' },
      { displayName: 'Colleague', locale: 'en-US' },
    ]);
  });

  test('checks a template with many keys in one pass', async () => {
    const { call, file } = await bulkWorld({ users: 1 });
    const keys = Array.from({ length: 100_000 }, (_, index) => `  k${index}: x\n`).join('');
    const template = file('t.yaml', `user:\n${keys}`);
    const before = process.cpuUsage();
    const { stderr } = await call(['users', 'onboard', '-', '--template', template], {}, 'email\n');
    const { user } = process.cpuUsage(before);
    expect(stderr).toContain('unknown key "k0" in "user"');
    // Microseconds; comparing all keys with each other takes twice this and more.
    expect(user).toBeLessThan(10_000_000);
  });

  test('names a missing template', async () => {
    const { call, path } = await bulkWorld();
    const { stderr } = await call(['users', 'onboard', '-', '--template', path('no.yaml')], {}, 'email\n');
    expect(stderr).toMatch(/no\.yaml can't be read: there is no such file\n/);
  });

  test('takes a number in a template as it is written', async () => {
    const { sandbox, call, file } = await bulkWorld();
    const text =
      'user: {displayName: 0012345678901234567890, familyName: 1e3, givenName: yes, locale: 0x1F}\n';
    const args = ['users', 'onboard', '-', '--template', file('t.yaml', text)];
    expect((await call(args, {}, 'email\nada@example.com\n')).exitCode).toBe(0);
    const ada = [...sandbox.state.users.all()].find(({ userName }) => userName === 'ada@example.com');
    expect(ada).toMatchObject({
      displayName: '0012345678901234567890',
      name: { familyName: '1e3', givenName: 'yes' },
      locale: '0x1F',
    });
  });
});
