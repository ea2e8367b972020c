import { type Command, defineCommand } from '../../../cli/command.ts';
import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { openPage } from '../../../cli/open-page.ts';
import {
  type ConsoleGuide,
  consoleGuide,
  type GuideTask,
  grantTypes,
  renderGuide,
} from '../../../login/console/guides.ts';
import { usageError } from '../../../platform/core/errors.ts';
import type { View } from '../../../platform/terminal/output.ts';

const view: View = {
  fields: ['title', 'console', 'grant', 'url', 'steps', 'fields', 'notes'],
  columns: ['title', 'url', 'steps'],
};

const stepView: View = { fields: ['step', 'what'], columns: ['step', 'what'] };

const flags = defineFlags({
  grant: { value: 'grant', summary: 'grant type of the app', choices: grantTypes, default: grantTypes[0] },
  legacy: { summary: 'show the steps for the legacy Console' },
  open: { summary: 'open the page in the browser as well' },
});

/** A verb for a task that only the Console can do: it prints the steps. */
export function guideCommand(task: GuideTask, summary: string): Command {
  const other = isForPersons(task) ? '--legacy' : '--grant client-credentials';
  return defineCommand({
    name: `apps ${task}`,
    summary,
    flags,
    scopes: 'none',
    effect: 'reads',
    examples: [`twilio-org apps ${task} --open`, `twilio-org apps ${task} ${other} -o json`],
    run: (ctx, { flags }) => guide(ctx, task, flags),
  });
}

async function guide(ctx: Context, task: GuideTask, options: FlagsOf<typeof flags>): Promise<void> {
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
