/** Permissions as a policy names them: a single path, or all paths with the same beginning. */
export interface PermissionPattern {
  /** As it is written. */
  text: string;
  /** The path, or the beginning that the paths share. */
  path: string;
  /** True for a pattern with a trailing `*`. */
  isOpen: boolean;
}

/** The part of the wanted permissions that a pattern contains; `unknown` for a pattern of an unpublished form. */
export type Coverage = 'all' | 'part' | 'none' | 'unknown';

/**
 * Reads a pattern of policy format 1, such as `/twilio/messaging/*`.
 *
 * @returns undefined for any other form, because its meaning is not published
 */
export function parsePattern(text: string): PermissionPattern | undefined {
  if (!/^\/[^\s*?[\]{}()|!\\]*\*?$/.test(text)) return undefined;
  const isOpen = text.endsWith('*');
  return { text, path: isOpen ? text.slice(0, -1) : text, isOpen };
}

/** The part of `wanted` that the pattern of a policy contains. */
export function coverageOf(text: string, wanted: PermissionPattern): Coverage {
  const pattern = parsePattern(text);
  if (pattern === undefined) return 'unknown';
  if (pattern.isOpen && wanted.path.startsWith(pattern.path)) return 'all';
  if (!pattern.isOpen && !wanted.isOpen && pattern.path === wanted.path) return 'all';
  return wanted.isOpen && pattern.path.startsWith(wanted.path) ? 'part' : 'none';
}
