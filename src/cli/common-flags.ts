import { defineFlags, type FlagSpec, type FlagSpecs } from './flag-spec.ts';
import { notBlank, parseList, parsePositiveInt } from './flag-values.ts';

/** `--limit` of a list. */
export const listLimit = {
  value: 'n',
  summary: 'show at most this many',
  parse: parsePositiveInt,
} as const satisfies FlagSpec;

/** `--filter` and `--sort` of a list. */
export const selectionFlags = defineFlags({
  filter: {
    value: 'expression',
    summary: "only those that fit, such as 'active = false'; see twilio-org help filters",
    parse: notBlank,
  },
  sort: {
    value: 'fields',
    summary: 'order by these fields; field:desc or -field for the opposite order',
    parse: parseList,
  },
});

/** `--sids` of tables. */
export const sidsFlag = {
  summary: 'show SIDs in a table even where there is little room',
} as const satisfies FlagSpec;

/** `--results` of what works on a file of rows. */
export const resultsFile = {
  value: 'file',
  summary: 'write each input row with its outcome, SID and reason to this CSV file',
} as const satisfies FlagSpec;

/** `--at` of every command that reads the organization. */
export const atFlag = {
  at: {
    value: 'snapshot',
    summary: 'read a snapshot, not Twilio: id, day (2026-03-01, yesterday), last, or directory',
    parse: notBlank,
  },
} as const satisfies FlagSpecs;
