import { describe, expect, test } from 'vitest';
import { changeUser, type Sandbox, type User } from '../../src/sandbox/server.ts';
import { type Env, run, sandboxed, userAt, userNow, type World, writes } from '../support/cli.ts';
import { answering, hungUp, json } from '../support/server.ts';
import { between, type Fault } from './between.ts';

/** A sandbox; `run` reaches it on a way where faults befall requests. */
async function behind(faultOf: (world: World) => Parameters<typeof between>[1]) {
  const world = await sandboxed();
  const { sandbox } = world;
  const env: Env = { TWILIO_ORG_API_URL: await between(sandbox.apiUrl, faultOf(world)) };
  const timeout = ['--timeout', '0.5'];
  return {
    sandbox,
    run: (args: string[], more: Env = {}) => world.run([...args, ...timeout], { env: { ...env, ...more } }),
  };
}

/** The first write meets this fault; reads, and what is sent again, go through. */
function onFirstWrite(fault: Fault) {
  return behind(
    () =>
      ({ method, writes: count }) =>
        method !== 'GET' && count === 1 ? fault : undefined,
  );
}

const email = 'ada@example.com';
const developer = 'IX00000000000000000000000000000103';

function assignmentOf({ state }: Sandbox, { id }: User) {
  const found = state.assignments.find(({ identity }) => identity === id);
  if (found === undefined) throw new Error('The user has no role');
  return found;
}

function adas({ state }: Sandbox): User[] {
  return [...state.users.all()].filter(({ userName }) => userName === email);
}

/** Each kind of write: how it is asked for, and how often it has happened in the sandbox. */
const kinds: Record<string, (sandbox: Sandbox) => { args: string[]; happened: () => number }> = {
  'users create': (sandbox) => ({
    args: ['users', 'create', '--email', email, '--given-name', 'Ada'],
    happened: () => adas(sandbox).length,
  }),
  'users update': (sandbox) => {
    const user = userAt(sandbox, 1);
    return {
      args: ['users', 'update', user.userName, '--display-name', 'Somebody else'],
      happened: () =>
        userNow(sandbox, user).displayName === 'Somebody else' ? versionsSince(sandbox, user) : 0,
    };
  },
  'users deactivate': (sandbox) => {
    const user = userAt(sandbox, 1);
    return {
      args: ['users', 'deactivate', user.id, '--yes'],
      happened: () => (userNow(sandbox, user).active ? 0 : versionsSince(sandbox, user)),
    };
  },
  'users delete': (sandbox) => {
    const user = userAt(sandbox, 1);
    return {
      args: ['users', 'delete', user.id, '--yes'],
      happened: () => Number(!userNow(sandbox, user).active),
    };
  },
  'role-assignments create': (sandbox) => {
    const { id } = userAt(sandbox, 7);
    return {
      args: ['role-assignments', 'create', '--user', id, '--role', developer, '--scope', 'org'],
      happened: () =>
        sandbox.state.assignments.filter(
          ({ identity, role_sid }) => identity === id && role_sid === developer,
        ).length,
    };
  },
  'role-assignments delete': (sandbox) => {
    const { sid, identity, role_sid, scope } = assignmentOf(sandbox, userAt(sandbox, 1));
    return {
      args: ['role-assignments', 'delete', '--user', identity, '--role', role_sid, '--scope', scope, '--yes'],
      happened: () => Number(!sandbox.state.assignments.some((assignment) => assignment.sid === sid)),
    };
  },
};

function versionsSince(sandbox: Sandbox, user: User): number {
  const number = ({ meta }: User) => Number(meta.version.replace('W/', ''));
  return number(userNow(sandbox, user)) - number(user);
}

const faults: Fault[] = [
  'break before',
  'break after',
  'half after',
  'silence after',
  '502 before',
  '503 after',
  '504 after',
  '303 after',
  'untrue before',
];

