import { shellQuote } from '../platform/core/text.ts';
import { type FlagSpec, type FlagSpecs, longName } from './flag-spec.ts';

/** The flags of a command line with these values, for a further command that needs them as well. */
export function givenFlags(specs: FlagSpecs, values: object): string[] {
  return Object.entries<FlagSpec>(specs).flatMap(([key, spec]) => {
    const value = (values as Readonly<Record<string, unknown>>)[key];
    if (value === undefined || value === false) return [];
    const name = longName(key, spec);
    if (value === true) return name;
    return [value].flat().map((one) => `${name} ${shellQuote(String(one))}`);
  });
}
