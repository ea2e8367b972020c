import { composedAddress } from './address.ts';

const maxLength = 160;

const generic = 'this is not an e-mail address';

/** Names of characters that come along when an address is copied out of a document, a chat or a mail program. */
const characterNames = new Map([
  ['\t', 'TAB'],
  ['\n', 'LINE FEED'],
  ['\r', 'CARRIAGE RETURN'],
  [' ', 'SPACE'],
  ['"', 'QUOTATION MARK'],
  ['`', 'GRAVE ACCENT'],
  ['\u00a0', 'NO-BREAK SPACE'],
  ['\u00ab', 'LEFT-POINTING DOUBLE ANGLE QUOTATION MARK'],
  ['\u00ad', 'SOFT HYPHEN'],
  ['\u00b4', 'ACUTE ACCENT'],
  ['\u00bb', 'RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK'],
  ['\u02bc', 'MODIFIER LETTER APOSTROPHE'],
  ['\u034f', 'COMBINING GRAPHEME JOINER'],
  ['\u061c', 'ARABIC LETTER MARK'],
  ['\u180e', 'MONGOLIAN VOWEL SEPARATOR'],
  ['\u200b', 'ZERO WIDTH SPACE'],
  ['\u200c', 'ZERO WIDTH NON-JOINER'],
  ['\u200d', 'ZERO WIDTH JOINER'],
  ['\u200e', 'LEFT-TO-RIGHT MARK'],
  ['\u200f', 'RIGHT-TO-LEFT MARK'],
  ['\u2010', 'HYPHEN'],
  ['\u2011', 'NON-BREAKING HYPHEN'],
  ['\u2012', 'FIGURE DASH'],
  ['\u2013', 'EN DASH'],
  ['\u2014', 'EM DASH'],
  ['\u2018', 'LEFT SINGLE QUOTATION MARK'],
  ['\u2019', 'RIGHT SINGLE QUOTATION MARK'],
  ['\u201a', 'SINGLE LOW-9 QUOTATION MARK'],
  ['\u201b', 'SINGLE HIGH-REVERSED-9 QUOTATION MARK'],
  ['\u201c', 'LEFT DOUBLE QUOTATION MARK'],
  ['\u201d', 'RIGHT DOUBLE QUOTATION MARK'],
  ['\u201e', 'DOUBLE LOW-9 QUOTATION MARK'],
  ['\u201f', 'DOUBLE HIGH-REVERSED-9 QUOTATION MARK'],
  ['\u2028', 'LINE SEPARATOR'],
  ['\u2029', 'PARAGRAPH SEPARATOR'],
  ['\u202a', 'LEFT-TO-RIGHT EMBEDDING'],
  ['\u202b', 'RIGHT-TO-LEFT EMBEDDING'],
  ['\u202c', 'POP DIRECTIONAL FORMATTING'],
  ['\u202d', 'LEFT-TO-RIGHT OVERRIDE'],
  ['\u202e', 'RIGHT-TO-LEFT OVERRIDE'],
  ['\u202f', 'NARROW NO-BREAK SPACE'],
  ['\u2032', 'PRIME'],
  ['\u2039', 'SINGLE LEFT-POINTING ANGLE QUOTATION MARK'],
  ['\u203a', 'SINGLE RIGHT-POINTING ANGLE QUOTATION MARK'],
  ['\u2060', 'WORD JOINER'],
  ['\u2066', 'LEFT-TO-RIGHT ISOLATE'],
  ['\u2067', 'RIGHT-TO-LEFT ISOLATE'],
  ['\u2068', 'FIRST STRONG ISOLATE'],
  ['\u2069', 'POP DIRECTIONAL ISOLATE'],
  ['\u2212', 'MINUS SIGN'],
  ['\u3000', 'IDEOGRAPHIC SPACE'],
  ['\u3002', 'IDEOGRAPHIC FULL STOP'],
  ['\ufe0f', 'VARIATION SELECTOR-16'],
  ['\ufeff', 'ZERO WIDTH NO-BREAK SPACE'],
  ['\uff20', 'FULLWIDTH COMMERCIAL AT'],
  ['\ufffd', 'REPLACEMENT CHARACTER'],
]);

/**
 * Characters that no address has: control and format characters, blanks, quotation marks, dashes that a text program puts
 * in place of a hyphen, other look-alikes of the signs in addresses, fillers that look like nothing, and what is no character at all. An apostrophe is one: o'neil@….
 */
const impossible =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant alone.
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}\p{Pi}\p{Pf}\u201a\u201e\u2010-\u2015\u02b9-\u02bf\u02c8\u02d7\u2032\u2043\u2212\u3002"`\u00b4\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\uff20\ufffd]/u;

