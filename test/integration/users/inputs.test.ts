import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { roles } from '../../../src/sandbox/iam/role-fixtures.ts';
import type { User } from '../../../src/sandbox/scim/user-store.ts';
import { bulkWorld } from '../../support/bulk.ts';
import { userAt, writes } from '../../support/cli.ts';

const folder = fileURLToPath(new URL('../../data/inputs/', import.meta.url));
const files = readdirSync(folder);

/** user0 to user4@example.com, of whom two have an external id and user3 is inactive; and the Owner. */
async function organization() {
  const world = await bulkWorld({ users: 1, assignments: 0 });
  const { externalId: _, ...owner } = userAt(world.sandbox, 0);
  for (let index = 0; index < 5; index += 1) {
    const userName = `user${index}@example.com`;
    world.sandbox.state.users.put({
      ...owner,
      ...([1, 2].includes(index) && { externalId: `ext-${index}` }),
      id: `US${String(index + 1).padStart(32, '0')}`,
      userName,
      emails: [{ value: userName, primary: true, type: 'work' }],
      active: index !== 3,
    });
  }
  return world;
}

interface Request {
  body: Partial<User> & { role_sid?: string; scope?: string; identity?: string };
}

/** The fields that a request can set, side by side. An address counts once where user name and e-mail are the same. */
function fieldsOf({ id, schemas, meta, name, userName, emails = [], ...others }: Partial<User>) {
  const email = [...new Set([userName, ...emails.map(({ value }) => value)])].join(' and ');
  return { ...others, ...name, email } as Record<string, unknown>;
}

