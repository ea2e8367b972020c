import type { Style } from './color.ts';

/** The printable parts of a resource: every known dotted path, and what is shown by default. */
export interface View {
  readonly fields: readonly string[];
  /**
   * Paths whose values are more than a text, and the paths inside the entries of a list. `--filter` and `--sort` compare
   * by them.
   */
  readonly kinds?: Readonly<Record<string, FieldKind>>;
  /** Paths of the columns for programs. */
  readonly columns: readonly string[];
  /** Headings of columns in CSV where they are not the paths. */
  readonly headings?: Readonly<Record<string, string>> | undefined;
  /** The same for people; by default, words made of the columns. */
  readonly people?: PeopleView | undefined;
}

/** The kind of a field's value, or of each value in a list. */
export type FieldKind = 'text' | 'time' | 'boolean' | 'number';

export type Look = keyof Style;

/** The words of a cell: one text or several lines; nothing for an empty cell. */
export type Words = string | readonly string[] | null | undefined;

/** A column of a table for people, and a line of a detail view. */
export interface Column<Row = never> {
  readonly heading: string;
  /** The words for a row, or the path of a value that can stand as it is. */
  readonly value: string | ((row: Row, now: number) => Words);
  /** The path of the value that alone decides the words, where many rows have the same: the words are made once for each. */
  readonly by?: string;
  /** Shorter words for a table without room. */
  readonly short?: (row: Row, now: number) => string;
  /** The look of a text. It must not carry information of its own. */
  readonly look?: (text: string) => Look | undefined;
  /** SIDs: the last columns, and the first to be left out where there is no room. */
  readonly isId?: boolean;
  /** May be left out where there is no room, the last one first. */
  readonly isOptional?: boolean;
  /** Takes as many lines as it needs: a part of it, such as some of the roles, would mislead. */
  readonly isWhole?: boolean;
  /** Long words, such as the path of a file, may be cut where there is no room. */
  readonly mayCut?: boolean;
}

/** A view in the words of people. */
export interface PeopleView {
  /** The columns of a table, the most important first. */
  readonly list: readonly Column[];
  /** The lines of a single row; by default the columns. */
  readonly details?: readonly Column[];
  /** True to show SIDs even where there is no room for them. */
  readonly showsIds?: boolean | undefined;
  /** True for a block of lines for each row, whatever the room. */
  readonly isBlocks?: boolean | undefined;
}
