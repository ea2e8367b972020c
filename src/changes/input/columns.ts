/** The columns that an input may have. */
export interface Columns {
  /** The program's names, each with its aliases as lower-case letters and digits. */
  names: Readonly<Record<string, readonly string[]>>;
  /** Columns that an input must have. */
  required: readonly string[];
  /** Columns whose blanks at both ends are kept, if they stand within quotes. */
  untrimmed?: readonly string[];
  /** Accepts other columns, under their letters and digits alone. */
  allowUnknown?: boolean;
}

/** Columns of exports and result files that an import does not change. */
const ignored =
  /^(id|line|outcome|sid|reason|schemas|emails(\d\w*)?|meta(resourcetype|created|lastmodified|version|location)?)$/;

/** The program's name of a column, undefined for an ignored one, or the problem with it. */
export function columnOf(text: string, columns: Columns): { name: string | undefined } | { problem: string } {
  const plain = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  for (const [name, aliases] of Object.entries(columns.names)) {
    if (plain === name.toLowerCase().replace(/_/g, '') || aliases.includes(plain)) return { name };
  }
  if (columns.allowUnknown) return { name: plain === '' ? text : plain };
  if (ignored.test(plain)) return { name: undefined };
  return { problem: `unknown column "${text}". Known columns: ${Object.keys(columns.names).join(', ')}` };
}
