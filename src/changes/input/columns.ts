import { usageError } from '../../platform/core/errors.ts';
import { isOppositeOfActive } from './leavers.ts';
import { isSlip, plainTitle } from './slips.ts';

/** The columns that an input may have. */
export interface Columns {
  /** The program's names, each with its aliases as lower-case letters and digits. */
  names: Readonly<Record<string, readonly string[]>>;
  /** Aliases that hold only where the values of the column fit: a login is often no e-mail address. */
  logins?: Readonly<Record<string, readonly string[]>>;
  /** Aliases of yes-or-no columns that mean the opposite, such as `Block sign in` of `active`. */
  opposites?: Readonly<Record<string, readonly string[]>>;
  /** Columns that an input must have: all of them, or one of the names in a list. */
  required: readonly (string | readonly string[])[];
  /** Names that only one column may mean: where its cell is empty, another column would stand in for it without a word. */
  single?: readonly string[];
  /** Columns whose texts are kept as they are: blanks at both ends, if they stand within quotes, and words such as NULL. */
  untrimmed?: readonly string[];
  /** Further columns that are used, such as the variables of a template, as lower-case letters and digits. */
  others?: readonly string[];
  /** The column of an input that has one value a line and no header. */
  headerless?: string;
  /** True where rows about people who have left are expected, as in a list of leavers. */
  mayHaveLeft?: boolean;
}

/** The user's instructions about the columns of an input. */
export interface ColumnPolicy {
  /** Columns of the input, and the program's names for them. */
  map?: readonly (readonly [theirs: string, ours: string])[];
  /** Columns to skip; an entry may also be several, divided by commas. */
  ignore?: readonly string[];
  ignoreUnknown?: boolean;
  /** As YYYY-MM-DD. A skipped date that is still to come is no sign that somebody has left. */
  today?: string;
}

/** The use of a column. Of several for one name, the highest `rank` counts. */
export type ColumnUse =
  | { name: string; rank: number; opposite?: true }
  /** Skipped, because it is one of the program's own or because the user says so. */
  | { skipped: 'own' | 'wanted' }
  /**
   * Nothing uses the column. With `slipOf` it is probably a misspelt one; with `instead`, --map reads another column as what this
   * one means.
   */
  | { unused: true; slipOf?: string; instead?: Instead };

/** The column that --map reads as a name, in place of the others of that meaning. */
export interface Instead {
  name: string;
  title: string;
}

export const ranks = { mapped: 2, named: 1, login: 0 } as const;

/** Titles of the e-mail address in exports of other systems. */
export const emailTitles = [
  'mail',
  'emailaddress',
  'primaryemail',
  'primaryemailaddress',
  'workemail',
  'workemailaddress',
  'companyemail',
  'businessemail',
];

/** Titles of the name that somebody signs in with, which may be an address. */
export const loginTitles = [
  'username',
  'user',
  'login',
  'loginname',
  'userlogin',
  'userprincipalname',
  'upn',
];

/** Columns of exports and result files that an import does not change. */
const own =
  /^(id|line|outcome|sid|reason|schemas|emails(\d\w*)?|meta(resourcetype|created|lastmodified|version|location)?)$/;

export function isSameTitle(a: string, b: string): boolean {
  const plain = plainTitle(a);
  return a.trim() === b.trim() || (plain !== '' && plain === plainTitle(b));
}

/** The program's name that a title or a variable stands for, without the title's decoration. */
function find(plain: string, { names, logins = {}, opposites = {}, others = [] }: Columns) {
  if (plain === '') return undefined;
  const among = (aliases: Columns['names']) =>
    Object.entries(aliases).find(([, each]) => each.includes(plain))?.[0];
  const exact = Object.keys(names).find((name) => plainTitle(name) === plain);
  const named = exact ?? among(names) ?? (others.includes(plain) ? plain : undefined);
  if (named !== undefined) return { name: named, rank: ranks.named };
  const login = among(logins);
  if (login !== undefined) return { name: login, rank: ranks.login };
  const opposite = among(opposites);
  return opposite === undefined ? undefined : { name: opposite, rank: ranks.named, opposite: true as const };
}

/** The name by which a variable finds the value of a row. */
export function columnName(variable: string, columns: Columns): string {
  const plain = plainTitle(variable);
  return find(plain, columns)?.name ?? (plain === '' ? variable : plain);
}

