import { fill, layOutNotes, wrapPlain } from '../../platform/terminal/plain-prose.ts';
import {
  type ArgSpec,
  argTerms,
  type CommandInfo,
  type Examples,
  type GroupInfo,
  type ProgramInfo,
  verbOf,
} from '../command-info.ts';
import { dashed, type FlagSpecs, flagDescription, flagTerm } from '../flag-spec.ts';
import { topicItems } from './topics.ts';

/** The help of the program, a group or a command, before it is laid out for a width. */
export interface HelpPage {
  usage: string;
  summary: string;
  sections: readonly Section[];
  topics: readonly Item[];
  examples: Examples;
  notes?: string | undefined;
}

interface Section {
  title: string;
  items: readonly Item[];
}

interface Item {
  term: string;
  text: string;
}

/** Columns of a description below which it stands in lines of its own. */
const minDescriptionWidth = 36;

/** Columns of the longest topic, which need not be those of the commands above it. */
const topicWidth = 18;

/**
 * Finds what words name: the program for no words, a group, also by its alias, or a command. Undefined for anything
 * else.
 */
export function helpPage(program: ProgramInfo, words: readonly string[]): HelpPage | undefined {
  const [first, second, ...others] = words;
  if (others.length > 0) return undefined;
  if (first === undefined) return programPage(program);
  const entry = program.entries.find(
    (each) => each.name === first || ('alias' in each && each.alias === first),
  );
  if (entry === undefined) return undefined;
  if (!('commands' in entry)) return second === undefined ? commandPage(program, entry) : undefined;
  if (second === undefined) return groupPage(program, entry);
  const command = entry.commands.find((each) => verbOf(each) === second);
  return command && commandPage(program, command);
}

function programPage({ name, summary, entries, examples }: ProgramInfo): HelpPage {
  const help = { term: 'help [command]', text: 'print the help of a command or a topic' };
  const items = entries.map((entry) => ({ term: entry.name, text: entry.summary }));
  const topics = topicItems().map(({ term, summary: text }) => ({ term, text }));
  return {
    usage: `${name} <command> [flags]`,
    summary,
    sections: [{ title: 'Commands:', items: [...items, help] }],
    topics,
    examples,
  };
}

function groupPage(program: ProgramInfo, { name, summary, commands, examples }: GroupInfo): HelpPage {
  return {
    usage: `${program.name} ${name} <command> [flags]`,
    summary,
    sections: [{ title: 'Commands:', items: commands.map(commandItem) }],
    topics: [],
    examples,
  };
}

/** The page of a command is about its own flags first. */
function commandPage(
  program: ProgramInfo,
  { name, summary, args, flags, examples, notes }: CommandInfo,
): HelpPage {
  const everywhere = Object.entries(program.flags).map(([key, spec]) => [key, flags[key] ?? spec]);
  const own = Object.entries(flags).filter(([key]) => !(key in program.flags));
  const always = [
    { term: '--version', text: 'print the version' },
    { term: '-h, --help', text: 'print this help' },
  ];
  return {
    usage: [program.name, name, ...argTerms(args), '[flags]'].join(' '),
    summary,
    sections: [
      { title: 'Arguments:', items: Object.entries(args).map(argItem) },
      { title: 'Flags:', items: flagItems(Object.fromEntries(own)) },
      { title: 'Flags everywhere:', items: [...flagItems(Object.fromEntries(everywhere)), ...always] },
    ],
    topics: [],
    examples,
    notes,
  };
}

function commandItem(command: CommandInfo): Item {
  return { term: [verbOf(command), ...argTerms(command.args)].join(' '), text: command.summary };
}

function argItem([key, spec]: [string, ArgSpec]): Item {
  return { term: dashed(key), text: withChoices(spec.summary, spec.choices) };
}

function flagItems(flags: FlagSpecs): Item[] {
  return Object.entries(flags).map(([key, spec]) => ({
    term: flagTerm(key, spec),
    text: withChoices(flagDescription(spec), spec.choices),
  }));
}

function withChoices(text: string, choices: readonly string[] | undefined): string {
  if (choices === undefined) return text;
  return `${text} (choices: ${choices.map((choice) => JSON.stringify(choice)).join(', ')})`;
}

/** The text of a page. @param width columns of the terminal that shows it */
export function layOutHelp(
  { usage, summary, sections, topics, examples, notes }: HelpPage,
  width: number,
): string {
  const termWidth = Math.max(0, ...sections.flatMap(({ items }) => items.map(({ term }) => term.length)));
  const filled = sections.filter(({ items }) => items.length > 0);
  const blocks = [
    `Usage: ${usage}`,
    wrap(summary, width),
    ...filled.map(({ title, items }) => [title, ...layOutItems(items, termWidth, width)].join('\n')),
    ...(topics.length === 0 ? [] : [['Help topics:', ...layOutItems(topics, topicWidth, width)].join('\n')]),
    ['Examples:', ...examples.map((line) => `  $ ${line}`)].join('\n'),
    ...(notes === undefined ? [] : [layOutNotes(notes, width)]),
  ];
  return `${blocks.join('\n\n')}\n\n`;
}

function layOutItems(items: readonly Item[], termWidth: number, width: number): string[] {
  const room = width - termWidth - 4;
  return items.map(({ term, text }) => {
    if (room < minDescriptionWidth) return [`  ${term}`, ...wrapPlain(text, width, '      ')].join('\n');
    const indent = ' '.repeat(termWidth + 4);
    return `  ${term.padEnd(termWidth)}  ${wrap(text, room).replaceAll('\n', `\n${indent}`)}`;
  });
}

/** Breaks a text between words, where there is room for more than a few of them. */
function wrap(text: string, width: number): string {
  return width < minDescriptionWidth ? text : fill(text, width).join('\n');
}
