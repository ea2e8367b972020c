import { type AppError, usageError } from '../../platform/core/errors.ts';

/** A word of a filter. */
export interface Word {
  readonly text: string;
  /** Its place in the filter: an index of its first character. */
  readonly at: number;
  readonly isQuoted: boolean;
}

export const comparisons = ['=', '!=', '<=', '>=', '<', '>'] as const;
export const textTests = ['contains', 'starts with', 'ends with'] as const;

export type Operator = (typeof comparisons)[number] | (typeof textTests)[number];

/** A condition on the value of a field. */
export type Condition =
  | { readonly kind: 'compare'; readonly field: Word; readonly operator: Operator; readonly value: Word }
  | { readonly kind: 'in'; readonly field: Word; readonly values: readonly Word[] }
  | { readonly kind: 'empty'; readonly field: Word };

/** A filter as a tree. `and` and `or` have at least two parts. */
export type Filter =
  | Condition
  | { readonly kind: 'and'; readonly parts: readonly Filter[] }
  | { readonly kind: 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter };

const example = `Write a field, an operator and a value: --filter 'active = false'. All operators: twilio-org help filters`;

/** An error at a place of the filter. @param problem the sentence after the colon */
export function filterError(text: string, at: number, problem: string, hint = example): AppError {
  const place = at < text.length ? `character ${[...text.slice(0, at)].length + 1}` : 'its end';
  return usageError(`--filter is wrong at ${place}: ${problem}`, hint, { text, at });
}
