import { describe, expect, it, test } from 'vitest';
import { commandsOf } from '../../../src/cli/command-info.ts';
import { intentsOf, shortScopes } from '../../../src/commands/auth/shared/intents.ts';
import { firstLook, nextSteps } from '../../../src/commands/auth/shared/next-steps.ts';
import { programInfo } from '../../../src/program.ts';
import { type Scope, scopeNames } from '../../../src/twilio/scopes.ts';
import { call, sandboxed } from '../../support/cli.ts';

const program = await programInfo();
const intents = intentsOf(program);
const scopesOf = (name: string) => intents.find((intent) => intent.name === name)?.scopes ?? [];
const read = ['managed-users/read', 'managed-users/list', 'role-assignments/list', 'roles/list'];

describe('the intents of auth setup', () => {
  it.each([
    ['Look only', []],
    ['Manage people', ['managed-users/create', 'managed-users/update', 'managed-users/delete']],
    ['Manage roles', ['role-assignments/create', 'role-assignments/delete']],
    ['Everything', scopeNames],
  ])('%s asks for the scopes that reading needs, and for no others than %j', (name, more) => {
    expect(scopesOf(name).toSorted()).toEqual([...new Set([...read, ...more])].toSorted());
  });

  it('Look only is enough for every command that changes nothing', () => {
    for (const { name, scopes, effect } of commandsOf(program)) {
      if (effect !== 'reads' || typeof scopes !== 'object') continue;
      expect([
        name,
        Object.keys(scopes).filter((scope) => !scopesOf('Look only').includes(scope as Scope)),
      ]).toEqual([name, []]);
    }
  });

  it('have scopes that fit on a line', () => {
    expect(intents.map(({ scopes }) => shortScopes(scopes))).toEqual([
      'managed-users/read list, role-assignments/list, roles/list',
      'all managed-users, role-assignments/list, roles/list',
      'managed-users/read list, all role-assignments, roles/list',
      'all',
    ]);
  });
});

test.each(intents.map(({ name, scopes }) => [name, scopes] as const))(
  'the next steps after a login for %s work with its scopes',
  async (_, scopes) => {
    const { sandbox } = await sandboxed();
    const env = {
      TWILIO_ORG_API_URL: sandbox.apiUrl,
      TWILIO_ORG_OAUTH_URL: sandbox.oauthUrl,
      TWILIO_ORG_ORGANIZATION_SID: sandbox.organizationSid,
      TWILIO_ORG_ACCESS_TOKEN: sandbox.issueToken({ scopes: [...scopes] }),
    };
    const lines = nextSteps(scopes).slice(1);
    const commands = lines.map((line) => /twilio-org (.*)$/.exec(line)?.[1] ?? '');
    expect(commands).toEqual(['users list', 'role-assignments list --role Admin', 'doctor']);
    for (const command of commands.slice(0, 2)) {
      expect((await call(command.split(' '), { env })).exitCode).toBe(0);
    }
    expect(firstLook(scopes)).toBe('twilio-org users list');
  },
);

test('the first command after a login without any scope asks for none', () => {
  expect(firstLook([])).toBe('twilio-org auth status --check');
});
