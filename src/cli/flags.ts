import type { FormatName } from '../platform/terminal/formats/index.ts';

/** The flags that every command takes. */
export interface Flags {
  profile?: string;
  output?: FormatName;
  fields?: string[];
  dryRun?: boolean;
  yes?: boolean;
  noInput?: boolean;
  quiet?: boolean;
  debug?: boolean;
  /** False after --no-color. */
  color?: boolean;
  /** Seconds. */
  timeout?: number;
  maxRetries?: number;
  /** Megabytes. */
  maxAnswer?: number;
  /** Where a plan is saved instead of being carried out; of commands that take lists alone. */
  planOut?: string;
  /** Requests a second; of commands that take lists alone. */
  rate?: number;
  /** Seconds; of `auth login` alone. */
  keychainTimeout?: number;
  /** Of what takes access away. */
  overrideGuards?: boolean;
  /** Of `doctor --assumptions` alone. */
  accountsApi?: 'preview' | 'none';
}
