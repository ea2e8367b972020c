import { describe, expect, it } from 'vitest';
import { type HeldRole, isLimited } from '../../../../src/organization/permissions/decide.ts';
import { type MatrixQuestion, matrixOf } from '../../../../src/organization/permissions/matrix.ts';
import { parsePattern } from '../../../../src/organization/permissions/pattern.ts';
import { eu, expectAgreement, holding, invoice, org, us } from '../../../support/access-evaluator.ts';

const messaging = { allow: ['/twilio/messaging/*'] };

function matrix(held: readonly HeldRole[], question: Partial<MatrixQuestion> = {}) {
  const roles = new Map(held.map(({ assignment, role }) => [assignment.role_sid, role]));
  const assignments = held.map(({ assignment }) => assignment);
  return matrixOf(assignments, (sid) => roles.get(sid), { rows: 'users', columns: 'scopes', ...question });
}

/** Cells with their entries, such as `IY1 here yes`. */
function cells({ rows, columns }: ReturnType<typeof matrix>): Record<string, string[]> {
  const filled = rows.flatMap((row) =>
    columns.map(({ sid }) => [`${row.sid} ${sid}`, row.cell(sid)] as const),
  );
  return Object.fromEntries(
    filled.flatMap(([key, found]) =>
      found.length === 0
        ? []
        : [
            [
              key,
              found.map(({ holding: { assignment, how, answer } }) => `${assignment.sid} ${how} ${answer}`),
            ],
          ],
    ),
  );
}

describe('matrixOf', () => {
  const owner = holding(org, messaging, { sid: 'IYowner', identity: 'US1' });
  const local = holding(eu, messaging, { sid: 'IYlocal', identity: 'US2' });
  const limited = holding(us, messaging, { sid: 'IYlimited', identity: 'US2', ...invoice });

  it('has a cell for each person and scope, with roles of the organization as undecided in accounts', () => {
    const found = matrix([owner, local, limited]);
    expect(cells(found)).toEqual({
      [`US1 ${org}`]: ['IYowner here yes'],
      [`US1 ${eu}`]: ['IYowner organization-wide undecided'],
      [`US1 ${us}`]: ['IYowner organization-wide undecided'],
      [`US2 ${eu}`]: ['IYlocal here yes'],
      [`US2 ${us}`]: ['IYlimited resource only yes'],
    });
    expect(found.rows.map(({ sid, tally }) => [sid, { ...tally }])).toEqual([
      ['US1', { certain: 1, undecided: 2 }],
      ['US2', { certain: 2, undecided: 0 }],
    ]);
    expect(found.columns.map(({ sid, tally: { certain, undecided } }) => [sid, certain, undecided])).toEqual([
      [org, 1, 0],
      [eu, 1, 1],
      [us, 1, 1],
    ]);
    expect(found.entries).toMatchObject({ certain: 3, undecided: 2 });
    expect([...found.doubts]).toEqual(['inheritance']);
  });

  it('decides inheritance by the assumption', () => {
    const [assumed, excluded] = [true, false].map((assumeInheritance) =>
      cells(matrix([owner, local], { assumeInheritance })),
    );
    expect(assumed?.[`US1 ${eu}`]).toEqual(['IYowner organization-wide yes']);
    expect(excluded?.[`US1 ${eu}`]).toBeUndefined();
  });

  it('has the scopes of the question alone, empty ones as well', () => {
    const found = matrix([owner, local], { scopes: [us, eu], assumeInheritance: false });
    expect(found.columns.map(({ sid, tally }) => [sid, tally.certain])).toEqual([
      [us, 0],
      [eu, 1],
    ]);
    expect(found.rows.map(({ sid }) => sid)).toEqual(['US2']);
  });

  it('has no column for an account in which roles of the organization are all there is', () => {
    const roles = [owner.assignment.role_sid];
    expect(matrix([owner, local], { roles }).columns.map(({ sid }) => sid)).toEqual([org]);
  });

  it('has roles as columns, each assignment in its own scope', () => {
    const found = matrix([owner, local, limited], { columns: 'roles' });
    expect(cells(found)).toEqual({
      [`US1 ${owner.assignment.role_sid}`]: ['IYowner here yes'],
      [`US2 ${local.assignment.role_sid}`]: ['IYlocal here yes'],
      [`US2 ${limited.assignment.role_sid}`]: ['IYlimited resource only yes'],
    });
    const inEu = matrix([owner, local, limited], { columns: 'roles', scopes: [eu] });
    expect(cells(inEu)).toEqual({
      [`US1 ${owner.assignment.role_sid}`]: ['IYowner organization-wide undecided'],
      [`US2 ${local.assignment.role_sid}`]: ['IYlocal here yes'],
    });
  });

  it('has roles as rows, with the people in each scope', () => {
    const second = { ...local, assignment: { ...local.assignment, sid: 'IYsecond', identity: 'US3' } };
    const found = matrix([owner, local, second], { rows: 'roles' });
    expect(cells(found)).toEqual({
      [`${owner.assignment.role_sid} ${org}`]: ['IYowner here yes'],
      [`${owner.assignment.role_sid} ${eu}`]: ['IYowner organization-wide undecided'],
      [`${local.assignment.role_sid} ${eu}`]: ['IYlocal here yes', 'IYsecond here yes'],
    });
    expect(found.rows.map(({ tally }) => tally.certain)).toEqual([1, 2]);
    expect(found.columns.map(({ sid, tally: { certain, undecided } }) => [sid, certain, undecided])).toEqual([
      [org, 1, 0],
      [eu, 2, 1],
    ]);
  });

  it.each(['users', 'roles'] as const)(
    'with %s as rows agrees with an evaluation of each permission',
    (rows) => {
      expectAgreement((can, scope, held, resource, assumeInheritance) => {
        const question = { rows, wanted: parsePattern(can), scopes: [scope], resource, assumeInheritance };
        const found = matrix(held, question)
          .rows.flatMap((row) => row.cell(scope))
          .map(({ holding }) => holding)
          .filter(({ assignment }) => resource !== undefined || !isLimited(assignment));
        const answers = found.map(({ answer }) => answer);
        return answers.includes('yes') ? 'yes' : (answers[0] ?? 'no');
      });
    },
  );

  it('with roles as columns agrees as well', () => {
    expectAgreement((can, scope, held, resource, assumeInheritance) => {
      const question = { wanted: parsePattern(can), scopes: [scope], resource, assumeInheritance };
      const { rows, columns } = matrix(held, { columns: 'roles', ...question });
      const answers = rows
        .flatMap((row) => columns.flatMap(({ sid }) => row.cell(sid)))
        .flatMap(({ holding: { assignment, answer } }) =>
          resource !== undefined || !isLimited(assignment) ? [answer] : [],
        );
      return answers.includes('yes') ? 'yes' : (answers[0] ?? 'no');
    });
  });
});
