/** The reason why the parser does not take the words of a command line. */
export type ParseProblem =
  | { kind: 'unknown-command'; words: readonly string[] }
  | { kind: 'unknown-flag'; flag: string }
  | { kind: 'left-over'; words: readonly string[] }
  | { kind: 'no-value'; flag: string }
  | { kind: 'bad-value'; name: string; value: string; reason: string }
  | { kind: 'bad-choice'; name: string; value: string; choices: readonly string[] }
  | { kind: 'conflict'; flags: readonly string[] };

/** Words that the parser does not take. `explainParseError` makes an error for people of it. */
export class ParseError extends Error {
  /** The command, group or, if empty, the program that the words were given to: `users list`. */
  readonly command: string;
  readonly problem: ParseProblem;

  constructor(command: string, problem: ParseProblem) {
    super(`${problem.kind}: ${JSON.stringify(problem)}`);
    this.command = command;
    this.problem = problem;
  }
}

/** A value as an error may show it. A secret may have been pasted in the place of another value. */
export function shownValue(flag: string, text: string): string {
  const isForeign = flag === '--client-id' && text.length >= 16 && !/^OQ[0-9a-f]{32}$/i.test(text);
  const holdsSecret = /^SK[0-9a-f]{32}$|^eyJ|:\/\/[^/]*@|:\/\/.*[?#]/i.test(text);
  return isForeign || holdsSecret ? '[hidden]' : `"${text}"`;
}
