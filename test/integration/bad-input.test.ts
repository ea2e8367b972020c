import { expect, test } from 'vitest';
import { alternatives } from '../../src/platform/core/text.ts';
import { formatNames } from '../../src/platform/terminal/formats/index.ts';
import { sandboxed, sent } from '../support/cli.ts';

const us = `US${'0'.repeat(32)}`;
const iy = `IY${'0'.repeat(32)}`;
const grant = ['--user', 'a@example.com', '--role', 'Admin', '--scope', 'org'];

test.each<[args: string, message: RegExp]>([
  // Words that are none of the program's
  ['usres list', /^error: Unknown command 'usres'\nDid you mean users list\?\n$/],
  ['users lst', /^error: Unknown command 'lst'\nDid you mean users list\?\n$/],
  ['xyzzy', /^error: Unknown command 'xyzzy'\nTo see all commands: twilio-org --help\n$/],
  ['users list --actve', /^error: Unknown flag '--actve'\nDid you mean --active\?\n$/],
  [
    'users get a@example.com b@example.com',
    /^error: "b@example\.com" is left over: users get takes <user>\n/,
  ],
  // Flags with values that they do not take
  ['users list --limit many', /^error: --limit cannot be "many"\nGive a whole number\n/],
  ['users list --limit -1', /^error: /],
  [
    'users list -o xml',
    new RegExp(`^error: --output cannot be "xml"\n--output takes ${alternatives(formatNames)}\n`),
  ],
  ['users list --timeout 0', /^error: .*--timeout.*\n.*above 0 and up to 86400\n/],
  ['users list --max-retries 1.5', /^error: .*--max-retries.*\n.*whole number\n/],
  ['users list --fields', /^error: --fields needs a value\n/],
  ['users list --fields id,,active', /^error: .*--fields.*\n.*names separated by commas\n/],
  ['users list --active --inactive', /^error: --(in)?active and --(in)?active exclude each other\n/],
  ['users list --profile no/such', /^error: .*no\/such/],
  // Fields nobody knows
  ['users list --fields nmae', /^error: Unknown field "nmae"\nKnown fields: id, userName, .*meta\.version/],
  ['users get a@example.com --fields x,y', /^error: Unknown fields "x", "y"\nKnown fields: id/],
  [
    'users deactivate a@example.com -y --fields x',
    /^error: .*\nKnown fields: id, userName, outcome, reason\n/,
  ],
  ['roles list --fields x', /^error: .*\nKnown fields: sid, friendly_name/],
  ['roles get Admin --fields x', /^error: .*\nKnown fields: sid, friendly_name/],
  ['assignments list --fields x', /^error: .*\nKnown fields: sid, .*user_name, role_name, scope_name\n/],
  [`assignments delete ${iy} -y --fields x`, /^error: .*\nKnown fields: sid, .*outcome, reason\n/],
  ['api GET /scim/v2/Users --fields id', /^error: --fields does not work with api/],
  // SIDs and names
  [
    'users get US123',
    /^error: "US123" is not a user\nIt has 3 of 32 digits\. Give a SID \(US and 32 hexadecimal digits\), an e-mail/,
  ],
  [`users get ${us}0`, /is not a user/],
  [`users get ${iy}`, /is not a user/],
  ['users get external:', /is not a user/],
  ['users deactivate a@example.com nobody -y', /^error: "nobody" is not a user/],
  ['users update US123 --locale fr-FR', /is not a user/],
  [
    `roles get ${us.replace('US', 'IX')}0`,
    /^error: "IX0+" is not a role\nIt has 33 of 32 digits\. Give a SID \(IX and 32 hex/,
  ],
  ['roles get IX0000000000000000000000000000010Z', /is not a role/],
  ['assignments list --user US123', /is not a user/],
  ['assignments list --role IX0123456789', /is not a role/],
  [
    'assignments list --scope AC123',
    /^error: "AC123" is not a scope\nIt has 3 of 32 digits\. Give the SID of the organization \(OR…\)/,
  ],
  [`assignments list --scope ${us}`, /is not a scope/],
  [
    'assignments delete IY123 -y',
    /^error: "IY123" is not a role assignment\nIt has 3 of 32 digits\. Give a SID: IY and 32 hex/,
  ],
  [`assignments delete ${us} -y`, /is not a role assignment/],
  // Missing values, and values that do not fit together
  ['users get', /^error: Which user\?\nFor example: twilio-org users get ada@example\.com\n$/],
  ['users update --locale fr-FR', /^error: Which user\?\nFor example: twilio-org users update ada@/],
  ['users deactivate -y', /^error: Which user\?\nFor example: twilio-org users deactivate ada@/],
  ['users create', /^error: E-mail address\nFor example: twilio-org users create --email ada@/],
  ['users create --email nobody', /^error: --email nobody: this is not an e-mail address\n/],
  [`users create --email ${'a'.repeat(160)}@example.com`, /at most 160 characters/],
  [
    'users create --email a@example.com --user-name b@example.com',
    /differ, and Twilio wants them equal\nPass --email alone/,
  ],
  ['users update a@example.com', /^error: Which field should change\?\n/],
  ['roles get', /^error: Which role\?\nFor example: twilio-org roles get Developer\n$/],
  [
    'assignments create --role Admin --scope org',
    /^error: Which user\?\nFor example: twilio-org assignments create --role Admin --scope org --user ada@example\.com\n$/,
  ],
  [
    'assignments create --user a@example.com --scope org',
    /^error: Which role\?\nFor example: .* --role Developer\n$/,
  ],
  [
    'assignments create --user a@example.com --role Admin',
    /^error: In which scope\?\nFor example: .* --scope org\n$/,
  ],
  [
    `assignments create ${grant.join(' ')} --resource-type billing_group`,
    /^error: --resource-type and --resource-id go together\n/,
  ],
  [`assignments delete ${grant.join(' ')} --resource-id x -y`, /go together/],
  [`assignments delete ${iy} --user a@example.com -y`, /not both/],
  ['api', /^error: Which method\? Which path\?\nFor example: twilio-org api GET \/scim/],
  ['api TRACE /scim/v2/Users', /^error: "TRACE" is not a method\nUse one of GET, POST, PUT, PATCH, DELETE\n/],
  ['api GET scim/v2/Users', /^error: .* is not a path of the API\n/],
  ['api GET https://evil.example/scim/v2/Users', /is not a path of the API/],
  ['api GET //evil.example/scim/v2/Users', /is not a path of the API/],
  ['api POST /scim/v2/Users --paginate', /^error: --paginate only works with GET\n/],
  ['api GET /scim/v2/Users --input x.json', /^error: --input does not work with GET\n/],
  ['api POST /scim/v2/Users --input /no/such/file', /^error: \/no\/such\/file could not be read\n/],
  ['api POST /scim/v2/Users --input -', /^error: standard input is not valid JSON/],
  ['api DELETE /scim/v2/Users/US1', /needs confirmation, but .*\nIn a script add --yes\. Nothing was sent/],
  ['sandbox --fail 2', /^error: .*--fail.*\n.*from 0 to 1\n/],
  ['sandbox --users 0', /^error: The number of users can't be 0\n/],
  ['sandbox --scopes everything', /^error: "everything" is not a scope.*\nThe scopes are: /],
  ['sandbox --redirect-uri nowhere', /^error: nowhere can't be a Redirect URL\n/],
])(
  'the wrong arguments %s are a usage error of two lines at most, and nothing is sent',
  async (args, message) => {
    const { call, sandbox } = await sandboxed({ users: 1 });
    const { stdout, stderr, exitCode } = await call(args.split(' '));
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect({ stdout, exitCode, sent: sent(sandbox) }).toEqual({ stdout: '', exitCode: 2, sent: [] });
  },
);

test.each<[variable: string, value: string, message: RegExp]>([
  ['TWILIO_ORG_API_URL', 'http://iam.example.com', /is http on iam\.example\.com.*\nUse https/],
  ['TWILIO_ORG_API_URL', 'iam.example.com', /^error: TWILIO_ORG_API_URL is not a URL\n/],
  ['TWILIO_ORG_API_URL', 'https://iam.example.com/v2', /holds more than an origin\n/],
  ['TWILIO_ORG_OAUTH_URL', 'http://0.0.0.0', /TWILIO_ORG_OAUTH_URL is http on 0\.0\.0\.0/],
  ['TWILIO_ORG_ORGANIZATION_SID', `AC${'0'.repeat(32)}`, /is not the SID of an organization\nTWILIO_ORG_ORG/],
  ['TWILIO_ORG_OUTPUT', 'xml', /^error: TWILIO_ORG_OUTPUT is xml\nSet it to one of table, json/],
])('the wrong variable %s=%s is a usage error', async (variable, value, message) => {
  const { call } = await sandboxed({ users: 1 });
  const { stderr, exitCode } = await call(['users', 'list'], { env: { [variable]: value } });
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(2);
});

test.each([
  [
    'unknown',
    undefined,
    /The SID of the organization, which "org" stands for, is unknown: TWILIO_ORG_ORGANIZATION_SID is not set\nSet TWILIO_ORG_ORGANIZATION_SID/,
  ],
  ['no SID', 'OR123', /^error: "OR123" is not the SID of an organization\n/],
])('the scope org of an organization that is %s is a usage error', async (_, sid, message) => {
  const { call, sandbox } = await sandboxed({ users: 1 });
  const { stderr, exitCode } = await call(['assignments', 'list', '--scope', 'org'], {
    env: { TWILIO_ORG_ORGANIZATION_SID: sid },
  });
  expect(stderr).toMatch(message);
  expect({ exitCode, sent: sent(sandbox) }).toEqual({ exitCode: 2, sent: [] });
});
