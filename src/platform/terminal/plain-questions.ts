import { AppError } from '../core/errors.ts';
import type { JobControl } from './job-control.ts';

export interface PlainChoice {
  name: string;
  value: number;
  checked?: boolean;
}

/** A question as inquirer takes it. */
export interface Question {
  type: 'input' | 'password' | 'confirm' | 'search' | 'checkbox';
  message: string;
  default?: unknown;
  validate?: (answer: string) => true | string;
  /** Present for a text that is hidden until it is validated. */
  transformer?: unknown;
  choices?: PlainChoice[];
  source?: (typed?: string) => PlainChoice[];
}

export interface PlainTerminal {
  stdin: NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };
  stderr: NodeJS.WritableStream;
  signal: AbortSignal;
  job?: JobControl | undefined;
}

/** Typing a part of the name finds the other choices. */
const maxShown = 20;

/** Asks line by line, without escape sequences, for a dumb terminal. */
export async function askPlainly(question: Question, terminal: PlainTerminal): Promise<unknown> {
  const { type, message, validate = () => true } = question;
  const say = (text: string): void => void terminal.stderr.write(`${text}\n`);
  const read = (prompt: string, hidden = false) => readLine(`? ${prompt} `, hidden, terminal);
  if (type === 'search') return choose(question, read, say);
  if (type === 'checkbox') return tick(question, read, say);
  if (type === 'password' || question.transformer !== undefined) {
    // The input stays hidden while the question is repeated.
    terminal.stdin.setRawMode?.(true);
    try {
      for (;;) {
        const secret = await read(message, true);
        const verdict = validate(secret);
        if (verdict === true) return secret;
        say(`> ${verdict}`);
      }
    } finally {
      terminal.stdin.setRawMode?.(false);
    }
  }
  const known =
    type === 'confirm' ? (question.default ? '(Y/n)' : '(y/N)') : question.default && `(${question.default})`;
  for (;;) {
    const typed = await read([message, known].filter(Boolean).join(' '));
    if (type === 'confirm')
      return typed.trim() === '' ? question.default === true : /^y(es)?$/i.test(typed.trim());
    const answer = typed === '' && question.default !== undefined ? String(question.default) : typed;
    const verdict = validate(answer);
    if (verdict === true) return answer;
    say(`> ${verdict}`);
  }
}

type Read = (prompt: string) => Promise<string>;
type Say = (text: string) => void;

function list(choices: readonly PlainChoice[], say: Say): void {
  for (const [index, { name, checked }] of choices.slice(0, maxShown).entries()) {
    say(`  ${index + 1}) ${checked === undefined ? '' : checked ? '[x] ' : '[ ] '}${name}`);
  }
  if (choices.length > maxShown) say(`  and ${choices.length - maxShown} more`);
}

/** Narrows the list by the typed words, until a number is typed or one choice is left. */
async function choose({ message, source = () => [] }: Question, read: Read, say: Say): Promise<number> {
  let choices = source('');
  for (;;) {
    list(choices, say);
    const typed = (await read(`${message} (number, or a part of the name)`)).trim();
    const byNumber = /^\d+$/.test(typed) ? choices.slice(0, maxShown)[Number(typed) - 1] : undefined;
    const narrowed = source(typed);
    const exact = narrowed.filter(({ name }) => name.toLowerCase() === typed.toLowerCase());
    const found = byNumber ? [byNumber] : exact.length === 1 ? exact : narrowed;
    if (found.length === 1 && found[0] !== undefined) return found[0].value;
    if (found.length === 0) say('> No results');
    else choices = found;
  }
}

/** Enter alone selects the preselected choices. */
async function tick({ message, choices = [] }: Question, read: Read, say: Say): Promise<number[]> {
  for (const [index, { name, checked }] of choices.entries())
    say(`  ${index + 1}) ${checked ? '[x]' : '[ ]'} ${name}`);
  for (;;) {
    const typed = (await read(`${message} (numbers, separated by commas)`)).trim();
    const numbers = typed.split(/[\s,]+/).map(Number);
    const chosen =
      typed === '' ? choices.filter(({ checked }) => checked) : numbers.map((each) => choices[each - 1]);
    if (chosen.includes(undefined)) say('> Type numbers of the list');
    else if (chosen.length === 0) say('> At least one choice must be selected');
    else return chosen.flatMap((choice) => choice?.value ?? []);
  }
}

/** Input beyond the end of a line, kept for the next question. */
const left = new WeakMap<object, string>();

/** Reads a line. A hidden line is read in raw mode, because the terminal would show it otherwise. */
function readLine(
  prompt: string,
  hidden: boolean,
  { stdin, stderr, signal, job }: PlainTerminal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    let ended = false;
    const raw = (on: boolean): void => void (hidden && stdin.setRawMode?.(on));
    const unwatch = job?.watch({
      stops: () => raw(false),
      resumes() {
        raw(false);
        raw(true);
      },
      redraw: () => void stderr.write(prompt),
    });
    function end(error?: Error): void {
      ended = true;
      unwatch?.();
      stdin.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
      signal.removeEventListener('abort', onEnd);
      stdin.pause();
      if (hidden || error) stderr.write('\n');
      if (error) reject(error);
      else resolve(typed);
    }
    function onEnd(): void {
      end(new AppError('cancelled', 'Cancelled'));
    }
    /** Handles one key, and returns true when it ends the line. */
    function take(key: string): boolean {
      if (key === '\r' || key === '\n') end();
      else if (!hidden) typed += key;
      else if (key === '\x03' || (key === '\x04' && typed === '')) onEnd();
      else if (key === '\x1a') job?.suspend();
      else if (key === '\x15') typed = '';
      else if (key === '\x7f' || key === '\b') typed = [...typed].slice(0, -1).join('');
      else if (key >= ' ') typed += key;
      return ended;
    }
    function onData(chunk: Buffer | string): void {
      const keys = [...(left.get(stdin) ?? ''), ...String(chunk)];
      left.delete(stdin);
      const at = keys.findIndex(take);
      if (at >= 0 && at + 1 < keys.length) left.set(stdin, keys.slice(at + 1).join(''));
    }
    stdin.setEncoding('utf8');
    stderr.write(prompt);
    signal.addEventListener('abort', onEnd);
    stdin.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
    stdin.resume();
    if (left.has(stdin)) onData('');
  });
}
