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

/** Declares a verb that prints the steps of a task that only the Console can do. */
export function guideCommand(task: GuideTask, summary: string): Command {
  const other = isForPersons(task) ? '--legacy' : '--grant client-credentials';
  return defineCommand({
    name: `apps ${task}`,
    summary,
    flags,
    scopes: 'none',
    effect: 'reads',
    examples: [`twilio-org apps ${task} --open`, `twilio-org apps ${task} ${other} -o json`],
    run: (ctx, { flags }) => showGuide(ctx, task, flags),
  });
}

async function showGuide(ctx: Context, task: GuideTask, options: FlagsOf<typeof flags>): Promise<void> {
  ctx.out.checkFields(view);
  const { grant = 'authorization-code', legacy, open } = options;
  if (grant === 'client-credentials' && isForPersons(task)) {
    throw usageError(
      'Only authorization-code apps are authorized by a person. A client-credentials app is not on that list',
      'To end its access, delete the app: twilio-org apps delete --grant client-credentials',
    );
  }
  const guide = consoleGuide(task, grant, legacy ? 'legacy' : 'present');
  await print(ctx, guide);
  if (open) await openPage(ctx, guide.url);
}

function isForPersons(task: GuideTask): boolean {
  return task === 'authorized' || task === 'revoke';
}

/** Prints the guide: whole as data, one row a step in row formats, as text for people. */
async function print(ctx: Context, guide: ConsoleGuide): Promise<void> {
  const { format } = ctx.out;
  if (format.structured || ctx.flags.fields !== undefined) {
    return ctx.out.item(view, guide);
  }
  if (format.forPeople) return ctx.out.text(renderGuide(guide).join('\n'));
  const fields = guide.fields.map(({ name, value }) => ({ step: name, what: value }));
  await ctx.out.list(stepView, [...guide.steps.map((what, index) => ({ step: index + 1, what })), ...fields]);
  ctx.messages.note(guide.url, ...guide.notes);
}
