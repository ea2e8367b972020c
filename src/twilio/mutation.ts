import { AppError } from '../platform/core/errors.ts';
import type { ApiRequest, ResponseInfo, Send } from './client.ts';

/** What looking takes: the API, and its origin, which pages of a list do not leave. */
export interface ApiReader {
  send: Send;
  url: string;
}

/** What a look shows of a write whose answer was lost. */
export type Verification<T> =
  | { outcome: 'done'; result: T }
  | { outcome: 'not done' }
  /** Something else is there than what was before or what was wanted. */
  | { outcome: 'ambiguous'; why: string };

/** A change, and how to tell afterwards whether it took effect: Twilio has no ids to send a request twice under. */
export interface Mutation<T> {
  request: ApiRequest;
  /** What the answer stands for. */
  parse(answer: unknown): T;
  /** The error when an answer that can be read shows something else than was asked for. */
  contradiction?(answer: unknown): AppError | undefined;
  verify(api: ApiReader): Promise<Verification<T>>;
  /** Marks a result as that of others: a refusal was the answer, and a look shows that it holds all the same. */
  asFound?(result: T): T;
  /** Warning before the request, when nothing keeps it from overwriting concurrent changes. */
  unprotected?: string | undefined;
  /** The command that shows a person whether it took effect. */
  inspectCommand: string;
  /** Told of each response. */
  onResponse?(response: ResponseInfo): void;
}

/** An answer of success that shows something else than was asked for. */
export function contradictionError(what: string, shownBy: string): AppError {
  return new AppError('failure', `Twilio reports success, but ${what}`, {
    hint: `This shows how it stands: ${shownBy}. If it persists, report it to Twilio support`,
  });
}

/** What deletes is answered with nothing (status 204): an answer that says something may say that it was not done. */
export function parseNothing(answer: unknown): void {
  if (answer !== undefined) throw new AppError('failure', 'It holds something where nothing is to be said');
}
