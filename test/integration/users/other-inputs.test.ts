import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bulkWorld } from '../../support/bulk.ts';
import { writes } from '../../support/cli.ts';

const file = (name: string) => fileURLToPath(new URL(`../../data/inputs/${name}`, import.meta.url));

/** What a dry run plans: the requests' bodies, or the lines of the refusal. */
async function planned(name: string, flags: string[]) {
  const args = ['users', 'import', file(name), '--dry-run', ...flags];
  const { call, sandbox } = await bulkWorld({ users: 5, assignments: 0 });
  const { stdout, stderr, exitCode } = await call(args);
  const all =
    flags.includes('json') && exitCode === 0
      ? (JSON.parse(stdout) as { body?: Record<string, unknown> }[])
      : [];
  const bodies = all.flatMap(({ body }) => (body === undefined ? [] : [body]));
  return { exitCode, stderr, people: bodies.map(({ userName }) => userName), writes: writes(sandbox) };
}

const skipUnknown = '--ignore-unknown';

describe('users import plans what these files say:', () => {
  test.each<[string, string[], string[]]>([
    ['excel-drops-trailing-separators.csv', [], ['q0@example.com', 'q1@example.com']],
    ['excel-sep-line.csv', [], ['ada.nova@example.com']],
    ['trailing-empty-cells-longer-than-header.csv', [], ['q1@example.com']],
    ['short-rows.csv', [], ['ada.nova@example.com', 'grace.nova@example.com']],
    ['bom-and-semicolons.csv', [], ['ada.nova@example.com']],
    ['entra-bulk-create.csv', [], ['ada.nova@example.com']],
    ['entra-bulk-create-whole.csv', [skipUnknown], ['ada.nova@example.com']],
    ['entra-users.csv', [skipUnknown], ['Ada.Nova@example.com']],
    ['google-workspace-template.csv', [skipUnknown], ['ada.nova@example.com']],
    ['google-workspace-users.csv', [skipUnknown], ['ada.nova@example.com']],
    ['okta-people.csv', [skipUnknown], ['ada.nova@example.com']],
    ['slack-members.csv', [skipUnknown], ['ada.nova@example.com']],
    ['bamboohr.csv', [skipUnknown], ['ada.nova@example.com']],
    ['bamboohr.csv', ['--ignore-columns', 'Status'], ['ada.nova@example.com']],
    ['bamboohr-whole.csv', [skipUnknown, '--map', 'Status=active'], ['ada.nova@example.com']],
    ['apostrophe.csv', [], ["o'neil@example.com"]],
    ['account-disabled.csv', ['--create-inactive'], ['ada.nova@example.com']],
    ['two-columns-alike.csv', [], ['ada.nova@example.com']],
    ['one-object.json', [], ['ada.nova@example.com']],
  ])('%s %j', async (name, flags, people) => {
    const { stderr, ...plan } = await planned(name, [...flags, '-o', 'json']);
    expect({ exitCode: plan.exitCode, people: plan.people }, stderr).toEqual({ exitCode: 0, people });
  });
});

describe('users import refuses these files, and says where and why:', () => {
  test.each<[string, string[], ...RegExp[]]>([
    ['zero-width-space-before-address.csv', [], /line 2, email: .*ZERO WIDTH SPACE \(U\+200B\)/],
    ['soft-hyphen-in-address.csv', [], /line 2, email: .*SOFT HYPHEN \(U\+00AD\)/],
    ['smart-quotes.csv', [], /line 2, email: .*LEFT DOUBLE QUOTATION MARK \(U\+201C\)/],
    ['typographic-apostrophe.csv', [], /line 2, email: .*RIGHT SINGLE QUOTATION MARK \(U\+2019\)/],
    ['mailto.csv', [], /line 2, email: .*leave out "mailto:"/],
    ['name-and-address.csv', [], /line 2, email: .*without a name and angle brackets/],
    ['nfd-and-nfc.csv', [], /line 3, email: already in line 2/],
    ['same-address-twice.csv', [], /line 3, email: already in line 2/],
    ['mojibake.csv', [], /line 2, displayName: .*probably means "Zoë"/],
    ['lost-letter.csv', [], /line 2, givenName: .* has lost a letter/],
    [
      'spreadsheet-errors.csv',
      [],
      /line 2, givenName: "#N\/A"/,
      /line 2, familyName: "#REF!"/,
      /line 2, displayName: "#NAME\?"/,
    ],
    ['shortened-id.csv', [], /line 2, externalId: "1\.23457E\+15"/],
    ['narrow-column.csv', [], /line 2, givenName: "####"/],
    [
      'bamboohr.csv',
      [],
      /line 1: unknown column "Status"/,
      /--ignore-columns Status, or --ignore-unknown/,
      /--map Status=NAME/,
    ],
    ['bamboohr-whole.csv', [skipUnknown], /line 3, Status: "Inactive" may mean that they have left/],
    ['slack-deactivated.csv', [skipUnknown], /line 2, status: "Deactivated" may mean that they have left/],
    ['termination-date.tsv', [skipUnknown], /line 2, Termination date: "2026-01-31" may mean/],
    [
      'onboard-misspelt-columns.csv',
      [skipUnknown],
      /"Frist name"\. Did you mean "firstname"/,
      /"Last naem"/,
      /line 2, Status: "Terminated"/,
    ],
    ['two-columns-apart.csv', [], /line 2, mail: "bo@example.com", but email is "ada.nova@example.com"/],
    ['login-without-address.csv', [], /unknown column "User name"/, /there is no column email/],
    ['addresses-without-header.txt', [], /the first line must name the columns/],
    ['several-objects.json', [], /^error: .*line 1: not one JSON object\. Give an array/m],
    ['short-rows.csv.gz', [], /short-rows\.csv\.gz is compressed with gzip/],
    ['list.pdf', [], /list\.pdf is a PDF/],
  ])('%s %j', async (name, flags, ...problems) => {
    const { exitCode, stderr, ...plan } = await planned(name, flags);
    expect({ exitCode, writes: plan.writes }).toEqual({ exitCode: 2, writes: [] });
    for (const problem of problems) expect(stderr).toMatch(problem);
  });
});
