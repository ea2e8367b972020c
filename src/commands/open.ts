import { defineCommand } from '../cli/command.ts';
import type { Context } from '../cli/context.ts';
import { defineFlags, type FlagsOf } from '../cli/flag-spec.ts';
import { openPage } from '../cli/open-page.ts';
import { askUser } from '../cli/questions/asks.ts';
import { type ConsolePage, consolePage, type PageName, pageNames, userPage } from '../login/console/pages.ts';
import { parseUserReference } from '../organization/references.ts';
import { isOn } from '../platform/core/env.ts';
import { usageError } from '../platform/core/errors.ts';
import type { View } from '../platform/terminal/output.ts';

const view: View = { fields: ['page', 'url', 'next'], columns: ['url'] };

const flags = defineFlags({
  browser: { negated: true, summary: 'print the address instead of opening it' },
  legacy: { summary: 'open the page of the legacy Console' },
});

export const openCommand = defineCommand({
  name: 'open',
  summary: "Open a page of Twilio's Console in the browser",
  args: {
    page: {
      summary: `the page: ${pageNames.join(', ')}`,
      choices: pageNames,
      ask: { question: 'Which page?', example: 'users', choices: async () => pageChoices },
    },
    user: {
      summary: 'for the page user: SID, e-mail address or external:ID',
      optional: true,
      ask: askUser(),
    },
  },
  flags,
  oneOf: [{ of: ['user'], when: ({ page }) => page === 'user' }],
  scopes: { 'managed-users/list': ['to name the user by external:ID, or to pick one'] },
  effect: 'reads',
  readsPresent: true,
  examples: [
    'twilio-org open user ada@example.com',
    'twilio-org open authorized-apps',
    'twilio-org open roles --no-browser',
  ],
  notes: `Outside a terminal, with --no-browser or with -o, it prints the address. The Console
has no known address for a single user, role or app: the nearest page opens, and the
program says what to do there.
`,
  run: (ctx, { page, user, flags }) => open(ctx, page, user, flags),
});

const pageChoices: { name: string; value: PageName; description: string }[] = [
  { name: 'users', value: 'users', description: 'all users, and their roles' },
  { name: 'user', value: 'user', description: 'one user' },
  { name: 'roles', value: 'roles', description: 'who has which role' },
  { name: 'app', value: 'app', description: 'the OAuth apps of the organization' },
  { name: 'authorized-apps', value: 'authorized-apps', description: 'the apps that a person approved' },
];

async function open(
  ctx: Context,
  name: PageName,
  user: string | undefined,
  { browser = true, legacy }: FlagsOf<typeof flags>,
): Promise<void> {
  ctx.out.checkFields(view);
  if (user !== undefined && name !== 'user') {
    throw usageError(`The page ${name} takes no user`, `For a user: twilio-org open user ${user}`);
  }
  const version = legacy ? 'legacy' : 'present';
  const found = name === 'user' ? userPage(await searchText(ctx, user), version) : consolePage(name, version);
  const isOpen = browser && isDesktop(ctx) && (await openPage(ctx, found.url));
  if (!isOpen) await print(ctx, name, found);
  if (found.next !== undefined && !ctx.out.format.structured) ctx.messages.note(`${found.next}.`);
}

/** A text that the Console's search of users finds: the e-mail address or the SID. */
async function searchText(ctx: Context, user = ''): Promise<string> {
  const reference = parseUserReference(user);
  if ('userName' in reference) return reference.userName;
  if ('id' in reference) return reference.id;
  const { users } = await ctx.organization();
  return (await users.get(reference)).userName;
}

/** True where a person sees both streams, and asked for no format. */
function isDesktop({ runtime, flags, env }: Context): boolean {
  const isShown = runtime.stdout.isTTY === true && runtime.stderr.isTTY === true;
  return isShown && !isOn(env.CI) && flags.output === undefined && flags.fields === undefined;
}

async function print(ctx: Context, name: PageName, { url, next }: ConsolePage): Promise<void> {
  if (ctx.out.format.forPeople && ctx.flags.fields === undefined) return ctx.out.text(url);
  await ctx.out.item(view, { page: name, url, ...(next === undefined ? {} : { next }) });
}
