// Asks the questions its arguments name, and prints the answers as one line of JSON.
import { AppError } from '../../src/platform/core/errors.ts';
import { loadStyle } from '../../src/platform/terminal/color.ts';
import { createJobControl } from '../../src/platform/terminal/job-control.ts';
import { createPrompts } from '../../src/platform/terminal/prompts.ts';

const abort = new AbortController();
process.on('SIGUSR2', () => abort.abort());

const prompts = createPrompts({
  stdin: process.stdin,
  stderr: process.stderr,
  interactive: true,
  style: await loadStyle(process.env.COLOR === 'yes'),
  plain: process.env.TERM === 'dumb',
  signal: abort.signal,
  job: createJobControl(process),
});

const roles = [
  { name: 'Billing Manager', value: { sid: 'IX1' }, description: 'sees invoices' },
  { name: 'Developer', value: { sid: 'IX2' } },
  { name: 'Evil\u202e\x1b[31m role', value: { sid: 'IX3' }, description: 'a\nb' },
];

const ticked = roles.slice(1, 2).map(({ value }) => value);

const questions: Record<string, () => Promise<unknown>> = {
  text: () =>
    prompts.text({
      message: 'E-mail\x1b[31m',
      flag: '--email',
      validate: (value) => value.includes('@') || `"${value}\x07" is no e-mail address`,
    }),
  default: () => prompts.text({ message: 'Name', flag: '--name', default: 'a\u202eb' }),
  secret: async () => (await prompts.secret({ message: 'Client secret', flag: '--secret' })).reveal(),
  confirm: () => prompts.confirm({ message: 'Delete?' }),
  choose: () => prompts.choose({ message: 'Role', flag: '--role', choices: roles }),
  some: () => prompts.chooseSome({ message: 'Roles', flag: '--roles', choices: roles, chosen: ticked }),
  none: () => prompts.choose({ message: 'Role', flag: '--role', choices: async () => [] }),
};

const answers: unknown[] = [];
try {
  for (const name of process.argv.slice(2)) answers.push(await questions[name]?.());
} catch (error) {
  answers.push(error instanceof AppError ? { kind: error.kind, message: error.message } : String(error));
}
process.stdout.write(`${JSON.stringify(answers)}\n`);
