import { describe, expect, test } from 'vitest';
import type { ColumnPolicy } from '../../../../src/changes/input/columns.ts';
import { userInputSchema } from '../../../../src/changes/planners/import-users.ts';
import type { AppError } from '../../../../src/platform/core/errors.ts';
import { faultsOf, readInput } from '../../../support/input.ts';

const faults = (text: string, policy: ColumnPolicy = {}) => faultsOf(text, userInputSchema, policy);

async function cells(text: string, policy: ColumnPolicy = {}) {
  const rows = await readInput(text, userInputSchema, { policy });
  expect(rows.flatMap(({ errors }) => errors)).toEqual([]);
  return rows.map((row) => row.cells);
}

const unknown = (titles: string) =>
  expect.stringMatching(new RegExp(`^line 1: unknown columns? ${titles}\\. Known columns: email, `));

describe('columns that nothing uses', () => {
  const text = 'email,Start date,Department\na@example.com,2026-01-01,Sales\nb@example.com,,\n';

  test('are named once, all in one fault', async () => {
    expect(await faults(text)).toEqual([unknown('"Start date", "Department"')]);
    const json = '{"email":"a@example.com","Manager":"Bo"}\n{"email":"b@example.com","Manager":"Bo"}\n';
    expect(await faults(json)).toEqual([unknown('"Manager"')]);
  });

  test.each<[string, ColumnPolicy]>([
    ['named', { ignore: ['Start date,Department'] }],
    ['named one by one', { ignore: ['start date', 'DEPARTMENT'] }],
    ['all that are unknown', { ignoreUnknown: true }],
  ])('are skipped where the user says so: %s', async (_, policy) => {
    expect(await cells(text, policy)).toEqual([{ email: 'a@example.com' }, { email: 'b@example.com' }]);
  });

  test('are read where the user says what they are', async () => {
    expect(
      await cells('Contact,email\na@example.com,Ada\n', {
        map: [
          ['Contact', 'email'],
          ['email', 'displayName'],
        ],
      }),
    ).toEqual([{ email: 'a@example.com', displayName: 'Ada' }]);
  });

  test.each([{}, { ignoreUnknown: true }])(
    'are faults where they are a slip away, with %j',
    async (policy) => {
      expect(await faults('email,Frist name,Last naem\na@example.com,Ada,Nova\n', policy)).toEqual([
        'line 1: unknown column "Frist name". Did you mean "firstname"?',
        'line 1: unknown column "Last naem". Did you mean "lastname"?',
      ]);
    },
  );

  test('are named where the user maps what is not there', async () => {
    expect(await faults('email\na@example.com\n', { map: [['Work Email', 'email']] })).toEqual([
      'line 1: there is no column "Work Email" (--map)',
    ]);
  });

  test.each<[string, string, string]>([
    ['a slip', 'activ', '. Did you mean "active"?'],
    ['our name for the column', 'externalId', '. Did you mean "Employee #"?'],
    ['no column at all', 'Manager', ''],
    ['one of several', 'active,Manager', ''],
  ])('are named where the user skips what is not there: %s', async (_, ignored, way) => {
    const name = ignored.split(',').at(-1);
    const policy = { ignore: [ignored] };
    const expected = [`line 1: there is no column "${name}" (--ignore-columns)${way}`];
    expect(await faults('email,active,Employee #\na@example.com,no,0017\n', policy)).toEqual(expected);
    const json = '{"email":"a@example.com","active":false,"Employee #":"0017"}';
    expect(await faults(json, policy)).toEqual(expected);
  });

  test('may have an @ in the title, where the user says what they are', async () => {
    const text = 'Mail @ work,Seen @\na@example.com,today\n';
    const map = [['Mail @ work', 'email']] as const;
    expect(await cells(text, { map, ignore: ['Seen @'] })).toEqual([{ email: 'a@example.com' }]);
  });

  test('without a title are faults only where they hold something', async () => {
    expect(await faults(',email\n,a@example.com\n7,b@example.com\n')).toEqual([
      'line 3, column 1: the column has no name in the header',
    ]);
    expect(await faults(',email\n0,a@example.com\n', { ignoreUnknown: true })).toEqual([]);
  });
});

