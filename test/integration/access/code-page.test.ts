import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutateUser } from '../../../src/sandbox/state/state.ts';
import { userAt } from '../../support/cli.ts';
import { type DeclaredWorld, declaredWorld, developer, support } from '../../support/declared.ts';

const page = readFileSync(new URL('../../../docs/access-as-code.md', import.meta.url), 'utf8');

/** The parts of the page that are run, in their order. */
const blocks = [...page.matchAll(/```(sh|yaml)\n(.*?)```/gs)].map(([, kind, text = '']) => ({ kind, text }));

async function worldOfPage(): Promise<DeclaredWorld> {
  const world = await declaredWorld();
  const { sandbox, hold, production } = world;
  for (const [index, name] of ['ada', 'grace', 'kim', 'lee'].entries()) {
    mutateUser(sandbox.state, userAt(sandbox, index + 1), { userName: `${name}@example.com` }, 0);
  }
  // These people are in no file.
  hold(4, support, { scope: production });
  hold(5, developer);
  delete world.env.TWILIO_ORG_ACCOUNTS_FILE;
  return world;
}

/** The words of a command line, with the directory and the files of the test, and its account. */
function wordsOf(line: string, { directory, path, production }: DeclaredWorld): string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
  return words.slice(1).map((word, index) => {
    if (word === 'access' && index > 0) return directory;
    if (word === 'access.plan' || word === 'adopted') return path(word);
    return word.replace(/^AC0123456789abcdef0123456789abcdef$/, production);
  });
}

/** Commands that change something off a terminal. */
const asks = /^twilio-org (access apply|runs undo)/;

test('each example of docs/access-as-code.md works, from top to bottom', async () => {
  const world = await worldOfPage();
  const now = Date.parse('2026-11-27T12:00:00Z');
  const states: string[] = [];
  for (const { kind, text } of blocks) {
    if (kind === 'yaml') {
      const [, name = ''] = /^# access\/(\S+)\n/.exec(text) ?? [];
      world.write(name, text);
      continue;
    }
    for (const line of text.trim().split('\n')) {
      const args = [...wordsOf(line, world), ...(asks.test(line) ? ['--yes'] : [])];
      const { exitCode, stderr } = await world.call(args, {}, '', now);
      expect({ line, exitCode, stderr }).toMatchObject({ line, exitCode: 0 });
      if (asks.test(line)) states.push(world.held().sort().join(', '));
    }
  }
  const of = (...users: number[]) =>
    [...users.map((user) => `${user} Support EU production`), '5 Developer org'].join(', ');
  expect(states).toEqual([of(1, 2, 3, 4), of(1, 2, 3), of(1, 2, 3, 4), of(1, 2)]);
});

test('docs/access-as-code.md names every kind of drift', () => {
  const source = readFileSync(
    new URL('../../../src/changes/planners/declared-access.ts', import.meta.url),
    'utf8',
  );
  const [, kinds = ''] = /export type Drift = (.*);/.exec(source) ?? [];
  const [, table = ''] = page.split('## Drift');
  for (const kind of kinds.replaceAll("'", '').split(' | ')) expect(table).toContain(`| \`${kind}\` |`);
});