describe('a write whose answer is lost', () => {
  for (const [kind, make] of Object.entries(kinds)) {
    test.each(faults)(
      `${kind} happens exactly once, whether it was lost before or after: %s`,
      async (fault) => {
        const { sandbox, run } = await onFirstWrite(fault);
        const { args, happened } = make(sandbox);
        const { stderr, exitCode } = await run(args);
        expect({ exitCode, happened: happened() }).toEqual({ exitCode: 0, happened: 1 });
        expect(writes(sandbox)).toHaveLength(1);
        expect(stderr.includes('No answer said so, but a look shows it')).toBe(fault.endsWith('after'));
      },
    );
  }

  test('is found to be done by the program as it is built, which prints what was made', async () => {
    const { sandbox, run } = await onFirstWrite('break after');
    const { stdout, exitCode } = await run(['users', 'create', '--email', email, '--fields', 'id']);
    expect({ stdout, exitCode }).toEqual({ stdout: `${adas(sandbox)[0]?.id}\n`, exitCode: 0 });
  });

  test('is not sent again when no tries are left: exit code 8, and it is said that it did not happen', async () => {
    const { sandbox, run } = await onFirstWrite('502 before');
    const { stderr, exitCode } = await run(['users', 'create', '--email', email, '--max-retries', '0']);
    expect(exitCode).toBe(8);
    expect(stderr).toContain('a look shows that it did not happen');
    expect(adas(sandbox)).toEqual([]);
  });
});

describe('a write that can not be settled is exit code 11, with the command that shows the truth', () => {
  test('because the look fails, too', async () => {
    let lost = false;
    const { sandbox, run } = await behind(() => ({ method }) => {
      lost ||= method !== 'GET';
      return lost ? 'break after' : undefined;
    });
    const args = ['users', 'create', '--email', email, '--max-retries', '1', '-o', 'json'];
    const { stderr, exitCode } = await run(args);
    const { error } = JSON.parse(stderr);
    expect({ exitCode, kind: error.kind }).toEqual({ exitCode: 11, kind: 'unknown-outcome' });
    expect(error.message).toContain('looking failed too');
    expect(error.hint).toBe(
      'It may or may not have happened. This shows it: twilio-org users get ada@example.com',
    );
    expect(writes(sandbox)).toEqual(['POST /scim/v2/Users']);
  });

  test('because the login may not look', async () => {
    const { sandbox, run } = await onFirstWrite('break after');
    const TWILIO_ORG_ACCESS_TOKEN = sandbox.issueToken({ scopes: ['managed-users/create'] });
    const { stderr, exitCode } = await run(['users', 'create', '--email', email], {
      TWILIO_ORG_ACCESS_TOKEN,
    });
    expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 11, users: 1 });
    expect(stderr).toContain('This shows it: twilio-org users get ada@example.com');
  });

  test('because somebody else changed the same user meanwhile', async () => {
    const { sandbox, run } = await behind(({ sandbox: { state } }) => ({ method, path }) => {
      if (method !== 'PUT') return undefined;
      const user = state.users.get(path.slice('/scim/v2/Users/'.length));
      if (user !== undefined) changeUser(state, user, { timezone: 'Asia/Tokyo' }, Date.now());
      return 'break before';
    });
    const user = userAt(sandbox, 1);
    const { stderr, exitCode } = await run(['users', 'update', user.id, '--display-name', 'Ada']);
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`somebody else changed ${user.userName} meanwhile`);
    expect(stderr).toContain(`This shows it: twilio-org users get ${user.id}`);
    expect(userNow(sandbox, user).displayName).toBe(user.displayName);
  });

  test('because somebody else created the user in another form', async () => {
    const { sandbox, run } = await behind((world) => async ({ method }) => {
      if (method !== 'POST') return undefined;
      await world.call(['users', 'create', '--email', email, '--given-name', 'Somebody']);
      return 'break before';
    });
    const { stderr, exitCode } = await run(['users', 'create', '--email', email, '--given-name', 'Ada']);
    expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 11, users: 1 });
    expect(stderr).toContain(`there is a user ${email}, but not as was sent`);
  });

  test('because an assignment named by nothing but its SID may never have been there', async () => {
    const { sandbox, run } = await onFirstWrite('break after');
    const { sid } = assignmentOf(sandbox, userAt(sandbox, 1));
    const { stderr, exitCode } = await run(['role-assignments', 'delete', sid, '--yes']);
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`there is no ${sid} now, but perhaps there never was`);
  });

  test('because it was sent with `api`, which knows no way to look', async () => {
    const { sandbox, run } = await onFirstWrite('503 after');
    const { id } = userAt(sandbox, 1);
    const { stderr, exitCode } = await run(['api', 'DELETE', `/scim/v2/Users/${id}`, '--yes']);
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`twilio-org api GET /scim/v2/Users/${id}`);
    expect(writes(sandbox)).toHaveLength(1);
  });
});

