import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutateUser, type Sandbox, type User } from '../../src/sandbox/server.ts';
import { between, type Fault } from '../support/between.ts';
import { call, type Env, home, sandboxed, userAt, userNow, type World, writes } from '../support/cli.ts';
import { type Answer, answering, hungUp, json } from '../support/server.ts';

/** A sandbox; `call`, and the built program by `run`, reach it on a way where faults befall requests. */
async function behind(faultOf: (world: World) => Parameters<typeof between>[1]) {
  const world = await sandboxed({ users: 10 });
  const { sandbox } = world;
  const env: Env = { TWILIO_ORG_API_URL: await between(sandbox.apiUrl, faultOf(world)) };
  const here = (more: Env = {}) => ({ env: { ...env, ...more } });
  return {
    sandbox,
    call: (args: string[], more?: Env) => world.call(args, here(more)),
    run: (args: string[]) => world.run(args, here()),
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

describe('a write whose response is lost', () => {
  for (const [kind, make] of Object.entries(kinds)) {
    test.each(faults)(
      `${kind} happens exactly once, whether it was lost before or after: %s`,
      async (fault) => {
        const { sandbox, call } = await onFirstWrite(fault);
        const { args, happened } = make(sandbox);
        // Only silence is given up after a time.
        const patience = fault.startsWith('silence') ? ['--timeout', '1'] : [];
        const { stderr, exitCode } = await call([...args, ...patience]);
        expect({ exitCode, happened: happened() }).toEqual({ exitCode: 0, happened: 1 });
        expect(writes(sandbox)).toHaveLength(1);
        expect(stderr.includes('took effect: its response was lost, but the current state shows it')).toBe(
          fault.endsWith('after'),
        );
      },
    );
  }

  test('is found done by the built program, which prints the result', async () => {
    const { sandbox, run } = await onFirstWrite('break after');
    const { stdout, exitCode } = await run(['users', 'create', '--email', email, '--fields', 'id']);
    expect({ stdout, exitCode }).toEqual({ stdout: `${adas(sandbox)[0]?.id}\n`, exitCode: 0 });
  });

  test('is not retried beyond its budget: exit code 8, reported as not done', async () => {
    const { sandbox, call } = await onFirstWrite('502 before');
    const { stderr, exitCode } = await call(['users', 'create', '--email', email, '--max-retries', '0']);
    expect(exitCode).toBe(8);
    expect(stderr).toContain('the current state shows that it did not happen');
    expect(adas(sandbox)).toEqual([]);
  });
});

describe('a write with an unknown outcome exits with 11 and names the command that shows it', () => {
  test('when the verification fails, too', async () => {
    let lost = false;
    const { sandbox, call } = await behind(() => ({ method }) => {
      lost ||= method !== 'GET';
      return lost ? 'break after' : undefined;
    });
    const args = ['users', 'create', '--email', email, '--max-retries', '1', '-o', 'json'];
    const { stderr, exitCode } = await call(args);
    const { error } = JSON.parse(stderr);
    expect({ exitCode, kind: error.kind }).toEqual({ exitCode: 11, kind: 'unknown-outcome' });
    expect(error.message).toContain('verifying it failed too');
    expect(error.hint).toBe(
      'It may or may not have happened. This shows it: twilio-org users get ada@example.com',
    );
    expect(writes(sandbox)).toEqual(['POST /scim/v2/Users']);
  });

  test('when the login may not verify it', async () => {
    const { sandbox, call } = await onFirstWrite('break after');
    const TWILIO_ORG_ACCESS_TOKEN = sandbox.issueToken({ scopes: ['managed-users/create'] });
    const { stderr, exitCode } = await call(['users', 'create', '--email', email], {
      TWILIO_ORG_ACCESS_TOKEN,
    });
    expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 11, users: 1 });
    expect(stderr).toContain('This shows it: twilio-org users get ada@example.com');
  });

  test('when somebody else changed the same user meanwhile', async () => {
    const { sandbox, call } = await behind(({ sandbox: { state } }) => ({ method, path }) => {
      if (method !== 'PUT') return undefined;
      const user = state.users.get(path.slice('/scim/v2/Users/'.length));
      if (user !== undefined) mutateUser(state, user, { timezone: 'Asia/Tokyo' }, Date.now());
      return 'break before';
    });
    const user = userAt(sandbox, 1);
    const { stderr, exitCode } = await call(['users', 'update', user.id, '--display-name', 'Ada']);
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`somebody else has changed ${user.userName} in the meantime`);
    expect(stderr).toContain(`This shows it: twilio-org users get ${user.id}`);
    expect(userNow(sandbox, user).displayName).toBe(user.displayName);
  });

  test('when somebody else created the user with other fields', async () => {
    const { sandbox, call } = await behind((world) => async ({ method }) => {
      if (method !== 'POST') return undefined;
      await world.call(['users', 'create', '--email', email, '--given-name', 'Somebody']);
      return 'break before';
    });
    const { stderr, exitCode } = await call(['users', 'create', '--email', email, '--given-name', 'Ada']);
    expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 11, users: 1 });
    expect(stderr).toContain(`there is a user ${email} with other values`);
  });

  test('when an assignment named by its SID alone may never have existed', async () => {
    const { sandbox, call } = await onFirstWrite('break after');
    const { sid } = assignmentOf(sandbox, userAt(sandbox, 1));
    const { stderr, exitCode } = await call(['role-assignments', 'delete', sid, '--yes']);
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`${sid} does not exist now, but it may never have existed`);
  });

  test('when it was sent with `api`, which cannot verify it', async () => {
    const { sandbox, call } = await onFirstWrite('503 after');
    const { id } = userAt(sandbox, 1);
    const { stderr, exitCode } = await call(['api', 'DELETE', `/scim/v2/Users/${id}`, '--yes']);
    expect(exitCode).toBe(11);
    expect(stderr).toContain(`twilio-org api GET /scim/v2/Users/${id}`);
    expect(writes(sandbox)).toHaveLength(1);
  });
});

