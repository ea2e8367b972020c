import type { DocumentName } from '../platform/terminal/documents.ts';
import { formatNames } from '../platform/terminal/formats/index.ts';
import { defineFlags, type FlagsOf } from './flag-spec.ts';
import { notBlank, parseList, parseMegabytes, parseSeconds, parseWholeNumber } from './flag-values.ts';

/** The flags of every command, in the order of the help. */
export const globalFlags = defineFlags({
  profile: { value: 'name', summary: 'use this profile', parse: notBlank },
  output: { short: 'o', value: 'format', summary: 'format of the result', choices: formatNames },
  fields: { value: 'list', summary: 'only these columns or JSON members, as dotted paths', parse: parseList },
  query: {
    value: 'expression',
    summary: 'print this JMESPath of the JSON result, in JSON; implies -o json',
    parse: notBlank,
  },
  dryRun: { short: 'n', summary: 'show the requests of a change instead of sending them' },
  yes: { short: 'y', summary: 'skip the question before a change' },
  noInput: { summary: 'never ask a question' },
  quiet: { short: 'q', summary: 'print no notes on stderr' },
  debug: { summary: 'print each request and response on stderr, secrets hidden' },
  color: { negated: true, summary: 'print without colour' },
  pager: { negated: true, summary: 'print a long list without the pager in PAGER' },
  timeout: { value: 'seconds', summary: 'time limit for one request', parse: parseSeconds, default: '30' },
  maxRetries: {
    value: 'n',
    summary: 'retry a request at most this often',
    parse: parseWholeNumber,
    default: '4',
  },
  maxAnswer: {
    value: 'mb',
    summary: 'refuse a response larger than this, in MB',
    parse: parseMegabytes,
    default: '128',
  },
});

/** Flags of some commands that the context and the review of a change look at. */
interface ContextFlags {
  /** The file for the plan, which is then saved instead of run. */
  planOut?: string;
  /** Requests per second. */
  rate?: number;
  /** Seconds. */
  keychainTimeout?: number;
  overrideGuards?: boolean;
  /** The snapshot that the command reads. */
  at?: string;
  accountsApi?: 'preview' | 'none';
}

/** The flags that every command takes; `timeout` in seconds, `maxAnswer` in megabytes, `color` and `pager` false after --no-color and --no-pager. */
export interface Flags extends FlagsOf<typeof globalFlags>, ContextFlags {}

/** `-o` of a command that makes documents as well. It looks at the document in its output, and not at the flag. */
export function outputWithDocuments(documents: readonly DocumentName[]) {
  return { output: { ...globalFlags.output, choices: [...formatNames, ...documents] } };
}