/** A character as a message can show it, such as `ZERO WIDTH SPACE (U+200B)`. */
function nameOfCharacter(character: string): string {
  return `${characterNames.get(character) ?? kindOfCharacter(character)} (${codeOf(character)})`;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function kindOfCharacter(character: string): string {
  if (/\p{Cc}/u.test(character)) return 'a control character';
  if (/\p{Z}/u.test(character)) return 'a blank';
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant alone.
  return /[\p{Cf}\ufe00-\ufe0f\u115f\u1160\u3164\uffa0]/u.test(character)
    ? 'an invisible character'
    : 'a character';
}

/** Scripts that share the shapes of many letters. An address with letters of two of them passes for another address. */
const similarScripts = [
  ['Latin', /\p{scx=Latin}/u],
  ['Cyrillic', /\p{scx=Cyrillic}/u],
  ['Greek', /\p{scx=Greek}/u],
  ['Coptic', /\p{sc=Coptic}/u],
  ['Armenian', /\p{sc=Armenian}/u],
  ['Cherokee', /\p{sc=Cherokee}/u],
  ['Lisu', /\p{sc=Lisu}/u],
] as const;

/** Letters of phonetic notation that look like a and g. */
const phonetic = /[\u0251\u0261]/;

/** The letter by which an address passes for another one, in words. */
function disguisedLetter(address: string): string | undefined {
  // A label of a domain may be in another script than the next: пример.com.
  const [local = '', domain = ''] = address.split('@');
  for (const part of [local, ...domain.split('.')]) {
    const letter = phonetic.exec(part)?.[0];
    if (letter !== undefined) return `a phonetic letter (${codeOf(letter)})`;
    const letters = part.match(/\p{L}/gu) ?? [];
    // Latin comes first of two that are equally many.
    const used = similarScripts
      .map(([script, pattern]) => ({ script, letters: letters.filter((each) => pattern.test(each)) }))
      .filter((each) => each.letters.length > 0)
      .sort((one, other) => other.letters.length - one.letters.length);
    const [most, odd] = [used.at(0), used.at(-1)];
    if (most === undefined || odd === undefined || most === odd) continue;
    const article = /^[AEIOU]/.test(odd.script) ? 'an' : 'a';
    return `${article} ${odd.script} letter among ${most.script} ones (${codeOf(odd.letters[0] ?? '')})`;
  }
  return undefined;
}

/** A character that Unicode takes for another form of others, such as a wide letter or a ligature. */
function otherForm(address: string): string | undefined {
  for (const character of composedAddress(address)) {
    const usual = character.normalize('NFKC');
    // Thai and Lao write a vowel this way.
    if (usual === character || /[\p{sc=Thai}\p{sc=Lao}]/u.test(character)) continue;
    return `another form of "${usual}" (${codeOf(character)})`;
  }
  return undefined;
}

/**
 * Checks the form of an address, and what cannot be in one. No check here can show that an address exists. The problem is
 * worded to follow the name of its column or flag.
 */
export function emailProblem(text: string): string | undefined {
  if ([...text].length > maxLength) return `an e-mail address has at most ${maxLength} characters`;
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0];
  if (scheme !== undefined && text.includes('@')) return `${generic}: leave out "${scheme}"`;
  if (/<[^<>]*@[^<>]*>/.test(text)) {
    return `${generic}: give the address alone, without a name and angle brackets`;
  }
  const character = text.includes('@') || /\uff20/.test(text) ? impossible.exec(text)?.[0] : undefined;
  if (character !== undefined) return `${generic}: it contains ${nameOfCharacter(character)}`;
  if (/@.*[,;].*@/.test(text)) return `${generic}, but several`;
  if (/^'.*'$|^'|'(?=@)|@.*'/.test(text)) return `${generic}: it is in apostrophes`;
  const [, domain = ''] = /^[^\s@<>()[\]\\,;:]+@([^\s@<>()[\]\\,;:]+)$/.exec(text) ?? [];
  if (domain === '') return generic;
  // ASCII has neither. Most addresses are ASCII, and looking at each letter takes most of the time.
  const isAscii = /^[\x20-\x7e]*$/.test(text);
  const form = isAscii ? undefined : otherForm(text);
  if (form !== undefined) return `${generic}: it contains ${form}`;
  const letter = isAscii ? undefined : disguisedLetter(text);
  if (letter !== undefined) return `this looks like another e-mail address: it contains ${letter}`;
  const hasStrayDot = (part: string) => /^\.|\.\.|\.$/.test(part);
  if (hasStrayDot(domain)) return `${generic}: its domain has a dot too many`;
  return hasStrayDot(text.slice(0, text.indexOf('@')))
    ? `${generic}: it has a dot too many before the @`
    : undefined;
}

/** For questions: true, or the problem. */
export function isEmail(text: string): true | string {
  return emailProblem(text) ?? true;
}