test('a write with an unexpected response is verified', async () => {
  const { sandbox, call } = await onFirstWrite('empty after');
  const { exitCode } = await call(['users', 'create', '--email', email]);
  expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 0, users: 1 });
});

test('a user created by a late first attempt is found when the retry meets a conflict', async () => {
  const { sandbox, call } = await behind((world) => async ({ method, writes: count }) => {
    if (method === 'GET') return undefined;
    if (count === 1) return 'break before';
    // The first request arrives only now, before the second.
    await world.call(['users', 'create', '--email', email]);
    return undefined;
  });
  const { exitCode } = await call(['users', 'create', '--email', email]);
  expect({ exitCode, users: adas(sandbox).length }).toEqual({ exitCode: 0, users: 1 });
});

test('the error of a retry is reported as it is when verification shows that the first attempt did not happen', async () => {
  const nobody = json({ totalResults: 0, Resources: [] });
  const taken = json({ status: '409', scimType: 'uniqueness', detail: 'externalId is taken' }, 409);
  const { url, arrived } = await answering(hungUp, nobody, taken, nobody);
  const args = ['users', 'create', '--email', email, '--external-id', '4711', '--max-retries', '1'];
  const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
  const { stderr, exitCode } = await call(args, { env });
  expect(stderr).toContain('externalId is taken');
  expect({ exitCode, arrived: arrived.length }).toEqual({ exitCode: 7, arrived: 4 });
});

