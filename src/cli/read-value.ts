import type { ArgSpec } from './command-info.ts';
import type { FlagSpec } from './flag-spec.ts';
import { InvalidValue } from './flag-values.ts';
import { ParseError } from './usage-errors/parse-error.ts';

/** Reads a value of the argument or flag. */
export function valueReader(name: string, { choices, parse = String }: FlagSpec | ArgSpec) {
  return (value: string): unknown => {
    if (choices !== undefined && !choices.includes(value))
      throw new ParseError('', { kind: 'bad-choice', name, value, choices });
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      const reason = error.message.replace(/\.$/, '');
      throw new ParseError('', { kind: 'bad-value', name, value, reason });
    }
  };
}
