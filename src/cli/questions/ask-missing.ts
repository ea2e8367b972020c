import { throwAll } from '../../organization/combined-errors.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { shellQuote } from '../../platform/core/text.ts';
import type { Choice } from '../../platform/terminal/prompts.ts';
import { isNotListable } from '../../twilio/errors.ts';
import type { AskSpec } from '../ask-spec.ts';
import type { CommandInfo } from '../command-info.ts';
import type { Context } from '../context.ts';
import { longName } from '../flag-spec.ts';
import { type Given, isGiven, type MissingChoice, type MissingValue, missingIn } from './missing.ts';

type Missing = MissingValue | MissingChoice;

/** An answer, and the words that give it on the command line. */
interface Answer {
  value: MissingValue;
  texts: readonly string[];
}

/**
 * Asks for the missing values, adds the answers to those that were given, and shows the command that needs no question.
 *
 * @param args the words of the command line, without the program's name
 * @throws usage, with all questions at once, where there is no terminal to ask on
 */
export async function askMissing(
  ctx: Context,
  command: CommandInfo,
  given: Given,
  missing: readonly Missing[],
  args: readonly string[],
): Promise<void> {
  const hasArguments = Object.keys(command.args).some((key) => isGiven(given[key]));
  const line = (answers: readonly Answer[]) => commandLine(command, args, answers, hasArguments);
  if (!ctx.prompts.interactive) {
    const examples = missing.map((one) => exampleOf('of' in one ? (one.of[0] as MissingValue) : one));
    throw cannotAsk(ctx, missing, line(examples));
  }
  await checkGiven(ctx, command, given);
  const answers: Answer[] = [];
  // An answer may make another value necessary.
  for (let [next] = missing; next !== undefined; [next] = missingIn(command, given)) {
    const round = 'of' in next ? await askOneOf(ctx, next, given) : [await ask(ctx, next, given)];
    for (const answer of round) store(given, answer);
    answers.push(...round);
  }
  const full = line(answers);
  ctx.commandLine = full;
  ctx.messages.note(`To do the same without questions: ${[full, ...consents(ctx, command)].join(' ')}`);
}

/** The flags that answer the questions before a change. */
function consents(ctx: Context, { effect, flags }: CommandInfo): string[] {
  if (effect !== 'removes' && effect !== 'changes') return [];
  const own = Object.entries(flags).filter(([, { isConsent }]) => isConsent);
  return [...(ctx.flags.yes ? [] : ['--yes']), ...own.map(([key, flag]) => longName(key, flag))];
}

function cannotAsk({ prompts, runtime }: Context, missing: readonly Missing[], example: string): AppError {
  const questions = missing.map((one) => ('of' in one ? one.question : specOf(one).question));
  const hint = `For example: ${example}`;
  // A person at a terminal expects the question.
  const isExpected = runtime.stdin.isTTY === true;
  return usageError(
    questions.join(' '),
    isExpected ? `${hint}. No question was asked: ${prompts.whyNot}` : hint,
  );
}

/** Refuses what was typed before the first question: an answer would be lost. */
async function checkGiven(ctx: Context, { args, flags }: CommandInfo, given: Given): Promise<void> {
  const values = [
    ...Object.entries(args).map(([key, { ask }]) => [ask, given[key]] as const),
    ...Object.entries(flags).map(([key, { ask }]) => [ask, given.flags[key]] as const),
  ];
  const texts = values.flatMap(([ask, value]) =>
    [value].flat().flatMap((text) => (typeof text === 'string' ? [{ ask, text }] : [])),
  );
  for (const { ask, text } of texts) if (ask !== undefined) (await checkOf(ctx, ask))(text);
  const errors: AppError[] = [];
  for (const { ask, text } of texts) {
    const find = ask?.find as ((ctx: Context, text: string) => Promise<unknown>) | undefined;
    await find?.(ctx, text).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      // The command itself decides where the login may not look it up.
      if (!isNotListable(error)) errors.push(error);
    });
  }
  throwAll(errors);
}

async function checkOf(ctx: Context, { check, makeCheck }: AskSpec): Promise<(text: string) => unknown> {
  // The type of the parameter would be a circle of imports.
  const make = makeCheck as ((ctx: Context) => Promise<(text: string) => unknown>) | undefined;
  return make === undefined ? (check ?? (() => undefined)) : make(ctx);
}

async function askOneOf(ctx: Context, { question, of }: MissingChoice, given: Given): Promise<Answer[]> {
  const choices = of.map((value) => ({
    name: value.name.replace(/^--/, '').replaceAll('-', ' '),
    value,
    description: value.flag?.summary,
  }));
  const values = await pickSeveral(ctx, { question, name: of.map(({ name }) => name).join(' or '), choices });
  const answers: Answer[] = [];
  for (const value of values) answers.push(await ask(ctx, value, given));
  return answers;
}

