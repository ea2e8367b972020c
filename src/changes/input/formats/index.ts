import { alternatives } from '../../../platform/core/text.ts';
import { csv } from './csv.ts';
import type { InputFormat } from './format.ts';
import { json } from './json.ts';

/** Every input format, in the order in which they are tried. CSV takes any text, so it is the last. */
export const inputFormats: readonly InputFormat[] = [json, csv];

/** Names for messages and help, such as `CSV or JSON`. */
export const inputFormatNames = alternatives(inputFormats.map(({ name }) => name).toSorted());

/** @param head the beginning of an input that is text, and not empty */
export function detectFormat(head: string): InputFormat {
  return inputFormats.find((format) => format.detect(head)) ?? csv;
}
