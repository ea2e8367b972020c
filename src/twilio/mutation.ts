import { AppError } from '../platform/core/errors.ts';
import type { ApiRequest, ResponseInfo, Send } from './client.ts';

/** Read access to the API. Pages of a list must stay on the origin of `url`. */
export interface ApiReader {
  send: Send;
  url: string;
}

/** Result of verifying a write whose response was lost. */
export type Verification<T> =
  | { outcome: 'done'; result: T }
  | { outcome: 'not done' }
  /** The current state is neither the old nor the wanted one. */
  | { outcome: 'ambiguous'; why: string };

/** A write and its verification, because Twilio has no idempotency keys. */
export interface Mutation<T> {
  request: ApiRequest;
  /** The result that a response stands for. */
  parse(response: unknown): T;
  /** The error when a readable response shows another result than the request asked for. */
  contradiction?(response: unknown): AppError | undefined;
  verify(api: ApiReader): Promise<Verification<T>>;
  /** Marks a result as somebody else's: the request was refused because the result already held. */
  asFound?(result: T): T;
  /** Warning for a request that may overwrite concurrent changes. */
  unprotected?: string | undefined;
  /** Command that shows a person whether it took effect. */
  inspectCommand: string;
  /** Receives each response. */
  onResponse?(response: ResponseInfo): void;
}

/** Error for a successful response that shows another result than the request asked for. */
export function contradictionError(what: string, shownBy: string): AppError {
  return new AppError('failure', `Twilio reports success, but ${what}`, {
    hint: `Check the current state: ${shownBy}. If it persists, report it to Twilio support`,
  });
}

/** Accepts the empty response of a deletion (status 204). A body may say that nothing was deleted. */
export function parseNothing(response: unknown): void {
  if (response !== undefined) throw new AppError('failure', 'The response of a deletion is not empty');
}
