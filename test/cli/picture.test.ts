import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { cleanEnv, clientCredentials, type Env, program, sandboxed } from '../support/cli.ts';
import { openTerminal } from '../support/pty.ts';
import { testWith } from '../support/requires.ts';
import { storeKey } from '../support/store-key.ts';
import { pictureOf, screenOf } from '../support/terminal-picture.ts';

const file = fileURLToPath(new URL('../../docs/terminal.svg', import.meta.url));
const columns = 80;

testWith(
  'terminal',
  'docs/terminal.svg shows what the program prints today; npm run docs records it',
  async () => {
    const { sandbox, env, run } = await sandboxed();
    const login: Env = {
      ...env,
      TWILIO_ORG_ACCESS_TOKEN: undefined,
      TWILIO_ORG_ACTOR: 'ada@example.com',
      TWILIO_ORG_STORE: 'file',
      TWILIO_ORG_STORE_KEY: storeKey,
    };
    const { TWILIO_ORG_CLIENT_ID: id = '', TWILIO_ORG_CLIENT_SECRET: secret = '' } =
      clientCredentials(sandbox);
    const asJob = ['--grant', 'client-credentials', '--client-id', id, '--client-secret-stdin'];
    expect(await run(['auth', 'login', ...asJob], { env: login, input: secret })).toMatchObject({
      exitCode: 0,
    });

    const admins = await onTerminal(['role-assignments', 'list', '--role', 'Admin'], login);
    const leaver = await onTerminal(['users', 'offboard', 'emre.sahin@owl.example'], login, 'y\r');
    const undo = await onTerminal(['runs', 'undo', 'last', '--reactivate', '--yes'], login);
    const session = [admins, leaver, undo].join('\r\n');
    const picture = pictureOf(screenOf(session, columns), columns, 'twilio-org on a terminal');
    await expect(picture).toMatchFileSnapshot(file);
  },
);

/** Types a command at a prompt, answers its question, and returns all of the screen. */
async function onTerminal(args: string[], env: Env, answer = ''): Promise<string> {
  const terminal = openTerminal(process.execPath, [program, ...args], {
    env: cleanEnv(env),
    columns,
    rows: 60,
  });
  if (answer !== '') {
    await terminal.waitFor('(y/N)');
    terminal.type(answer);
  }
  expect(await terminal.exited).toBe(0);
  return `\x1b[2m$\x1b[22m \x1b[1mtwilio-org ${args.join(' ')}\x1b[22m\r\n${constant(terminal.raw())}`;
}

/** Port, run and time differ each time. The picture always has the same ones, of the same length. */
function constant(printed: string): string {
  return printed
    .replace(/(?<=http:\/\/127\.0\.0\.1:)\d{5}\b/g, '40123')
    .replace(/\b\d{8}-\d{9}-[0-9a-f]{4}\b/g, '20261126-093012345-1a2b')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, '2026-11-26T09:30:12.345Z');
}
