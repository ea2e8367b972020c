import { minuteOf } from '../platform/core/time-words.ts';

/** The source of a report. */
interface Source {
  /** SID of the organization; absent where it is not known. */
  organization: string | null | undefined;
  /** Id of the snapshot; absent for what was read live. */
  at: string | null | undefined;
  api_url: string;
  /** The time that the report describes, in ISO 8601. */
  time: string;
}

/** The source of a report, under names that people read. */
export function sourceFacts({ organization, at, api_url, time }: Source): [name: string, value: string][] {
  return [
    ['Organization', organization ?? 'unknown'],
    ['Read from', at == null ? api_url : `snapshot ${at} of ${api_url}`],
    ['State of', `${minuteOf(time)} UTC`],
  ];
}