/** The spellings of a title that are tried in turn: whole, without decoration, and the attribute in brackets. */
function spellings(title: string): string[] {
  const bare = title
    .replace(/\[[^\]]*\]|\([^)]*\)/g, ' ')
    .replace(/\s(required|optional)\s*$/i, '')
    .replace(/\*/g, '');
  const attribute = /\[\s*([^\]\s]+)\s*\]/.exec(title)?.[1] ?? '';
  return [title, bare, attribute].map(plainTitle).filter((plain) => plain !== '');
}

/** The use of a column by its title. */
export function columnOf(title: string, columns: Columns, policy: ColumnPolicy = {}): ColumnUse {
  const mapped = policy.map?.find(([theirs]) => isSameTitle(theirs, title));
  if (mapped !== undefined) return { ...mappedUse(mapped, columns), rank: ranks.mapped };
  if (isIgnored(title, policy)) return { skipped: 'wanted' };
  const tried = spellings(title);
  for (const plain of tried) {
    const found = find(plain, columns);
    if (found !== undefined) return insteadOf(found, columns, policy) ?? found;
  }
  if (own.test(tried[0] ?? '')) return { skipped: 'own' };
  const isOpposite = isOppositeOfActive(title);
  const slipOf = knownTitles(columns).find(
    (known) =>
      tried.some((plain) => isSlip(plain, plainTitle(known))) && isOppositeOfActive(known) === isOpposite,
  );
  return { unused: true, ...(slipOf === undefined ? {} : { slipOf }) };
}

/**
 * A column of --map replaces all others of its meaning, in every row: where its cell is empty, another column would stand in for it
 * without a word.
 */
function insteadOf(
  { name }: { name: string },
  columns: Columns,
  { map = [] }: ColumnPolicy,
): ColumnUse | undefined {
  const mapped = map.find((pair) => mappedUse(pair, columns).name === name);
  return mapped === undefined ? undefined : { unused: true, instead: { name, title: mapped[0] } };
}

/** True for a title that a flag of the user names. */
export function isInstructed(title: string, policy: ColumnPolicy): boolean {
  return isIgnored(title, policy) || policy.map?.some(([theirs]) => isSameTitle(theirs, title)) === true;
}

function isIgnored(title: string, { ignore = [] }: ColumnPolicy): boolean {
  return ignore.some((entry) => [entry, ...entry.split(',')].some((each) => isSameTitle(each, title)));
}

function knownTitles({ names, logins = {}, opposites = {}, others = [] }: Columns): string[] {
  const aliases = [names, logins, opposites].flatMap((each) => Object.values(each).flat());
  return [...Object.keys(names), ...aliases, ...others];
}

/** @throws usage where the program does not have the column, or where the title says the opposite of it */
function mappedUse([theirs, ours]: readonly [string, string], columns: Columns) {
  const found = find(plainTitle(ours), columns);
  if (found === undefined) {
    throw usageError(
      `--map "${theirs}=${ours}": unknown column "${ours}"`,
      `Known columns: ${namesOf(columns)}. For example: --map "${theirs}=${Object.keys(columns.names)[0]}"`,
    );
  }
  const isOpposite = 'opposite' in found;
  if (found.name !== 'active' || isOpposite === saysOpposite(theirs, columns, isOpposite)) return found;
  const right = `--map "${theirs}=${isOpposite ? 'active' : 'disabled'}"`;
  throw usageError(
    `--map "${theirs}=${ours}": "${theirs}" says the opposite of ${ours}, so those who are to stay would be deactivated`,
    `To read it the other way round: ${right}`,
  );
}

/** True for a title below which a yes means no to `active`. @param otherwise the result for a title that does not tell */
function saysOpposite(title: string, columns: Columns, otherwise: boolean): boolean {
  if (isOppositeOfActive(title)) return true;
  for (const plain of spellings(title)) {
    const found = find(plain, columns);
    if (found?.name === 'active') return 'opposite' in found;
  }
  return otherwise;
}

export function namesOf({ names, opposites = {}, others = [] }: Columns): string {
  const known = Object.keys(names).flatMap((name) =>
    opposites[name]?.includes('disabled') ? [name, 'disabled'] : [name],
  );
  return [...known, ...others].join(', ');
}

/** @throws usage where --map names a column that the program does not have, or that says the opposite */
export function validatePolicy(policy: ColumnPolicy, columns: Columns): void {
  for (const pair of policy.map ?? []) mappedUse(pair, columns);
}