describe('a state that an import would skip', () => {
  test.each([
    ['Status', 'Terminated', 'To read the column: --map "Status=active". '],
    ['Employment Status', 'Left', ''],
    ['Status [READ ONLY]', 'Suspended', 'To read the column: --map "Status [READ ONLY]=active". '],
    ['status', 'DEPROVISIONED', 'To read the column: --map "status=active". '],
    [
      'Termination Date',
      '2026-01-31',
      'Take them out of the list: users offboard --due deactivates those who left. ',
    ],
    ['Archived', 'yes', 'To read the column: --map "Archived=disabled". '],
    ['Left company', 'yes', 'To read the column: --map "Left company=disabled". '],
    ['userState', 'inactive', 'To read the column: --map "userState=active". '],
    ['state', 'left', ''],
    ['ends', '2020-01-01', 'Take them out of the list: users offboard --due deactivates those who left. '],
    [
      'Deleted at',
      '31/12/2020',
      'Take them out of the list: users offboard --due deactivates those who left. ',
    ],
    ['Has left', 'Y', 'To read the column: --map "Has left=disabled". '],
  ])('is never swallowed: %s, %s', async (title, value, way) => {
    const text = `email,${title}\na@example.com,${value}\n`;
    expect(await faults(text)).toHaveLength(1);
    expect(await faults(text, { ignoreUnknown: true })).toEqual([
      `line 2, ${title}: "${value}" may mean that they have left. ${way}To skip it: --ignore-columns "${title}"`,
    ]);
    expect(await faults(text, { ignore: [title] })).toEqual([]);
  });

  test.each([
    ['Status', 'Active'],
    ['Employment Status', 'Full-Time'],
    ['Marital status', 'Left'],
    ['Termination Date', ''],
    ['Archived', 'FALSE'],
    ['Department', 'Terminated'],
    ['state', 'CA'],
    ['Termination date', '2099-01-01'],
    ['ends', '31/12/2099'],
    ['Left company', 'no'],
  ])('is skipped where it says nothing of the kind: %s, %s', async (title, value) => {
    expect(
      await faults(`email,${title}\na@example.com,${value}\n`, { ignoreUnknown: true, today: '2026-11-27' }),
    ).toEqual([]);
  });

  test.each([
    ['Terminated', 'yes', 'To read the column: --map "Terminated=disabled"'],
    ['Left company', 'yes', 'To read the column: --map "Left company=disabled"'],
    ['Status', 'Suspended', 'To read the column: --map "Status=active"'],
    ['Termination date', '2020-01-01', 'they have left. Take them out of the list'],
  ])('is read as the advice says: %s, %s', async (title, value, advice) => {
    const text = `email,${title}\na@example.com,${value}\n`;
    const [fault = ''] = await faults(text, { ignoreUnknown: true });
    expect(fault).toContain(advice);
    const ours = /--map "[^=]*=(\w+)"/.exec(fault)?.[1];
    if (ours === 'disabled')
      expect(await cells(text, { map: [[title, ours]] })).toEqual([
        { email: 'a@example.com', active: 'false' },
      ]);
  });

  test.each([
    ['Terminated', 'active', 'disabled'],
    ['archived', 'enabled', 'disabled'],
    ['disabled', 'active', 'disabled'],
    ['Inactive', 'isactive', 'disabled'],
    ['Block sign in (Yes/No)', 'active', 'disabled'],
    ['Left the company', 'active', 'disabled'],
    ['accountDisabled', 'active', 'disabled'],
    ['Enabled', 'disabled', 'active'],
  ])('is never read the wrong way round: %s as %s', async (title, ours, right) => {
    const failed = await faults(`email,${title}\na@example.com,yes\n`, { map: [[title, ours]] }).catch(
      (error: AppError) => [error.kind, error.message, error.hint],
    );
    expect(failed).toEqual([
      'usage',
      expect.stringContaining(`"${title}" says the opposite of ${ours}`),
      expect.stringContaining(`--map "${title}=${right}"`),
    ]);
  });

  test.each(['unactive', 'Not active', 'nonactive'])('is no slip of its opposite: %s', async (title) => {
    expect((await faults(`email,${title}\na@example.com,yes\n`)).join()).not.toMatch(
      /Did you mean "(is)?active/,
    );
  });

  test('below a title that says the opposite is a yes or a no, never a state', async () => {
    expect(await faults('email,disabled\na@example.com,disabled\n')).toEqual([
      'line 2, disabled: "disabled" is neither yes nor no',
    ]);
  });

  test.each([
    ['accountEnabled', 'False', 'False'],
    ['Block sign in (Yes/No) [accountEnabled] Required', 'No', 'true'],
    ['Block sign in (Yes/No) [accountEnabled] Required', 'Yes', 'false'],
    ['suspended', 'False', 'true'],
    ['inactive', 'true', 'false'],
    ['accountDisabled', 'true', 'false'],
  ])('is read where other systems say it clearly: %s, %s', async (title, value, active) => {
    expect(await cells(`email,${title}\na@example.com,${value}\n`)).toEqual([
      { email: 'a@example.com', active },
    ]);
  });

  test('that is neither yes nor no is a fault', async () => {
    expect(await faults('email,suspended\na@example.com,maybe\n')).toEqual([
      'line 2, suspended: "maybe" is neither yes nor no',
    ]);
  });
});

