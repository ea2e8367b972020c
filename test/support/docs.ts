import type { Argument, Command, Option } from 'commander';
import { buildTree, type Flag } from '../../src/cli/completion/tree.ts';
import type { Runtime } from '../../src/cli/runtime.ts';
import { entries } from '../../src/commands/index.ts';
import { defaultStore, stores } from '../../src/login/credentials/stores.ts';
import { outputFormats } from '../../src/platform/terminal/formats/index.ts';
import { createProgram } from '../../src/program.ts';

/** Everything that a command says of itself. */
export interface Described {
  command: Command;
  /** The words that call it, such as `twilio-org users list`. */
  name: string;
  /** The lines of its help below "Examples:". */
  examples: string[];
  /** What its help says after them. */
  notes: string;
}

/** The whole command tree, all groups loaded. Nothing of it can be run: it has no process. */
export async function commandTree(): Promise<{ root: Command; described: Described[] }> {
  const { root, load, printed } = createProgram('0.0.0', {} as Runtime);
  for (const { name } of entries) await load(name);
  const describe = (command: Command, before: string): Described[] => {
    const name = `${before}${command.name()}`;
    const start = printed().length;
    command.outputHelp();
    const [, after = ''] = printed().slice(start).split('\nExamples:\n');
    const lines = after.split('\n');
    const examples = lines.flatMap((line) => /^ {2}\$ (.*)$/.exec(line)?.[1] ?? []);
    const notes = lines.slice(examples.length).join('\n').trim();
    return [
      { command, name, examples, notes },
      ...command.commands.flatMap((sub) => describe(sub, `${name} `)),
    ];
  };
  return { root, described: describe(root, '') };
}

const begin = '<!-- From here on written by `npm run docs` out of the command tree. -->';

/** The page as it should be: what is written by hand as it is, then the commands. */
export async function commandPage(page: string): Promise<string> {
  const { root, described } = await commandTree();
  const everywhere = buildTree(root).flags;
  const sections = described.map((one) =>
    one.command === root ? front(root, everywhere) : section(one, everywhere),
  );
  const [byHand = '', ...rest] = page.split(begin);
  if (rest.length !== 1) throw new Error(`docs/commands.md has to hold this line once: ${begin}`);
  return `${withStores(withFormats(byHand))}${[begin, ...sections].join('\n\n')}\n`;
}

/** The page with the formats that there are in its table of formats. */
function withFormats(page: string): string {
  const head = ['`--output`', ''];
  const rows = outputFormats.map(({ name, description }) => [`\`${name}\``, description]);
  return page.replace(/^\| `--output` \| +\|\n(\|.*\n)+/m, () => `${table(head, rows)}\n`);
}

/** The page with the stores that there are in the row of TWILIO_ORG_STORE. */
function withStores(page: string): string {
  const named = stores.map(
    ({ kind, description }) => `\`${kind}\` (${description}${kind === defaultStore ? '; the default' : ''})`,
  );
  return page.replace(
    /^\| `TWILIO_ORG_STORE` \| .* \|$/m,
    () => `| \`TWILIO_ORG_STORE\` | the store that keeps the credentials of a login: ${named.join(' or ')} |`,
  );
}

function front(root: Command, everywhere: readonly Flag[]): string {
  const rows = root.commands.map((command) => [
    `[\`${[command.name(), ...command.aliases()].join('`, `')}\`](#twilio-org-${command.name()})`,
    command.description(),
  ]);
  return [
    '## Commands',
    table(['command', ''], rows),
    '## Flags everywhere',
    defaults,
    flagTable(everywhere),
  ].join('\n\n');
}

const defaults = 'A default, such as (default: 30), is the value without the flag.';

function section({ command, name, examples, notes }: Described, everywhere: readonly Flag[]): string {
  const isKnown = (flag: Flag) => everywhere.some((other) => JSON.stringify(other) === JSON.stringify(flag));
  const own = buildTree(command).flags.filter((flag) => !isKnown(flag));
  const aliases = command.aliases().map((alias) => `\`${alias}\``);
  const depth = name.split(' ').length;
  return [
    `${'#'.repeat(depth)} ${name}`,
    `${command.description()}.${aliases.length > 0 ? ` Also called ${aliases.join(', ')}.` : ''}`,
    ...(command.commands.length > 0 ? [verbs(name, command)] : [usage(command)]),
    ...(command.registeredArguments.length > 0 ? [argumentTable(command.registeredArguments)] : []),
    ...(own.length > 0 && command.commands.length === 0 ? [flagTable(own)] : []),
    fenced('sh', examples),
    ...(notes === '' ? [] : [fenced('text', [notes])]),
  ].join('\n\n');
}

function usage(command: Command): string {
  return fenced('text', [command.createHelp().commandUsage(command)]);
}

function verbs(name: string, command: Command): string {
  const rows = command.commands.map((verb) => [
    `[\`${verb.name()}\`](#${name.replaceAll(' ', '-')}-${verb.name()})`,
    verb.description(),
  ]);
  return table(['verb', ''], rows);
}

function argumentTable(args: readonly Argument[]): string {
  return table(
    ['argument', ''],
    args.map((argument) => [
      `\`${argument.name()}\``,
      withChoices(argument.description, argument.argChoices),
    ]),
  );
}

function flagTable(flags: readonly Flag[]): string {
  const rows = flags.map(({ short, long, value, choices, description }) => [
    `\`${[...(short === undefined ? [] : [short]), long].join(', ')}${value === undefined ? '' : ` <${value}>`}\``,
    withChoices(description, choices),
  ]);
  return table(['flag', ''], rows);
}

function withChoices(description: string, choices: Option['argChoices'] = []): string {
  return choices.length === 0
    ? description
    : `${description}: ${choices.map((each) => `\`${each}\``).join(', ')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/<(?=[^`]*$)/g, '&lt;')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function fenced(language: string, lines: readonly string[]): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n');
}