async function ask(ctx: Context, value: MissingValue, given: Given): Promise<Answer> {
  const spec = specOf(value);
  const { question, other } = spec;
  if (value.flag !== undefined && value.flag.value === undefined) return { value, texts: [] };
  const choices = await choicesFor(ctx, value, spec, given);
  if (choices === undefined || choices.length === 0) return { value, texts: [await type(ctx, value, spec)] };
  const all = other === undefined ? choices : [...choices, { name: other, value: typed }];
  const picked = value.arg?.variadic
    ? await pickSeveral(ctx, { question, name: value.name, choices: all })
    : [await ctx.prompts.choose({ message: question, flag: value.name, choices: async () => all })];
  const texts: string[] = [];
  for (const text of picked) texts.push(text === typed ? await type(ctx, value, spec) : text);
  return { value, texts };
}

/** Stands for a value that is going to be typed. */
const typed = '\0';

/** Undefined where the values can't be listed. */
async function choicesFor(
  ctx: Context,
  { arg, flag }: MissingValue,
  { choices }: AskSpec,
  given: Given,
): Promise<readonly Choice<string>[] | undefined> {
  const fixed = arg?.choices ?? flag?.choices;
  if (choices === undefined && fixed !== undefined) return fixed.map((value) => ({ name: value, value }));
  try {
    // The types of the parameters would be a circle of imports.
    const list = choices as
      | ((ctx: Context, given: Given) => ReturnType<NonNullable<typeof choices>>)
      | undefined;
    return await list?.(ctx, given);
  } catch (error) {
    if (!isNotListable(error)) throw error;
    ctx.messages.note(`There is no list to pick from: ${(error as Error).message}`);
    return undefined;
  }
}

async function pickSeveral<T>(
  { prompts }: Context,
  { question, name, choices }: { question: string; name: string; choices: readonly Choice<T>[] },
): Promise<T[]> {
  const picked: T[] = [
    await prompts.choose<T>({ message: question, flag: name, choices: async () => choices }),
  ];
  for (;;) {
    const others = choices.filter(({ value }) => !picked.includes(value));
    if (others.length === 0) return picked;
    const enough = { name: 'No more', value: undefined, description: `${picked.length} chosen` };
    const next = await prompts.choose<T | undefined>({
      message: 'Another one?',
      flag: name,
      choices: async () => [enough, ...others],
    });
    if (next === undefined) return picked;
    picked.push(next);
  }
}

async function type(ctx: Context, { name, arg, flag }: MissingValue, spec: AskSpec): Promise<string> {
  const { question } = spec;
  const check = await checkOf(ctx, spec);
  return ctx.prompts.text({
    message: question,
    flag: name,
    validate: (text) => {
      try {
        if (text === '') return `Type a value, such as ${spec.example}`;
        check(text);
        (arg ?? flag)?.parse?.(text);
        return true;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
}

/** The question that the declaration has, or one made of its line of help. */
function specOf({ key, arg, flag }: MissingValue): AskSpec {
  const { ask, summary = '', choices } = arg ?? flag ?? {};
  const noun = (flag?.value ?? key).toLowerCase();
  const question = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`;
  return ask ?? { question, example: choices?.[0] ?? noun.toUpperCase() };
}

function exampleOf(value: MissingValue): Answer {
  const isSwitch = value.flag !== undefined && value.flag.value === undefined;
  return { value, texts: isSwitch ? [] : [specOf(value).example] };
}

function store(given: Given, { value: { key, arg, flag }, texts }: Answer): void {
  const read = (arg ?? flag)?.parse ?? String;
  if (arg !== undefined) given[key] = arg.variadic ? texts.map((text) => read(text)) : read(texts[0] ?? '');
  else if (flag?.value === undefined) given.flags[key] = true;
  else given.flags[key] = flag.repeats ? texts.map((text) => read(text)) : read(texts[0] ?? '');
}

/** The command line with the answers: arguments after the words of the command, where none was given, and flags at the end. */
function commandLine(
  { name }: CommandInfo,
  args: readonly string[],
  answers: readonly Answer[],
  hasArguments: boolean,
): string {
  const positional = answers.filter(({ value }) => value.arg !== undefined).flatMap(({ texts }) => texts);
  const flags = answers.flatMap(({ value, texts }) => {
    if (value.arg !== undefined) return [];
    return texts.length === 0 ? [value.name] : texts.flatMap((text) => [value.name, text]);
  });
  const count = name.split(' ').length;
  const begins = !hasArguments && args.slice(0, count).every((word) => !word.startsWith('-'));
  const at = begins ? count : args.length;
  const words = [...args.slice(0, at), ...positional, ...args.slice(at)];
  // Behind `--` a flag would be an argument.
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return ['twilio-org', ...words.slice(0, end), ...flags, ...words.slice(end)].map(shown).join(' ');
}

function shown(word: string): string {
  return word === 'twilio-org' ? word : shellQuote(word);
}
