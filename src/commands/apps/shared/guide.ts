import { type Command, Option } from 'commander';
import type { CommandBuilder } from '../../cli/parser.ts';
import type { Context } from '../../cli/context.ts';
import type { Flags } from '../../cli/flags.ts';
import { openPage } from '../../cli/open-page.ts';
import type { GrantType } from '../../login/config/profiles.ts';
import {
  type ConsoleGuide,
  consoleGuide,
  type GuideTask,
  grantTypes,
  renderGuide,
} from '../../login/console/procedures.ts';
import { usageError } from '../../platform/core/errors.ts';
import type { View } from '../../platform/terminal/output.ts';

interface Options extends Flags {
  grant?: GrantType;
  legacy?: boolean;
  open?: boolean;
}

/** The verbs that only the Console can do: each prints how. */
export const guides: readonly { task: GuideTask; description: string }[] = [
  { task: 'create', description: 'How to create an OAuth app in the Console' },
  { task: 'view', description: 'How to see an OAuth app in the Console' },
  { task: 'update', description: 'How to change an OAuth app, or its scopes, in the Console' },
  { task: 'delete', description: 'How to delete an OAuth app in the Console, and what that ends' },
  { task: 'authorized', description: 'How to see in the Console which apps were authorized, and by whom' },
  { task: 'revoke', description: 'How to revoke the access of an authorized app in the Console' },
];

const view: View = {
  fields: ['title', 'console', 'grant', 'url', 'steps', 'fields', 'notes'],
  columns: ['title', 'url', 'steps'],
};

const stepView: View = { fields: ['step', 'what'], columns: ['step', 'what'] };

export function guideCommand(cli: CommandBuilder, { task, description }: (typeof guides)[number]): Command {
  const command = cli
    .command(task, description)
    .addOption(new Option('--grant <grant>', `grant of the app (${grantTypes[0]})`).choices(grantTypes))
    .option('--legacy', 'in the legacy Console')
    .option('--open', 'open the page in the browser as well')
    .action(cli.action((ctx, options: Options) => guide(ctx, task, options)));
  const other = isForPersons(task) ? '--legacy' : '--grant client-credentials';
  return cli.examples(command, [
    `twilio-org apps ${task} --open`,
    `twilio-org apps ${task} ${other} -o json`,
  ]);
}

async function guide(ctx: Context, task: GuideTask, options: Options): Promise<void> {
  ctx.out.checkFields(view);
  const { grant = 'authorization-code', legacy, open } = options;
  if (grant === 'client-credentials' && isForPersons(task)) {
    throw usageError(
      'Only authorization-code apps are authorized by a person: a client-credentials app is not on that list',
      'Its access ends when it is deleted: twilio-org apps delete --grant client-credentials',
    );
  }
  const how = consoleGuide(task, grant, legacy ? 'legacy' : 'present');
  await print(ctx, how);
  if (open) await openPage(ctx, how.url);
}

function isForPersons(task: GuideTask): boolean {
  return task === 'authorized' || task === 'revoke';
}

/** As data, whole; as rows, a row for each step; for people, a text. */
async function print(ctx: Context, how: ConsoleGuide): Promise<void> {
  const { format } = ctx.out;
  if (format.structured || ctx.flags.fields !== undefined) {
    return ctx.out.item(view, how);
  }
  if (format.forPeople) return ctx.out.text(renderGuide(how).join('\n'));
  const fields = how.fields.map(({ name, value }) => ({ step: name, what: value }));
  await ctx.out.list(stepView, [...how.steps.map((what, index) => ({ step: index + 1, what })), ...fields]);
  ctx.messages.note(how.url, ...how.notes);
}
