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
  ['\u2039', 'SINGLE LEFT-POINTING ANGLE QUOTATION MARK'],
  ['\u203a', 'SINGLE RIGHT-POINTING ANGLE QUOTATION MARK'],
  ['\u2060', 'WORD JOINER'],
  ['\u2066', 'LEFT-TO-RIGHT ISOLATE'],
  ['\u2067', 'RIGHT-TO-LEFT ISOLATE'],
  ['\u2068', 'FIRST STRONG ISOLATE'],
  ['\u2069', 'POP DIRECTIONAL ISOLATE'],
  ['\u3000', 'IDEOGRAPHIC SPACE'],
  ['\ufe0f', 'VARIATION SELECTOR-16'],
  ['\ufeff', 'ZERO WIDTH NO-BREAK SPACE'],
  ['\uff20', 'FULLWIDTH COMMERCIAL AT'],
  ['\ufffd', 'REPLACEMENT CHARACTER'],
]);

/**
 * Characters that no address has: control and format characters, blanks, quotation marks, dashes that a text program puts
 * in place of a hyphen, fillers that look like nothing, and what is no character at all. An apostrophe is one: o'neil@….
 */
const impossible =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant alone.
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}\p{Pi}\p{Pf}\u201a\u201e\u2010-\u2015"`\u00b4\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\uff20\ufffd]/u;

/** A character as a message can show it, such as `ZERO WIDTH SPACE (U+200B)`. */
function nameOfCharacter(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return `${characterNames.get(character) ?? kindOfCharacter(character)} (${code})`;
}

function kindOfCharacter(character: string): string {
  if (/\p{Cc}/u.test(character)) return 'a control character';
  if (/\p{Z}/u.test(character)) return 'a blank';
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant alone.
  return /[\p{Cf}\ufe00-\ufe0f\u115f\u1160\u3164\uffa0]/u.test(character)
    ? 'an invisible character'
    : 'a character';
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
  return /^\.|\.\.|\.$/.test(domain) ? `${generic}: its domain has a dot too many` : undefined;
}

/** For questions: true, or the problem. */
export function isEmail(text: string): true | string {
  return emailProblem(text) ?? true;
}

/** The address in the form in which it is sent and compared: composed letters, so that there is one spelling of it. */
export function composedAddress(text: string): string {
  return text.normalize('NFC');
}

/** The same for all spellings of an address: user names are compared in any case (RFC 7643, section 4.1.1). */
export function addressKey(address: string): string {
  return composedAddress(address).toLowerCase();
}