test('a user without versions is rewritten only when nobody has changed the same fields', async () => {
  const emails = [{ value: email, primary: true }];
  const user = (displayName: string) =>
    json({ id: `US${'1'.repeat(32)}`, userName: email, emails, active: true, displayName });
  const args = ['users', 'update', `US${'1'.repeat(32)}`, '--display-name', 'Ada'];
  const outcome = async (...answers: Parameters<typeof answering>) => {
    const { url, arrived } = await answering(...answers);
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
    const { exitCode } = await call(args, { env });
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

test('the same role in another scope or on one resource does not verify a lost write', async () => {
  const { sandbox, call } = await onFirstWrite('break before');
  const { id } = userAt(sandbox, 7);
  const { accounts, assignments } = sandbox.state;
  const held = { role_sid: developer, scope: sandbox.organizationSid, identity: id, order: 0 };
  const resource = { resource_type: 'billing_group', resource_id: 'billing_group_1' };
  const none = { resource_type: null, resource_id: null };
  assignments.push({ ...held, ...none, sid: `IY${'1'.repeat(32)}`, scope: accounts[0]?.sid ?? '' });
  assignments.push({ ...held, ...resource, sid: `IY${'2'.repeat(32)}` });
  const args = ['role-assignments', 'create', '--user', id, '--role', developer, '--scope', 'org'];
  const { stderr, exitCode } = await call(args);
  expect(stderr).not.toContain('but the current state shows');
  expect(exitCode).toBe(0);
  expect(assignments.at(-1)).toMatchObject({ ...none, role_sid: developer, scope: held.scope });
});

test('a verification uses either of the two scopes for reading users', async () => {
  const { sandbox, call } = await onFirstWrite('break after');
  const scopes = ['managed-users/list', 'managed-users/update'];
  const TWILIO_ORG_ACCESS_TOKEN = sandbox.issueToken({ scopes });
  const user = userAt(sandbox, 1);
  const args = ['users', 'deactivate', user.userName, '--yes'];
  expect(await call(args, { TWILIO_ORG_ACCESS_TOKEN })).toMatchObject({ exitCode: 0 });
  expect({ active: userNow(sandbox, user).active, writes: writes(sandbox).length }).toEqual({
    active: false,
    writes: 1,
  });
});

describe('a write that others have made before, refused by a business rule,', () => {
  const id = `US${'1'.repeat(32)}`;
  const grant = { role_sid: developer, scope: `OR${'2'.repeat(32)}`, identity: id };
  const held = { sid: `IY${'3'.repeat(32)}`, ...grant };
  const assignments = (...content: unknown[]) => json({ content, meta: { next_page_url: null } });
  const user = (more: object, version = 'W/1') =>
    json({
      id,
      userName: email,
      emails: [{ value: email, primary: true }],
      active: true,
      meta: { version },
      ...more,
    });
  const nobody = json({ totalResults: 0 });
  const somebody = json({ totalResults: 1, Resources: [{ id, userName: email, active: true }] });
  const forms: [string, (code: number, status: number) => Answer][] = [
    ["in Twilio's form", (code, status) => json({ code, message: 'Business rule violated', status }, status)],
    [
      "in SCIM's form",
      (code, status) =>
        json({ detail: 'Business rule violated', status: String(status), code: String(code) }, status),
    ],
  ];
  const outcome = async (args: string[], answers: Answer[]) => {
    const { url, arrived } = await answering(...answers);
    const env = { TWILIO_ORG_API_URL: url, TWILIO_ORG_ACCESS_TOKEN: 'canary-token' };
    const { stdout, stderr, exitCode } = await call([...args, '--yes', '--max-retries', '1'], { env });
    return { stdout, stderr, exitCode, methods: arrived.map((line) => line.split(' ')[0]).join(' ') };
  };
  const create = ['role-assignments', 'create', '--user', id, '--role', developer, '--scope', grant.scope];
  const removed = ['--user', id, '--role', developer, '--scope', grant.scope];
  const remove = ['role-assignments', 'delete', ...removed, '--keep-admins', '0'];
  const change = ['users', 'update', id, '--display-name', 'Ada'];
  const make = ['users', 'create', '--email', email];

  describe.each(forms)('%s', (_, refusal) => {
    test.each<[string, number, number, string[], Answer[], string]>([
      [
        'giving a role',
        25106,
        400,
        create,
        [assignments(), user({}), refusal(25106, 400), assignments(held)],
        'GET GET POST GET',
      ],
      [
        'giving a role',
        25106,
        409,
        create,
        [assignments(), user({}), refusal(25106, 409), assignments(held)],
        'GET GET POST GET',
      ],
      [
        'taking a role',
        25106,
        400,
        remove,
        [assignments(held), refusal(25106, 400), assignments()],
        'GET DELETE GET',
      ],
      [
        'a change',
        25019,
        400,
        change,
        [user({}), refusal(25019, 400), user({ displayName: 'Ada' }, 'W/2')],
        'GET PUT GET',
      ],
      ['a new user', 25019, 400, make, [refusal(25019, 400), somebody], 'POST GET'],
    ])(
      'succeeds when verification shows its result: %s (%i, status %i)',
      async (_, _code, _status, args, answers, methods) => {
        const got = await outcome(args, answers);
        expect({ exitCode: got.exitCode, methods: got.methods }).toEqual({ exitCode: 0, methods });
        expect(got.stderr).toContain(
          '(Business rule violated), but the current state shows that it is already done',
        );
      },
    );

    test.each<[string, number, string[], Answer[], string]>([
      [
        'giving a role',
        25106,
        create,
        [assignments(), user({}), refusal(25106, 400), assignments()],
        'GET GET POST GET',
      ],
      [
        'taking a role',
        25106,
        remove,
        [assignments(held), refusal(25106, 400), assignments(held)],
        'GET DELETE GET',
      ],
      [
        'a change',
        25019,
        change,
        [user({}), refusal(25019, 400), user({ displayName: 'Eve' }, 'W/2')],
        'GET PUT GET',
      ],
      ['a look that fails', 25019, make, [refusal(25019, 400), json({}, 404)], 'POST GET'],
    ])(
      'stays refused when verification does not show its result: %s (%i)',
      async (_, code, args, answers, methods) => {
        const got = await outcome([...args, '-o', 'json'], answers);
        expect({ exitCode: got.exitCode, methods: got.methods }).toEqual({ exitCode: 1, methods });
        expect(JSON.parse(got.stderr).error).toMatchObject({
          code,
          hint: expect.stringMatching(/current state of the resource/),
        });
      },
    );

    test('is verified when the first attempt was lost', async () => {
      const answers = [
        assignments(),
        user({}),
        hungUp,
        assignments(),
        refusal(25106, 400),
        assignments(held),
      ];
      const { exitCode, methods } = await outcome(create, answers);
      expect({ exitCode, methods }).toEqual({ exitCode: 0, methods: 'GET GET POST GET POST GET' });
      const made = await outcome(make, [hungUp, nobody, refusal(25019, 400), somebody]);
      expect({ exitCode: made.exitCode, methods: made.methods }).toEqual({
        exitCode: 0,
        methods: 'POST GET POST GET',
      });
    });
  });

  test('is not undone with the run', async () => {
    const role = json({
      roles: [{ sid: developer, friendly_name: 'Developer' }],
      meta: { next_page_url: null },
    });
    const refused = forms[0]?.[1](25106, 400) as Answer;
    const { url, arrived } = await answering((response, request) => {
      if (request.url?.includes('/Roles')) return role(response);
      if (request.method === 'POST') return refused(response, request);
      if (request.url?.includes('/Users')) return user({})(response);
      return assignments(...(arrived.some((line) => line.startsWith('POST')) ? [held] : []))(response);
    });
    const env = {
      TWILIO_ORG_API_URL: url,
      TWILIO_ORG_ACCESS_TOKEN: 'canary-token',
      TWILIO_ORG_CONFIG_DIR: mkdtempSync(join(home, 'race-')),
    };
    const input = `user,role,scope\n${id},${developer},${grant.scope}\n`;
    expect((await call(['role-assignments', 'import', '-', '--yes'], { env, input })).exitCode).toBe(0);
    const { stdout, stderr } = await call(['runs', 'list', '-o', 'json', '--limit', '1'], { env });
    expect(stderr).toBe('');
    const undo = await call(['runs', 'undo', JSON.parse(stdout)[0].run, '--yes'], { env });
    expect(undo.exitCode).toBe(0);
    expect(arrived.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });
});
