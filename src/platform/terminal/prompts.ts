import { hasAllWords } from '../core/comparable-text.ts';
import { AppError, usageError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { plainStyle, type Style } from './color.ts';
import { escapeControl } from './escape.ts';
import type { JobControl } from './job-control.ts';
import { TextInput } from './keys.ts';
import type { Question } from './plain-questions.ts';

export interface Choice<T> {
  name: string;
  value: T;
  description?: string | undefined;
}

/** Questions to the user, on stderr. Ctrl-C, the end of input and an aborted signal reject with an AppError `cancelled`. */
export interface Prompts {
  /** True when questions can be asked. Otherwise every question is a usage error that names the flag to pass. */
  readonly interactive: boolean;
  /** The reason why nobody can be asked, if `interactive` is false. */
  readonly whyNot: string;
  /** Resolves to the text without surrounding white space, which pasted text often has. */
  text(question: {
    message: string;
    flag: string;
    default?: string | undefined;
    validate?: ((value: string) => true | string) | undefined;
    /** Returns true when the input may be shown. Other input appears as asterisks and is cleared when it is invalid. */
    mayShow?: ((value: string) => boolean) | undefined;
    /** Ends the question when the answer has arrived in another way. */
    signal?: AbortSignal | undefined;
  }): Promise<string>;
  /** Prompts without echo, and repeats the question after an empty answer. */
  secret(question: {
    message: string;
    flag: string;
    validate?: ((value: string) => true | string) | undefined;
  }): Promise<Secret>;
  /** Enter alone means no, unless `default` is true. */
  confirm(question: { message: string; default?: boolean | undefined }): Promise<boolean>;
  /**
   * Lets the user pick one of a list, which narrows as words are typed, in any case and order. A function is called
   * before the question.
   */
  choose<T>(question: {
    message: string;
    flag: string;
    choices: readonly Choice<T>[] | (() => Promise<readonly Choice<T>[]>);
  }): Promise<T>;
  /**
   * Lets the user pick one or more of a list. The result has the order of the list; those in `chosen` are preselected.
   */
  chooseSome<T>(question: {
    message: string;
    flag: string;
    choices: readonly Choice<T>[];
    chosen?: readonly T[];
  }): Promise<T[]>;
}

export interface PromptsOptions {
  stdin: NodeJS.ReadableStream;
  stderr: NodeJS.WritableStream;
  interactive: boolean;
  /** The reason why nobody can be asked, if `interactive` is false. */
  whyNot?: string;
  /** True when the terminal supports no escape sequences. */
  plain?: boolean;
  style: Style;
  signal: AbortSignal;
  job?: JobControl | undefined;
  /** Called before each question. Returns a function to call after it. */
  onQuestion?: () => () => void;
  /** Called after each answer, which may have taken minutes. */
  onAnswer?: () => void;
}

export function createPrompts(options: PromptsOptions): Prompts {
  const { stderr, interactive, whyNot = 'there is no terminal to ask on', style, signal, job } = options;
  const theme = themeOf(style);

  /** Asks one question; `type` is a question type of inquirer. */
  async function ask(question: Record<string, unknown>, over?: AbortSignal): Promise<unknown> {
    const end = options.onQuestion?.();
    const answer = await read(question, over).finally(end);
    options.onAnswer?.();
    return answer;
  }

  async function read(question: Record<string, unknown>, over?: AbortSignal): Promise<unknown> {
    if (signal.aborted) throw cancelled();
    const { stdin } = options;
    const either = over === undefined ? signal : AbortSignal.any([signal, over]);
    if (options.plain) {
      const { askPlainly } = await import('./plain-questions.ts');
      return askPlainly(question as unknown as Question, { stdin, stderr, signal: either, job });
    }
    const { Drawn, withJobControl } = await import('./question.ts');
    const drawn = new Drawn(stderr);
    const { default: inquirer } = await import('inquirer');
    const closing = new AbortController();
    const text = question.type === 'input' || question.type === 'password' ? new TextInput(stdin) : undefined;
    const module = inquirer.createPromptModule({
      input: (text as unknown as NodeJS.ReadableStream | undefined) ?? stdin,
      output: drawn,
      signal: AbortSignal.any([either, closing.signal]),
    });
    const endJobControl = job && withJobControl(stdin, stderr, drawn, job);
    // At the end of input inquirer stops reading, but its promise never settles.
    const onClosed = (): unknown => setImmediate(() => closing.abort());
    const closed = ['pause', 'end', 'close', 'error'];
    for (const event of closed) stdin.on(event, onClosed);
    try {
      const answers: Record<string, unknown> = await module([
        { theme, ...question, name: 'answer' } as never,
      ]);
      return answers.answer;
    } catch (error) {
      throw isCancelled(error) ? cancelled() : error;
    } finally {
      endJobControl?.();
      for (const event of closed) stdin.off(event, onClosed);
      text?.release();
    }
  }

  function needAnswer(flag: string): void {
    if (interactive) return;
    throw usageError(`${flag} is needed`, `Pass ${flag}: ${whyNot}`);
  }

  return {
    interactive,
    whyNot,
    async text({ message, flag, default: value, validate = () => true, mayShow, signal: over }) {
      needAnswer(flag);
      const shown = value === undefined ? undefined : escapeControl(value);
      const check = (answer: string): true | string => {
        const verdict = validate(answer === shown && value !== undefined ? value : answer.trim());
        return verdict === true || escapeControl(verdict);
      };
      const hidden = mayShow && {
        transformer: (typed: string) => (mayShow(typed) ? typed : '*'.repeat(typed.length)),
        theme: { ...theme, validationFailureMode: 'clear' },
      };
      const question = {
        type: 'input',
        message: escapeControl(message),
        default: shown,
        validate: check,
        ...hidden,
      };
      const answer = await ask(question, over);
      return answer === shown && value !== undefined ? value : String(answer).trim();
    },
    async secret({ message, flag, validate = () => true }) {
      needAnswer(flag);
      const check = (answer: string): true | string => {
        const result = answer.trim() === '' ? 'Type or paste it, then press Enter' : validate(answer);
        return result === true || escapeControl(result);
      };
      const question = {
        type: 'password',
        message: escapeControl(message),
        toggleMask: false,
        validate: check,
      };
      const answer = await ask(question);
      return new Secret(String(answer));
    },
    async confirm({ message, default: value = false }) {
      if (!interactive)
        throw usageError(
          'This change needs confirmation',
          `Pass --yes to go ahead without a question: ${whyNot}`,
        );
      return (await ask({ type: 'confirm', message: escapeControl(message), default: value })) === true;
    },
    async choose({ message, flag, choices }) {
      needAnswer(flag);
      const all = typeof choices === 'function' ? await choices() : choices;
      if (all.length === 0) throw new AppError('not-found', `There is nothing to choose for ${flag}`);
      const shown = all.map(({ name, description }, index) => ({
        name: escapeControl(name),
        value: index,
        ...(description === undefined ? {} : { description: escapeControl(description) }),
      }));
      const source = (typed = '') => {
        const found = shown.filter((choice) => matches(choice, typed));
        return options.plain ? found : found.slice(0, maxFound);
      };
      const hint = typeof choices === 'function' || all.length > fewChoices ? ' (type to search)' : '';
      const index = await ask({ type: 'search', message: `${escapeControl(message)}${hint}`, source });
      const chosen = all[Number(index)];
      if (chosen === undefined) throw cancelled();
      return chosen.value;
    },
    async chooseSome({ message, flag, choices, chosen = [] }) {
      needAnswer(flag);
      const shown = choices.map(({ name, value, description }, index) => ({
        name: escapeControl(name),
        value: index,
        checked: chosen.includes(value),
        ...(description === undefined ? {} : { description: escapeControl(description) }),
      }));
      const question = { type: 'checkbox', message: escapeControl(message), choices: shown };
      const indexes = await ask({ ...question, required: true, loop: false, pageSize: 15 });
      const ticked = Array.isArray(indexes) ? indexes : [];
      return choices.filter((_, index) => ticked.includes(index)).map(({ value }) => value);
    },
  };
}

/** Lists longer than this are worth searching. */
const fewChoices = 7;

/** More than a person scrolls through; drawing thousands at each key would be slow. */
const maxFound = 200;

function cancelled(): AppError {
  return new AppError('cancelled', 'Cancelled');
}

function isCancelled(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
  );
}

function matches(choice: { name: string; description?: string }, typed: string): boolean {
  return hasAllWords([choice.name, choice.description], typed);
}

const asIs = (text: string): string => text;

/** The looks of inquirer's questions. Its own are cyan and blue, which some terminals hide; its green is kept. */
function themeOf(style: Style) {
  const { bold, dim, red } = style;
  const marks =
    style === plainStyle
      ? { prefix: { idle: '?', done: '✔' }, icon: { checked: '◉' } }
      : { prefix: { idle: bold('?') } };
  return {
    ...marks,
    spinner: { interval: 80, frames: ['-', '\\', '|', '/'] },
    style: {
      answer: asIs,
      message: bold,
      error: (text: string) => red(`> ${text}`),
      defaultAnswer: (text: string) => dim(`(${text})`),
      help: dim,
      highlight: bold,
      disabled: dim,
      searchTerm: asIs,
      description: asIs,
      keysHelpTip: (keys: [key: string, action: string][]) =>
        keys.map(([key, action]) => `${bold(key)} ${dim(action)}`).join(', '),
    },
  };
}
