import { addressKey } from '../../twilio/address.ts';
import { isSid } from '../../twilio/sids.ts';
import { type Columns, type Instead, namesOf } from './columns.ts';
import type { RowError } from './row-errors.ts';

/** True for a text that can name a user: an address, a SID or external:ID. */
export function looksLikeUser(text: string): boolean {
  return text.includes('@') || isSid('US', text) || /^external:./.test(text);
}

/** The addresses in a text, such as a list in JSON. */
export function addressesIn(text: string): string[] {
  return text.match(/[^\s"'[\]{}(),;:<>]+@[^\s"'[\]{}(),;:<>]+/g) ?? [];
}

/** True when two columns for one thing disagree in a row. */
export function differing(name: string, one: string, other: string): boolean {
  if (name === 'active') {
    const [first, second] = [one, other].map((text) => parseYesNo(text.trim()));
    if (first !== undefined && first === second) return false;
  }
  const plain = (text: string) => {
    const same = text.trim().normalize('NFC');
    return name === 'email' || name === 'user' || name === 'active' ? addressKey(same) : same;
  };
  return plain(one) !== plain(other);
}

/** Reads a cell of a column such as `disabled`. A state is left out: below that title, "disabled" means yes. */
export function oppositeOf(text: string): string | undefined {
  if (!/^(true|false|yes|no|y|n|1|0)$/i.test(text)) return undefined;
  return String(!parseYesNo(text));
}

/** Reads a cell that says yes or no, or the state of a user as other systems name it. */
export function parseYesNo(text: string): boolean | undefined {
  if (/^(true|yes|y|1|active|enabled)$/i.test(text)) return true;
  return /^(false|no|n|0|inactive|disabled|suspended|deactivated|deprovisioned|terminated)$/i.test(text)
    ? false
    : undefined;
}

/** A column that nothing uses. */
export interface UnusedColumn {
  title: string;
  slipOf?: string;
  instead?: Instead;
}

/** The errors of columns that nothing uses: one for all of them, and one for each whose meaning is known. */
export function unknownColumns(line: number, unused: readonly UnusedColumn[], columns: Columns): RowError[] {
  const errors: RowError[] = [];
  const unknown: string[] = [];
  for (const { title, slipOf, instead } of unused) {
    if (instead !== undefined) {
      const problem = `"${title}" means ${instead.name} as well, which is read from "${instead.title}" (--map)`;
      errors.push({ line, problem, superfluous: title });
    } else if (slipOf !== undefined) {
      errors.push({ line, problem: `unknown column "${title}". Did you mean "${slipOf}"?`, misspelt: title });
    } else unknown.push(title);
  }
  if (unknown.length === 0) return errors;
  const quoted = unknown.map((title) => `"${title}"`).join(', ');
  const noun = unknown.length === 1 ? 'column' : 'columns';
  const problem = `unknown ${noun} ${quoted}. Known columns: ${namesOf(columns)}`;
  return [...errors, { line, problem, unknown }];
}
