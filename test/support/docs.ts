import {
  type ArgSpecs,
  argTerms,
  type CommandInfo,
  commandsOf,
  type GroupInfo,
} from '../../src/cli/command-info.ts';
import { type Flag, flagsOf } from '../../src/cli/completion/tree.ts';
import { dashed } from '../../src/cli/flag-spec.ts';
import { globalFlags } from '../../src/cli/flags.ts';
import { documentFormats } from '../../src/platform/terminal/documents.ts';
import { outputFormats } from '../../src/platform/terminal/formats/index.ts';
import { programInfo } from '../../src/program.ts';

const begin = '<!-- From here on written by `npm run docs` out of the declarations of the commands. -->';

/** The page as it should be: what is written by hand as it is, then the commands. */
export async function commandPage(page: string): Promise<string> {
  const program = await programInfo();
  const { entries } = program;
  const sections = entries.flatMap((entry) =>
    'commands' in entry
      ? [groupSection(entry), ...entry.commands.map(commandSection)]
      : [commandSection(entry)],
  );
  const [byHand = '', ...rest] = page.split(begin);
  if (rest.length !== 1) throw new Error(`docs/commands.md has to hold this line once: ${begin}`);
  return `${withDocuments(withFormats(byHand), commandsOf(program))}${[begin, front(entries), ...sections].join('\n\n')}\n`;
}

/** The page with the formats that there are in its table of formats. */
function withFormats(page: string): string {
  const head = ['`--output`', ''];
  const rows = outputFormats.map(({ name, description }) => [`\`${name}\``, description]);
  return page.replace(/^\| `--output` \| +\|\n(\|.*\n)+/m, () => `${table(head, rows)}\n`);
}

/** The page with the documents that there are, and the commands that print them. */
function withDocuments(page: string, commands: readonly CommandInfo[]): string {
  const rows = documentFormats.map(({ name, description }) => {
    const printers = commands.filter(({ documents }) => documents?.includes(name));
    return [`\`${name}\``, printers.map((command) => `\`${command.name}\``).join(', '), description];
  });
  const head = ['`--output`', 'of', ''];
  return page.replace(/^\| `--output` \| of \| +\|\n(\|.*\n)+/m, () => `${table(head, rows)}\n`);
}

function front(entries: readonly (GroupInfo | CommandInfo)[]): string {
  const rows = entries.map((entry) => {
    const names = [entry.name, ...('alias' in entry ? [entry.alias] : [])];
    return [`[\`${names.join('`, `')}\`](#twilio-org-${entry.name})`, entry.summary];
  });
  return [
    '## Commands',
    table(['command', ''], rows),
    '## Flags everywhere',
    defaults,
    flagTable(everywhere),
  ].join('\n\n');
}

const defaults = 'A default, such as (default: 30), is the value without the flag.';
const everywhere = flagsOf(globalFlags);

function groupSection({ name, alias, summary, commands, examples }: GroupInfo): string {
  const verbs = commands.map((command) => {
    const verb = command.name.slice(name.length + 1);
    return [`[\`${verb}\`](#twilio-org-${command.name.replaceAll(' ', '-')})`, command.summary];
  });
  return [
    `## twilio-org ${name}`,
    `${summary}.${alias === undefined ? '' : ` Also called \`${alias}\`.`}`,
    table(['verb', ''], verbs),
    fenced('sh', examples),
  ].join('\n\n');
}

function commandSection({ name, summary, args, flags, examples, notes }: CommandInfo): string {
  const isKnown = (flag: Flag) => everywhere.some((other) => JSON.stringify(other) === JSON.stringify(flag));
  const own = flagsOf(globalFlags, flags).filter((flag) => !isKnown(flag));
  const depth = name.split(' ').length + 1;
  return [
    `${'#'.repeat(depth)} twilio-org ${name}`,
    `${summary}.`,
    fenced('text', [['twilio-org', name, ...argTerms(args), '[flags]'].join(' ')]),
    ...(Object.keys(args).length > 0 ? [argumentTable(args)] : []),
    ...(own.length > 0 ? [flagTable(own)] : []),
    fenced('sh', examples),
    ...(notes === undefined ? [] : [fenced('text', [notes.trim()])]),
  ].join('\n\n');
}

function argumentTable(args: ArgSpecs): string {
  const rows = Object.entries(args).map(([key, { summary, choices }]) => [
    `\`${dashed(key)}\``,
    withChoices(summary, choices),
  ]);
  return table(['argument', ''], rows);
}

function flagTable(flags: readonly Flag[]): string {
  const rows = flags.map(({ short, long, value, choices, description }) => [
    `\`${[...(short === undefined ? [] : [short]), long].join(', ')}${value === undefined ? '' : ` <${value}>`}\``,
    withChoices(description, choices),
  ]);
  return table(['flag', ''], rows);
}

function withChoices(description: string, choices: readonly string[] = []): string {
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
