import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox, User } from '../../../src/sandbox/server.ts';
import { seededRandom, shuffled } from '../../../src/sandbox/state/random.ts';
import { home } from '../../support/cli.ts';

/** One change that somebody wants, and how often it has taken effect. */
export interface Intent {
  /** As it stands in the rows that the program prints: the SID of the user or the assignment, or an address. */
  key: string;
  happened: () => number;
  holds: () => boolean;
}

/** A command that makes some of the changes; run again, it makes what is left of them. */
export interface Job {
  args: string[];
  /** True when only `runs resume` can continue the job: run again, the command would not find what it removed. */
  resumedOnly?: boolean;
  intents: Intent[];
}

/**
 * Makes about `writes` changes of all kinds, in jobs that do not get into each other's way: each user and each
 * assignment is changed by one of them, once.
 */
export function makeJobs(sandbox: Sandbox, writes: number, seed: number): Job[] {
  const { state } = sandbox;
  const random = seededRandom(seed);
  const [owner] = [...state.users.all()];
  const users = shuffled(
    [...state.users.all()].filter(({ id, active }) => active && id !== owner?.id && !state.suspended.has(id)),
    random,
  );
  const assignments = shuffled(
    state.assignments.filter(({ identity }) => identity !== owner?.id),
    random,
  );
  const take = <T>(from: T[], most: number): T[] => from.splice(0, 1 + Math.floor(random() * most));
  const jobs: Job[] = [];
  let left = writes;
  while (left > 0) {
    const job = kinds[Math.floor(random() * kinds.length)]?.({ sandbox, users, assignments, take, random });
    if (job === undefined || job.intents.length === 0) throw new Error('The sandbox has too few users');
    jobs.push(job);
    left -= job.intents.length;
  }
  return jobs;
}

interface Supply {
  sandbox: Sandbox;
  users: User[];
  assignments: Sandbox['state']['assignments'][number][];
  take: <T>(from: T[], most: number) => T[];
  random: () => number;
}

const several = 30;

/** The guards are no part of this. */
export const meant = ['--yes', '--override-guards'];

const kinds: ((supply: Supply) => Job)[] = [
  ({ sandbox, users, take }) => {
    const some = take(users, several);
    return {
      args: ['users', 'deactivate', ...some.map(({ id }) => id), ...meant],
      intents: some.map((user) => changed(sandbox, user, (now) => !now.active)),
    };
  },
  ({ sandbox, users, take }) => {
    const some = take(users, several);
    return {
      args: ['users', 'delete', ...some.map(({ id }) => id), ...meant],
      intents: some.map((user) => changed(sandbox, user, (now) => !now.active)),
    };
  },
  ({ sandbox, users, take }) => {
    const [user] = take(users, 1);
    if (user === undefined) return { args: [], intents: [] };
    return {
      args: ['users', 'update', user.id, '--display-name', `Was ${user.displayName}`],
      intents: [changed(sandbox, user, (now) => now.displayName === `Was ${user.displayName}`)],
    };
  },
  ({ sandbox, users, take }) => {
    const [user] = take(users, 1);
    if (user === undefined) return { args: [], intents: [] };
    const role = 'IX00000000000000000000000000000105';
    return {
      args: [
        'role-assignments',
        'create',
        '--user',
        user.id,
        '--role',
        role,
        '--scope',
        sandbox.organizationSid,
      ],
      intents: [given(sandbox, user, role)],
    };
  },
  ({ sandbox, random }) => {
    const first = [...sandbox.state.users.all()].length + Math.floor(random() * 1e9);
    const names = Array.from(
      { length: 1 + Math.floor(random() * several) },
      (_, n) => `new${first + n}@example.com`,
    );
    const file = join(mkdtempSync(join(home, 'joiners-')), 'joiners.csv');
    writeFileSync(file, ['email,role,scope', ...names.map((name) => `${name},Support,org`)].join('\n'));
    return {
      args: ['users', 'import', file],
      intents: names.flatMap((name) => [created(sandbox, name), givenTo(sandbox, name)]),
    };
  },
  ({ sandbox, assignments, take }) => {
    const some = take(assignments, several);
    return {
      args: ['role-assignments', 'delete', ...some.map(({ sid }) => sid), ...meant],
      resumedOnly: true,
      intents: some.map(({ sid }) => takenAway(sandbox, sid)),
    };
  },
];

function changed({ state }: Sandbox, { id }: User, holds: (user: User) => boolean): Intent {
  return {
    key: id,
    happened: () =>
      state.journal.filter((entry) => entry.effect === 'user changed' && entry.user.id === id).length,
    holds: () => {
      const now = state.users.get(id);
      return now !== undefined && holds(now);
    },
  };
}

function given({ state, organizationSid }: Sandbox, { id }: User, role: string): Intent {
  const isIt = (assignment: Sandbox['state']['assignments'][number]) =>
    assignment.identity === id && assignment.role_sid === role && assignment.scope === organizationSid;
  const before = state.assignments.filter(isIt).length;
  return {
    key: id,
    happened: () =>
      before +
      state.journal.filter((entry) => entry.effect === 'assignment created' && isIt(entry.assignment)).length,
    holds: () => state.assignments.some(isIt),
  };
}

function created({ state }: Sandbox, name: string): Intent {
  return {
    key: name,
    happened: () =>
      state.journal.filter((entry) => entry.effect === 'user created' && entry.user.userName === name).length,
    holds: () => state.users.byUserName(name)?.active === true,
  };
}

function givenTo(sandbox: Sandbox, name: string): Intent {
  const { state } = sandbox;
  const user = () => state.users.byUserName(name);
  return {
    key: name,
    happened: () =>
      state.journal.filter(
        (entry) => entry.effect === 'assignment created' && entry.assignment.identity === user()?.id,
      ).length,
    holds: () => state.assignments.some(({ identity }) => identity === user()?.id),
  };
}

function takenAway({ state }: Sandbox, sid: string): Intent {
  return {
    key: sid,
    happened: () =>
      state.journal.filter((entry) => entry.effect === 'assignment deleted' && entry.assignment.sid === sid)
        .length,
    holds: () => !state.assignments.some((assignment) => assignment.sid === sid),
  };
}