/** Plans what a command line would send. In it, names of files stand for the files in the folder. */
async function planned(line: string) {
  const { call, sandbox } = await organization();
  const { users } = sandbox.state;
  const args = line.split(' ').map((word) => (files.includes(word) ? `${folder}${word}` : word));
  const { stdout, stderr, exitCode } = await call([...args, '--dry-run', '-o', 'jsonl']);
  expect(writes(sandbox)).toEqual([]);

  const requests: Request[] = linesOf(stdout).map((request) => JSON.parse(request));
  const sent = requests.map(({ body }) => {
    if (body.role_sid !== undefined) {
      const role = roles.find(({ sid }) => sid === body.role_sid)?.friendly_name;
      const scope = body.scope === sandbox.organizationSid ? 'org' : body.scope;
      return `give ${role} in ${scope} to ${users.get(body.identity ?? '')?.userName ?? body.identity}`;
    }
    const user = users.get(body.id ?? '');
    const before = user === undefined ? {} : fieldsOf(user);
    const set = Object.entries(fieldsOf(body)).filter(([field, value]) => value !== before[field]);
    const what = user === undefined ? 'create' : `change ${user.userName}`;
    return `${what}: ${set.map(([field, value]) => `${field} ${value}`).join(', ')}`;
  });

  const notes = linesOf(stderr.replaceAll(folder, ''));
  const error = notes.at(-1)?.startsWith('{') ? JSON.parse(notes.pop() ?? '').error : {};
  const message: string = error.message ?? '';
  const faults = message.replace(/^.* so nothing was changed: /, '').split(/; (?=line \d)/);
  const warnings = notes.filter((note) => /^(warning:|line \d)/.test(note));
  return { exitCode, said: [...sent, ...warnings], faults, hint: error.hint as string };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Reads a command line and, indented below it, each line that is expected of it. */
function table(text: string): [line: string, expected: string[]][] {
  return text
    .split(/\n(?=\S)/)
    .slice(1)
    .map((row) => row.trim().split(/\n\s+/))
    .map(([line = '', ...expected]) => [line, expected]);
}

/** Requests, and notes as far as they warn. */
const plans = table(`
users import excel-drops-trailing-separators.csv
  create: active true, externalId E-100, givenName A, familyName B, email q0@example.com
  create: active true, givenName A, familyName B, email q1@example.com
users import excel-sep-line.csv
  create: active true, givenName Ada, email ada.nova@example.com
users import trailing-empty-cells-longer-than-header.csv
  create: active true, givenName A, email q1@example.com
users import short-rows.csv
  create: active true, givenName Ada, email ada.nova@example.com
  create: active true, email grace.nova@example.com
users import bom-and-semicolons.csv
  create: active true, givenName Ada, email ada.nova@example.com
users import entra-bulk-create.csv
  create: active true, displayName Ada Nova, givenName Ada, email ada.nova@example.com
users import entra-bulk-create-whole.csv --ignore-unknown
  create: active true, displayName Ada Nova, givenName Ada, familyName Nova, email ada.nova@example.com
users import entra-users.csv --ignore-unknown
  create: active true, displayName Ada Nova, givenName Ada, familyName Nova, email Ada.Nova@example.com
users import google-workspace-template.csv --ignore-unknown
  create: active true, givenName Ada, familyName Nova, email ada.nova@example.com
users import google-workspace-users.csv --ignore-unknown
  create: active true, externalId 0017, givenName Ada, familyName Nova, email ada.nova@example.com
users import okta-people.csv --ignore-unknown
  create: active true, displayName Ada Nova, externalId 0017, locale sv_SE, timezone Europe/Stockholm, givenName Ada, familyName Nova, email ada.nova@example.com
users import slack-members.csv --ignore-unknown
  create: active true, displayName Ada Nova, email ada.nova@example.com
users import slack-deactivated.csv --ignore-unknown --map status=active
  line 2, ada.nova@example.com: No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive
users import bamboohr.csv --ignore-unknown
  create: active true, externalId 0017, givenName Ada, familyName Nova, email ada.nova@example.com
users import bamboohr.csv --ignore-columns Status
  create: active true, externalId 0017, givenName Ada, familyName Nova, email ada.nova@example.com
users import bamboohr-whole.csv --ignore-unknown --map Status=active
  create: active true, externalId 0017, givenName Ada, familyName Nova, email ada.nova@example.com
  line 3, bo.berg@example.com: No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive
users import apostrophe.csv
  create: active true, displayName O’Neil, email o'neil@example.com
users import two-columns-alike.csv
  create: active true, email ada.nova@example.com
users import one-object.json
  create: active true, givenName Ada, email ada.nova@example.com
users import account-disabled.csv
  line 2, ada.nova@example.com: No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive
users import account-disabled.csv --create-inactive
  create: active false, email ada.nova@example.com
users onboard account-disabled.csv --template rehire-template.yaml
  line 2, ada.nova@example.com: No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive
users onboard account-disabled.csv --template rehire-template.yaml --create-inactive
  create: active false, email ada.nova@example.com
  give Support in org to the new user
  warning: ada.nova@example.com is not active and can't use these roles. To activate: twilio-org users activate ada.nova@example.com
users import leaver-who-was-never-here.csv
  line 2, old1@example.com: No such user, and the row says inactive, so nobody is created. To create inactive users: --create-inactive
users import leaver-who-was-never-here.csv --create-inactive
  create: active false, givenName Old, email old1@example.com
users import rename-by-external-id.csv --match external-id
  change user1@example.com: givenName Given1, email user1.married@example.com
users import bulk-rename-by-sid.csv --match id
  change user2@example.com: email user2.married@example.com
users import rehire.csv
users import rehire.csv --reactivate
  change user3@example.com: active true
users onboard rehire.csv --template rehire-template.yaml
  give Support in org to user3@example.com
  warning: user3@example.com is not active and can't use these roles. To activate: twilio-org users activate user3@example.com, or add --reactivate
users onboard rehire.csv --template rehire-template.yaml --reactivate
  change user3@example.com: active true
  give Support in org to user3@example.com
users activate --file rehire.csv
  change user3@example.com: active true
users deactivate --file rehire.csv
users offboard --file rehire.csv
users deactivate --file contractors-saved-by-excel-us.csv --ignore-columns ends
  change user1@example.com: active false
  change user2@example.com: active false
  change user4@example.com: active false
users offboard --file contractors-saved-by-excel-us.csv --ignore-columns ends
  change user1@example.com: active false
  change user2@example.com: active false
  change user4@example.com: active false
`);

const partial = table(`
users activate --file leavers-one-unknown.txt --skip-unknown
  warning: line 2: There is no user nobody@example.com; skipped
users deactivate --file leavers-one-unknown.txt --skip-unknown
  change user1@example.com: active false
  change user2@example.com: active false
  warning: line 2: There is no user nobody@example.com; skipped
users offboard --file leavers-one-unknown.txt --skip-unknown
  change user1@example.com: active false
  change user2@example.com: active false
  warning: line 2: There is no user nobody@example.com; skipped
users deactivate --file addresses-without-header.txt --skip-unknown
  warning: line 1: There is no user ada.nova@example.com; skipped
  warning: line 2: There is no user bo@example.com; skipped
`);

/** Beginnings of all faults, and a part of the hint. */
const refusals = table(`
users import zero-width-space-before-address.csv
  line 2, email: this is not an e-mail address: it contains ZERO WIDTH SPACE (U+200B)
users import soft-hyphen-in-address.csv
  line 2, email: this is not an e-mail address: it contains SOFT HYPHEN (U+00AD)
users import smart-quotes.csv
  line 2, email: this is not an e-mail address: it contains LEFT DOUBLE QUOTATION MARK (U+201C)
users import typographic-apostrophe.csv
  line 2, email: this is not an e-mail address: it contains RIGHT SINGLE QUOTATION MARK (U+2019)
users import mailto.csv
  line 2, email: this is not an e-mail address: leave out "mailto:"
users import name-and-address.csv
  line 2, email: this is not an e-mail address: give the address alone, without a name and angle brackets
users import nfd-and-nfc.csv
  line 3, email: already in line 2
users import same-address-twice.csv
  line 3, email: already in line 2
users import mojibake.csv
  line 2, displayName: "ZoÃ«" is UTF-8 that was read in another encoding, and probably means "Zoë"
users import lost-letter.csv
  line 2, givenName: "Zo\uFFFD" has lost a letter
users import spreadsheet-errors.csv
  line 2, givenName: "#N/A" is an error of a spreadsheet
  line 2, familyName: "#REF!" is an error of a spreadsheet
  line 2, displayName: "#NAME?" is an error of a spreadsheet
users import shortened-id.csv
  line 2, externalId: "1.23457E+15" is a number that a spreadsheet has shortened
users import narrow-column.csv
  line 2, givenName: "####" is an error of a spreadsheet
users import bamboohr.csv
  line 1: unknown column "Status"
  hint: --ignore-columns Status, or --ignore-unknown for all that nothing uses. To read a column as one of the known: --map Status=NAME
users import bamboohr-whole.csv --ignore-unknown
  line 3, Status: "Inactive" may mean that they have left. To read the column: --map "Status=active". To skip it: --ignore-columns "Status"
users import slack-deactivated.csv --ignore-unknown
  line 2, status: "Deactivated" may mean that they have left. To read the column: --map "status=active". To skip it: --ignore-columns "status"
users import termination-date.tsv --ignore-unknown
  line 2, Termination date: "2026-01-31" may mean that they have left. Take them out of the list: users offboard --due deactivates those who left. To skip it: --ignore-columns "Termination date"
users import onboard-misspelt-columns.csv
  line 1: unknown column "Frist name". Did you mean "firstname"?
  line 1: unknown column "Last naem". Did you mean "lastname"?
  line 1: unknown column "Status"
users onboard onboard-misspelt-columns.csv --template rehire-template.yaml
  line 1: unknown column "Frist name". Did you mean "firstname"?
  line 1: unknown column "Last naem". Did you mean "lastname"?
  line 1: unknown column "Status"
users onboard onboard-misspelt-columns.csv --template rehire-template.yaml --ignore-unknown
  line 1: unknown column "Frist name". Did you mean "firstname"?
  line 1: unknown column "Last naem". Did you mean "lastname"?
  line 2, Status: "Terminated" may mean that they have left
users import two-columns-apart.csv
  line 2, mail: "bo@example.com", but email is "ada.nova@example.com", and both mean email
users import login-without-address.csv
  line 1: unknown column "User name"
  line 1: there is no column email
users import addresses-without-header.txt
  line 1: this line holds data, but the first line must name the columns
users import several-objects.json
  line 1: not one JSON object. Give an array of objects, or one object a line
users import short-rows.csv.gz
  short-rows.csv.gz is compressed with gzip
  hint: Unpack it with gunzip
users import list.pdf
  list.pdf is a PDF
  hint: Export the table as CSV
users import rename-by-external-id.csv
  line 2, externalId: ext-1 is the external id of user1@example.com (US00000000000000000000000000000002). To change the address of that user: --match external-id
users import external-id-of-another.csv
  line 2, externalId: ext-1 is the external id of user1@example.com (US00000000000000000000000000000002)
users import external-id-of-another.csv --match external-id
  line 2, email: user2@example.com is the address of US00000000000000000000000000000003, who has the external id ext-2
users import bulk-rename-by-sid.csv
  line 2, sid: this is the SID of user2@example.com. To change the address of that user: --match id
users deactivate --file contractors-saved-by-excel-us.csv --due today
  line 2, ends: "6/30/2024" is not a day of the form YYYY-MM-DD
  line 3, ends: "12/31/2026" is not a day of the form YYYY-MM-DD
users offboard --file contractors-saved-by-excel-us.csv --due today
  line 2, ends: "6/30/2024" is not a day of the form YYYY-MM-DD
  line 3, ends: "12/31/2026" is not a day of the form YYYY-MM-DD
users offboard --file contractors-saved-by-excel-us.csv --due today --skip-unknown
  line 2, ends: "6/30/2024" is not a day of the form YYYY-MM-DD
  line 3, ends: "12/31/2026" is not a day of the form YYYY-MM-DD
users offboard --file contractors-saved-by-excel-us.csv
  contractors-saved-by-excel-us.csv has a column ends, and without --due it would not be looked at
  hint: To take only users whose last day is over: --due today
`);

const unknown = table(`
users activate --file leavers-one-unknown.txt
  line 2: There is no user nobody@example.com
  hint: add --skip-unknown
users deactivate --file leavers-one-unknown.txt
  line 2: There is no user nobody@example.com
users offboard --file leavers-one-unknown.txt
  line 2: There is no user nobody@example.com
users offboard --file addresses-without-header.txt
  line 1: There is no user ada.nova@example.com
  line 2: There is no user bo@example.com
`);

describe.each([
  [0, plans],
  [3, partial],
])('exit code %i, as the file says:', (exitCode, rows) => {
  test.each(rows)('%s', async (line, expected) => {
    const { hint: _, faults: __, ...result } = await planned(line);
    expect(result).toEqual({ exitCode, said: expected });
  });
});

describe.each([
  [2, refusals],
  [6, unknown],
])('exit code %i, with every fault and without a plan:', (exitCode, rows) => {
  test.each(rows)('%s', async (line, expected) => {
    const result = await planned(line);
    expect({ exitCode: result.exitCode, said: result.said }).toEqual({ exitCode, said: [] });
    const faults = expected.filter((text) => !text.startsWith('hint: '));
    expect(result.faults.map((fault, index) => fault.slice(0, faults[index]?.length))).toEqual(faults);
    const hints = expected.filter((text) => text.startsWith('hint: '));
    for (const hint of hints) expect(result.hint).toContain(hint.slice('hint: '.length));
  });
});

test('every file has a row', () => {
  const words = [plans, partial, refusals, unknown].flat().flatMap(([line]) => line.split(' '));
  expect(files.filter((file) => !words.includes(file))).toEqual([]);
});
