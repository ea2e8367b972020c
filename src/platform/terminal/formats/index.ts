import { usageError } from '../../core/errors.ts';
import { findDocumentFormat } from '../documents.ts';
import { csv } from './csv.ts';
import type { OutputFormat } from './format.ts';
import { json } from './json.ts';
import { jsonl } from './jsonl.ts';
import { table } from './table.ts';
import { tsv } from './tsv.ts';

/** Every output format: `-o`, TWILIO_ORG_OUTPUT, help and completion follow from this list. */
export const outputFormats = [table, json, jsonl, csv, tsv] as const;

export type FormatName = (typeof outputFormats)[number]['name'];

export const formatNames: readonly FormatName[] = outputFormats.map(({ name }) => name);

/** The default format by the destination of a result. */
export const defaultFormats = { terminal: 'table', pipe: 'tsv', file: 'csv' } as const satisfies Record<
  string,
  FormatName
>;

export function formatNamed(name: FormatName): OutputFormat<FormatName> {
  return findFormat(name) ?? table;
}

export function findFormat(name: string): OutputFormat<FormatName> | undefined {
  return outputFormats.find((format) => format.name === name);
}

/** The name of a format in a variable. Throws `usage` for another text. */
export function parseFormatName(text: string, variable: string): FormatName {
  const format = findFormat(text);
  if (format !== undefined) return format.name;
  const document = findDocumentFormat(text);
  const only = document === undefined ? '' : `. Only single commands print ${text}: give them -o ${text}`;
  throw usageError(`${variable} is ${text}`, `Set it to one of ${formatNames.join(', ')}${only}`);
}
