import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { pluralize } from '../../platform/core/text.ts';
import { createAtomicFile } from '../../platform/fs/atomic-write.ts';
import { fsErrorHandler, outputFileHint } from '../../platform/fs/errors.ts';
import { defaultFormats, type FormatName } from '../../platform/terminal/formats/index.ts';
import { createOutput, type View } from '../../platform/terminal/output.ts';
import { accountRow, listedAccounts } from './shared/account-list.ts';

/** The columns that import reads. */
const columns = ['sid', 'name', 'level'];
const view: View = { fields: columns, columns };

export const exportCommand = defineCommand({
  name: 'accounts export',
  summary: 'Export the names of accounts in the format that import reads (CSV by default)',
  args: {
    file: {
      summary:
        'file to write, whose ending may name the format: .csv, .json or .jsonl; without one, standard output',
      optional: true,
    },
  },
  scopes: 'none',
  effect: 'reads',
  examples: ['twilio-org accounts export accounts.csv', 'twilio-org accounts export -o json > accounts.json'],
  notes: `TWILIO_ORG_ACCOUNTS_FILE takes such a file, so that names can be kept in git.
`,
  run: (ctx, { file }) => run(ctx, file),
});

async function run(ctx: Context, file = '-'): Promise<void> {
  const { runtime, flags, spinner } = ctx;
  const pipe = new PassThrough();
  const out = createOutput({
    stdout: file === '-' ? runtime.stdout : pipe,
    env: file === '-' ? runtime.env : {},
    format: flags.output ?? formatOf(file),
    fields: flags.fields,
    query: ctx.query,
    color: false,
    beforeWrite: spinner.clear,
  });
  out.checkFields(view);
  const rows = (await listedAccounts(ctx)).map((account) => {
    const { sid, name, level } = accountRow(account);
    return { sid, name, level };
  });
  if (file === '-') return void (await out.list(view, rows));
  const written = text(pipe);
  await out.list(view, rows);
  pipe.end();
  await write(file, await written);
  ctx.messages.note(`${pluralize(rows.length, 'account')} written to ${file}`);
}

/** The format that the name of a file says. */
function formatOf(file: string): FormatName {
  const endings: Readonly<Record<string, FormatName>> = { '.json': 'json', '.jsonl': 'jsonl' };
  return endings[path.extname(file).toLowerCase()] ?? defaultFormats.file;
}

async function write(file: string, content: string): Promise<void> {
  const { handle, commit, abort } = await createAtomicFile(file, outputFileHint);
  try {
    await handle.writeFile(content);
  } catch (error) {
    await abort();
    fsErrorHandler('write', file, outputFileHint)(error);
  }
  await commit();
}
