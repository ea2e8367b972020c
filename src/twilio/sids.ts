/** The kinds of Twilio's SIDs, by their first two letters. */
export const sidKinds = {
  OR: 'organization',
  AC: 'account',
  US: 'user',
  IX: 'role',
  IY: 'role assignment',
  OQ: 'OAuth app',
} as const;

export type SidPrefix = keyof typeof sidKinds;

const sidLength = 34;

/** True for a SID of that kind: the prefix and 32 hexadecimal digits. */
export function isSid(prefix: SidPrefix, text: string): boolean {
  return text.length === sidLength && text.startsWith(prefix) && /^..[0-9a-f]{32}$/i.test(text);
}

/** Others are passed on as they are: long lists look up the same texts again and again, and a copy would be hashed anew. */
const capitalDigits = /^[A-Za-z]{2}(?=[0-9a-f]*[A-F])[0-9A-Fa-f]{32}$/;

/** The SID as Twilio writes it. Spreadsheets may have put its digits in capitals; other texts stay as they are. */
export function canonicalSid(text: string): string {
  if (text.length !== sidLength || !hasCapitalDigit(text) || !capitalDigits.test(text)) return text;
  return text.slice(0, 2) + text.slice(2).toLowerCase();
}

/** Spares nearly every text the pattern, which takes several times as long. */
function hasCapitalDigit(text: string): boolean {
  for (let at = 2; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 65 && code <= 70) return true;
  }
  return false;
}

/**
 * The mistake in a text that was meant for a SID, as a sentence with a space at its end; empty for any other text.
 *
 * @param wanted the kinds of SID that are taken
 */
export function sidMistake(text: string, ...wanted: readonly SidPrefix[]): string {
  const [, prefix = '', rest = ''] = /^([A-Za-z]{2})([0-9A-Za-z]*)$/.exec(text) ?? [];
  const kind = prefix.toUpperCase();
  if (!/\d/.test(rest) || rest.length < 3 || rest.length > 64) return '';
  const isWanted = wanted.some((each) => each === kind);
  const known = Object.hasOwn(sidKinds, kind) ? sidKinds[kind as SidPrefix] : undefined;
  if (!isWanted && known === undefined) return '';
  const digits = rest.length === 32 ? '' : `it has ${rest.length} of 32 digits`;
  const [foreign] = /[^0-9a-f]/i.exec(rest) ?? [];
  const letter = foreign === undefined ? '' : `"${foreign}" is no hexadecimal digit`;
  const small = prefix === kind || !isWanted ? '' : `it begins with ${kind} in capitals`;
  const what = isWanted ? '' : `that is the SID of ${/^[aeiou]/i.test(known ?? '') ? 'an' : 'a'} ${known}`;
  const mistakes = [what, digits, letter, small].filter(Boolean).join('; ');
  return mistakes === '' ? '' : `${mistakes.charAt(0).toUpperCase()}${mistakes.slice(1)}. `;
}