test('an answer to a write that is not what it should be is looked behind', async () => {
  const { sandbox, run } = await onFirstWrite('empty after');
  const { exitCode } = await run(['users', 'create', '--email', email]);
  expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 0, users: 1 });
});

test('a user created by a first try that was only late is found when the second meets a conflict', async () => {
  const { sandbox, run } = await behind((world) => async ({ method, writes: count }) => {
    if (method === 'GET') return undefined;
    if (count === 1) return 'break before';
    // The first request arrives only now, before the second.
    await world.call(['users', 'create', '--email', email]);
    return undefined;
  });
  const { exitCode } = await run(['users', 'create', '--email', email]);
  expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 0, users: 1 });
});

test('what the second try meets is told as it is, where a look shows that the first did not happen either', async () => {
  const nobody = json({ totalResults: 0, Resources: [] });
  const taken = json({ status: '409', scimType: 'uniqueness', detail: 'externalId is taken' }, 409);
  const { url, arrived } = await answering(hungUp, nobody, taken, nobody);
  const args = ['users', 'create', '--email', email, '--external-id', '4711', '--max-retries', '1'];
  const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
  const { stderr, exitCode } = await run(args, { env });
  expect(stderr).toContain('externalId is taken');
  expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 7, arrived: 4 });
});

test('a user without versions is only written again where nobody has changed what is written', async () => {
  const emails = [{ value: email, primary: true }];
  const user = (displayName: string) =>
    json({ id: `US${'1'.repeat(32)}`, userName: email, emails, active: true, displayName });
  const args = ['users', 'update', `US${'1'.repeat(32)}`, '--display-name', 'Ada'];
  const outcome = async (...answers: Parameters<typeof answering>) => {
    const { url, arrived } = await answering(...answers);
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
    const { exitCode } = await run(args, { env });
    return { exitCode, arrived: arrived.map((line) => line.split(' ')[0]) };
  };
  expect(await outcome(user('Before'), hungUp, user('Before'), user('Ada'))).toEqual({
    exitCode: 0,
    arrived: ['GET', 'PUT', 'GET', 'PUT'],
  });
  expect(await outcome(user('Before'), hungUp, user('By somebody else'), user('Ada'))).toEqual({
    exitCode: 11,
    arrived: ['GET', 'PUT', 'GET'],
  });
});

test('the same role in another place, or on one resource, is not taken for the one that was lost', async () => {
  const { sandbox, run } = await onFirstWrite('break before');
  const { id } = userAt(sandbox, 7);
  const { accounts, assignments } = sandbox.state;
  const held = { role_sid: developer, scope: sandbox.organizationSid, identity: id, order: 0 };
  const resource = { resource_type: 'billing_group', resource_id: 'billing_group_1' };
  const none = { resource_type: null, resource_id: null };
  assignments.push({ ...held, ...none, sid: `IY${'1'.repeat(32)}`, scope: accounts[0]?.sid ?? '' });
  assignments.push({ ...held, ...resource, sid: `IY${'2'.repeat(32)}` });
  const args = ['role-assignments', 'create', '--user', id, '--role', developer, '--scope', 'org'];
  const { stderr, exitCode } = await run(args);
  expect(stderr).not.toContain('a look shows it');
  expect(exitCode).toBe(0);
  expect(assignments.at(-1)).toMatchObject({ ...none, role_sid: developer, scope: held.scope });
});

test('a look takes whichever of the two scopes for reading users the login has', async () => {
  const { sandbox, run } = await onFirstWrite('break after');
  const scopes = ['managed-users/list', 'managed-users/update'];
  const TWILIO_ORG_ACCESS_TOKEN = sandbox.issueToken({ scopes });
  const user = userAt(sandbox, 1);
  const args = ['users', 'deactivate', user.userName, '--yes'];
  expect(await run(args, { TWILIO_ORG_ACCESS_TOKEN })).toMatchObject({ exitCode: 0 });
  expect({ active: userNow(sandbox, user).active, writes: writes(sandbox).length }).toEqual({
    active: false,
    writes: 1,
  });
});
