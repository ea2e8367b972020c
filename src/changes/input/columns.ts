/** The columns that an input may have. */
export interface Columns {
  /** Their names here, each with what else people call it, in small letters alone. */
  names: Readonly<Record<string, readonly string[]>>;
  /** Without these there is nothing to do. */
  required: readonly string[];
  /** Texts that are taken as they are, with blanks at their ends where those stand within quotes. */
  untrimmed?: readonly string[];
  /** Whether there may be others, which are known by their letters and digits alone. */
  allowUnknown?: boolean;
}

/** What exports and result files hold beside, and nobody means to change. */
const ignored =
  /^(id|line|outcome|sid|reason|schemas|emails(\d\w*)?|meta(resourcetype|created|lastmodified|version|location)?)$/;

/** The name here of a column, undefined for one that is ignored, or what is wrong with it. */
export function columnOf(text: string, columns: Columns): { name: string | undefined } | { problem: string } {
  const plain = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  for (const [name, aliases] of Object.entries(columns.names)) {
    if (plain === name.toLowerCase().replace(/_/g, '') || aliases.includes(plain)) return { name };
  }
  if (columns.allowUnknown) return { name: plain === '' ? text : plain };
  if (ignored.test(plain)) return { name: undefined };
  return { problem: `no such column; there are ${Object.keys(columns.names).join(', ')}` };
}
