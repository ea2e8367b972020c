import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cleanEnv, home, program, sandboxed } from '../support/cli.ts';
import { recorded } from '../support/transcript.ts';

const page = readFileSync(new URL('../../docs/bulk.md', import.meta.url), 'utf8');
const recipes = [...page.matchAll(/^## (.*)\n([\s\S]*?)(?=^## |(?![\s\S]))/gm)].map(
  ([, title = '', text = '']) => ({
    title,
    blocks: [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block),
  }),
);

test('docs/bulk.md has recipes that work as written, one after the other', async () => {
  expect(recipes.map(({ title }) => title)).toEqual([
    'Joiners from HR',
    'People who come back',
    'New addresses',
    'People from another system',
    'A team moves',
    'A leaver at noon',
    "A contractor's end date",
    'Undoing a wrong import',
  ]);
  const { sandbox, env } = await sandboxed();
  const folder = mkdtempSync(join(home, 'page-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(program, join(bin, 'twilio-org'));
  const shell = (block: string) => {
    const running = execa('bash', ['-euc', block], {
      cwd: folder,
      env: cleanEnv({
        ...env,
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        TWILIO_ORG_CONFIG_DIR: join(folder, 'config'),
      }),
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    return recorded(['docs/bulk.md', block], running, env);
  };
  for (const { title, blocks } of recipes) {
    expect(blocks).not.toEqual([]);
    for (const block of blocks) {
      const { exitCode, stderr } = await shell(block);
      expect({ title, exitCode, stderr }).toEqual({
        title,
        exitCode: 0,
        stderr: expect.not.stringMatching(/^(error|line)/m),
      });
    }
  }
  const user = (name: string) =>
    [...sandbox.state.users.all()].find(({ userName }) => userName === `${name}@example.com`);
  const roles = (name: string) =>
    sandbox.state.assignments
      .filter(({ identity }) => identity === user(name)?.id)
      .map(({ role_sid }) => role_sid);
  expect(user('ada')).toMatchObject({ active: true, displayName: 'Ada Lovelace (support)' });
  expect(roles('ada')).toEqual(['IX00000000000000000000000000000103']);
  for (const name of ['alan', 'grace', 'margaret'])
    expect([name, user(name)?.active, roles(name)]).toEqual([name, false, []]);
  const [report] = JSON.parse(readFileSync(join(folder, 'offboarded.json'), 'utf8'));
  expect(report).toMatchObject({
    userName: 'alan@example.com',
    outcome: 'deactivated',
    reason: 'Left the company',
  });
  expect(readFileSync(join(folder, 'joined.csv'), 'utf8').split('\r\n')[1]).toMatch(
    /^ada@example\.com,Ada,Lovelace,support,created,US/,
  );
});
