import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, sandboxed, userAt, userNow } from '../support/cli.ts';
import { projectRoot, readProjectFile } from '../support/house.ts';

const copy = mkdtempSync(join(tmpdir(), 'twilio-org-guide-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));
const program = join(copy, 'bin/twilio-org.js');

describe('the guide to a new verb in docs/contributing.md', () => {
  const [, guide = ''] = readProjectFile('docs/contributing.md').split('## Add a verb\n');
  const [, file = ''] = /Write `(src\/[^`]+)`/.exec(guide) ?? [];
  const [, index = ''] = /Add it to `commands` in `(src\/[^`]+)`/.exec(guide) ?? [];
  const [command = '', line = ''] = [...guide.matchAll(/^ {3}```ts\n([\s\S]*?)^ {3}```$/gm)].map(
    ([, code = '']) => code.replace(/^ {3}/gm, ''),
  );

  beforeAll(async () => {
    for (const part of [
      'src',
      'bin',
      'test/scripts',
      'test/support/raw-text.js',
      'package.json',
      'tsconfig.json',
    ])
      cpSync(join(projectRoot, part), join(copy, part), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'), 'junction');
    writeFileSync(join(copy, file), command);
    const list = readFileSync(join(copy, index), 'utf8');
    const longer = list.replace(/ {2}commands: \{\n/, (start) => `${start}    ${line}`);
    expect(longer).not.toBe(list);
    writeFileSync(join(copy, index), longer);
    await execa(process.execPath, [join(copy, 'test/scripts/build.js')]);
  });

  it('has code that passes the checks of types', async () => {
    const tsconfig = JSON.parse(readFileSync(join(copy, 'tsconfig.json'), 'utf8'));
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ ...tsconfig, include: ['src'] }));
    const { stdout, exitCode } = await execa(
      process.execPath,
      [join(projectRoot, 'node_modules/typescript/bin/tsc'), '--noEmit'],
      { cwd: copy, reject: false },
    );
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
  });

  it('leads to a verb with help, in the list of its group', async () => {
    const help = await run(['users', 'set-locale', '--help'], { file: program });
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('twilio-org users set-locale ada@example.com sv-SE');
    const group = await run(['users', '--help'], { file: program });
    expect(group.stdout).toMatch(/^ *set-locale <user> <locale> +Set the language and region of a user$/m);
  });

  it('leads to a verb that works, is recorded and can be undone', async () => {
    const { sandbox, run } = await sandboxed({ users: 3 });
    const user = userAt(sandbox, 1);
    const call = (...args: string[]) => run(args, { file: program });
    const dryRun = await call('users', 'set-locale', user.userName, 'sv-FI', '--dry-run', '-o', 'json');
    expect(JSON.parse(dryRun.stdout)).toMatchObject([{ method: 'PUT', body: { locale: 'sv-FI' } }]);
    expect(userNow(sandbox, user).locale).toBe(user.locale);
    const changed = await call('users', 'set-locale', user.userName, 'sv-FI', '-o', 'json');
    expect(JSON.parse(changed.stdout)).toMatchObject({ id: user.id, locale: 'sv-FI' });
    expect((await call('runs', 'undo', 'last', '--yes')).exitCode).toBe(0);
    expect(userNow(sandbox, user).locale).toBe(user.locale);
  });

  it('leads to a verb whose scopes are known', async () => {
    const { stdout } = await run(['apps', 'scopes', 'users', 'set-locale', '-o', 'json'], { file: program });
    expect(JSON.parse(stdout).map(({ scope }: { scope: string }) => scope)).toContain('managed-users/update');
  });
});