describe('two columns for one thing', () => {
  test('are no fault where they say the same', async () => {
    expect(
      await cells('email,Work Email,userPrincipalName\nA@example.com,a@example.com,\n,,b@example.com\n'),
    ).toEqual([{ email: 'A@example.com' }, { email: 'b@example.com' }]);
  });

  test('are named where they do not', async () => {
    expect(await faults('email,mail\na@example.com,b@example.com\nc@example.com,c@example.com\n')).toEqual([
      'line 2, mail: "b@example.com", but email is "a@example.com", and both mean email. To skip one: --ignore-columns "mail"',
    ]);
  });

  test('of one title have to be renamed, because a flag would skip both', async () => {
    expect(await faults('email,locale,locale\na@example.com,de,fr\n')).toEqual([
      'line 2, locale: "fr", but locale is "de", and both mean locale. Rename one, or remove it',
    ]);
  });

  test('agree where they say yes or no in different words', async () => {
    const text = 'email,active,Blocked\na@example.com,Yes,No\nb@example.com,Suspended,Yes\n';
    expect((await cells(text)).map(({ active }) => active)).toEqual(['Yes', 'Suspended']);
    expect(await faults('email,active,Blocked\na@example.com,Yes,Yes\n')).toHaveLength(1);
  });

  const both = ['Email,Work address', 'private@example.com,', 'other@example.com,a@example.com'] as const;
  const json = '{"email":"private@example.com"}\n{"email":"b@example.com","Work address":"a@example.com"}\n';
  test.each([
    ['the empty cell first', `${both.join('\n')}\n`],
    ['the empty cell last', `${[both[0], both[2], both[1]].join('\n')}\n`],
    ['JSON, and a record without the member', json],
  ])('count for nothing where the user has mapped another, in any row: %s', async (_, text) => {
    const map = [['Work address', 'email']] as const;
    const title = text === json ? 'email' : 'Email';
    expect(await faults(text, { map })).toEqual([
      `line 1: "${title}" means email as well, which is read from "Work address" (--map)`,
    ]);
    for (const policy of [
      { map, ignore: ['Email'] },
      { map, ignoreUnknown: true },
    ]) {
      expect(
        (await cells(text, policy)).toSorted((a, b) => Object.keys(a).length - Object.keys(b).length),
      ).toEqual([{}, { email: 'a@example.com' }]);
    }
  });
});

describe('a list of addresses beside the address', () => {
  const list = (value: string) =>
    `{"userName":"A@example.com","emails":[{"primary":true,"value":"${value}"}]}`;

  test('is skipped where it has the address', async () => {
    expect(await cells(list('a@example.com'))).toEqual([{ email: 'A@example.com' }]);
  });

  test.each([
    ['JSON', list('b@example.com'), 'emails'],
    ['a table', 'email,emails.0.value\nA@example.com,b@example.com\n', 'emails.0.value'],
  ])('is an error where it has only others: %s', async (_, text, title) => {
    expect(await faults(text)).toEqual([
      expect.stringMatching(
        `, ${title}: it holds b@example.com, but the e-mail address of the row is A@example.com. To skip it: --ignore-columns "${title}"$`,
      ),
    ]);
    expect(await faults(text, { ignore: [title] })).toEqual([]);
  });
});

describe('a login name', () => {
  test('is the address where its values are addresses', async () => {
    expect(await cells('User name\na@example.com\n')).toEqual([{ email: 'a@example.com' }]);
  });

  test('that is no address is a column that nothing uses', async () => {
    const text = 'User name,Email\nanova,a@example.com\n';
    expect(await faults(text)).toEqual([unknown('"User name"')]);
    expect(await cells(text, { ignoreUnknown: true })).toEqual([{ email: 'a@example.com' }]);
    expect(await cells(text, { ignore: ['user name'] })).toEqual([{ email: 'a@example.com' }]);
    expect(await faults('User name\nanova\n')).toEqual([
      unknown('"User name"'),
      'line 1: there is no column email',
    ]);
  });
});

test('an input whose header makes it useless has one error, however long it is', async () => {
  const text = `Team\n${'Sales\n'.repeat(300)}`;
  expect(await faults(text)).toEqual([unknown('"Team"'), 'line 1: there is no column email']);
});

test('a first line with an address is no header', async () => {
  expect(await faults('a@example.com,Ada\nb@example.com,Bo\n')).toEqual([
    'line 1: this line holds data, but the first line must name the columns, such as email,givenName',
  ]);
});

test('damage is a fault in a column that is used, and only there', async () => {
  const text =
    'email,givenName,externalId,Shoe size\na@example.com,#N/A,1.23457E+15,#REF!\nb@example.com,ZoÃ«,,\n';
  expect(await faults(text, { ignoreUnknown: true })).toEqual([
    expect.stringContaining('line 2, givenName: "#N/A" is an error of a spreadsheet'),
    expect.stringContaining('line 2, externalId: "1.23457E+15" is a number that a spreadsheet has shortened'),
    expect.stringContaining(
      'line 3, givenName: "ZoÃ«" is UTF-8 that was read in another encoding, and probably means "Zoë"',
    ),
  ]);
});

test('an address is read in composed letters', async () => {
  expect(await cells('email\nRene\u0301@example.com\n')).toEqual([{ email: 'Ren\u00e9@example.com' }]);
});
