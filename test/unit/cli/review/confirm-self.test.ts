import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../src/changes/plan/change.ts';
import type { Context } from '../../../../src/cli/context.ts';
import { confirmSelf } from '../../../../src/cli/review/confirm-self.ts';
import { AppError } from '../../../../src/platform/core/errors.ts';
import { ada, adasRole, changes, deactivation, sid } from '../../../support/changes.ts';

const notListable = new AppError('forbidden', 'Not allowed', { status: 403 });
const broken = new AppError('temporary', 'Not available', { status: 503 });

interface Options {
  subject?: string | undefined;
  interactive?: boolean;
  answer?: boolean;
  users?: AppError;
  assignments?: AppError;
  includingMyself?: boolean;
}

/** Reviews the removals as Ada, and returns the messages and questions, or the error. */
async function review(removals: readonly Change[], options: Options = {}) {
  const { interactive = true, answer = true, includingMyself = false } = options;
  const said: string[] = [];
  let lookups = 0;
  const looked = <T>(error: AppError | undefined, found: T) => {
    lookups += 1;
    return error === undefined ? Promise.resolve(found) : Promise.reject(error);
  };
  const ctx = {
    identity: async () => ({ subject: 'subject' in options ? options.subject : ada.id }),
    organization: async () => ({
      users: { named: () => looked(options.users, { find: () => ada }) },
      assignments: { where: () => looked(options.assignments, [adasRole]) },
    }),
    messages: { say: (text: string) => said.push(text) },
    prompts: {
      interactive,
      confirm: async ({ message }: { message: string }) => {
        said.push(message);
        return answer;
      },
    },
  } as unknown as Context;
  const error = await confirmSelf(ctx, removals, { includingMyself }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { said, error, lookups };
}

const foreign = { ...ada, id: sid('US', 2), userName: 'bo@example.com' };
const roleOf = (identity: string, n = 1): Change => ({
  do: 'delete-assignment',
  assignment: { ...adasRole, identity, sid: sid('IY', n) },
});
/** As in `role-assignments delete SID`, which names no user. */
const roleBySid = (n: number): Change => ({
  do: 'delete-assignment',
  assignment: { sid: sid('IY', n) } as typeof adasRole,
});

const silent = { said: [], error: undefined, lookups: 0 };

describe('a change to oneself', () => {
  test('is asked for by name before one is deactivated or deleted', async () => {
    for (const change of [deactivation, changes['delete-user']]) {
      const { said, error } = await review([{ ...deactivation, user: foreign } as Change, change]);
      expect(error).toBeUndefined();
      expect(said).toEqual([
        'ada@example.com is the user of your access token. Deactivating them may end this login.',
        'Deactivate yourself (ada@example.com)?',
      ]);
    }
  });

  test('is asked for by name before one loses roles', async () => {
    const { said } = await review([roleOf(ada.id.toUpperCase()), roleOf(ada.id, 2), roleOf(foreign.id, 3)]);
    expect(said).toEqual([
      'ada@example.com is the user of your access token. Removing 2 roles from them may end this login.',
      'Remove roles from yourself (ada@example.com)?',
    ]);
  });

  test('is found among roles that are named by SID alone', async () => {
    const { said } = await review([roleBySid(1), roleBySid(7)]);
    expect(said[0]).toContain('Removing 1 role from them');
    expect((await review([roleBySid(7)])).said).toEqual([]);
  });

  test('ends with a "no" as cancelled', async () => {
    const { error } = await review([deactivation], { answer: false });
    expect(error).toMatchObject({ kind: 'cancelled', message: 'Nothing was changed' });
  });

  test('needs a flag where no question can be asked', async () => {
    const { said, error } = await review([deactivation], { interactive: false });
    expect(said).toEqual([]);
    expect(error).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('ada@example.com is the user of your access token'),
      hint: expect.stringContaining('--including-myself'),
    });
  });
});

describe('no question is asked', () => {
  test('without removals, with --including-myself, or where the token names no user', async () => {
    expect(await review([])).toEqual(silent);
    expect(await review([deactivation], { includingMyself: true })).toEqual(silent);
    expect(await review([deactivation, roleOf(ada.id)], { subject: undefined })).toEqual(silent);
  });

  test('about other users, and nothing is looked up for it', async () => {
    expect(await review([{ ...deactivation, user: foreign } as Change, roleOf(foreign.id)])).toEqual(silent);
  });
});

describe('a login that may not look', () => {
  test('sees the SID where it may not read its own user', async () => {
    const { said } = await review([roleOf(ada.id)], { users: notListable });
    expect(said[1]).toBe(`Remove roles from yourself (${ada.id})?`);
  });

  test('is not asked about roles that it may not list', async () => {
    expect(await review([roleBySid(1)], { assignments: notListable })).toMatchObject({
      said: [],
      error: undefined,
    });
  });

  test('ends with any other error of a look-up', async () => {
    expect((await review([roleBySid(1)], { assignments: broken })).error).toBe(broken);
    expect((await review([roleOf(ada.id)], { users: broken })).error).toBe(broken);
  });
});
