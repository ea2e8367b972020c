/** Error values of spreadsheets, in the languages that they are saved in, and cells too narrow for their value. */
const errorValue =
  /^#[\p{Lu}¡¿/\d_]+[!?]$|^#(n\/a|n\/d|nv|nd|null|spill|calc|getting_data)!?$|^#{3,}$|^err:\d{3}$/iu;
const shortenedNumber = /^-?\d+(?:[.,]\d+)?e[+-]\d+$/i;
/** Such a number without a sign is one only in an id: 1E5 may be a room. */
const shortenedId = /^-?\d(?:[.,]\d+)?e\d{1,3}$/i;
/** Spreadsheets keep 15 digits of a number. */
const roundedId = /^\d{15}0{2,}$/;

/** Words that programs and people write for no value. */
const placeholder =
  /^(?:none|undefined|n\/[ad]|[([<](?:null|none|blank|empty)[)\]>]|\\n|not (?:available|applicable))$/i;
/** Null, Nil and Nan with one capital are names of people. */
const nullWord = /^(?:null|NULL|nil|NIL|nan|NaN|NAN)$/;

/** The problem with a cell such as ="00123", which makes a spreadsheet keep the zeros. */
export const quotedFormula =
  'a cell such as ="00123" is a formula, which makes a spreadsheet keep the zeros: write 00123 alone, and format the column as text';

/** The reason why a cell can't be what somebody has typed: a spreadsheet or a wrong encoding has changed it. */
export function damageIn(cell: string): string | undefined {
  const text = cell.trim();
  if (errorValue.test(text)) return `"${text}" is an error of a spreadsheet, not a value`;
  if (shortenedNumber.test(text)) {
    return `"${text}" is a number that a spreadsheet has shortened: format the column as text, and enter the value again`;
  }
  if (text.includes('\ufffd')) return `"${text}" has lost a letter: save the original as UTF-8`;
  const meant = unmixed(cell);
  return meant === undefined
    ? undefined
    : `"${text}" is UTF-8 that was read in another encoding, and probably means "${meant.trim()}": save the original as UTF-8`;
}

/**
 * The reason why a cell probably is not what somebody meant. A user may have such a value already, and an export then holds it.
 *
 * @param name the program's name of the column
 */
export function suspectIn(cell: string, name: string): string | undefined {
  const text = cell.trim();
  if (placeholder.test(text) || nullWord.test(text)) {
    const surname = /^null$/i.test(text) ? '. As the name of a person, write Null' : '';
    return `"${text}" stands for no value: leave the cell empty${surname}`;
  }
  if (/^=".*"$/.test(text)) return quotedFormula;
  const id = name === 'externalId' ? text : (/^external:(.*)$/.exec(text)?.[1] ?? '');
  const again = 'format the column as text, and enter the id again';
  if (roundedId.test(id)) return `"${id}" is an id whose last digits a spreadsheet has made zeros: ${again}`;
  if (shortenedId.test(id)) return `"${id}" is a number that a spreadsheet has shortened: ${again}`;
  return undefined;
}

/** The characters of Windows-1252 that are not at their place in Latin-1, from byte 0x80 on. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function byteOf(character: string): number {
  const at = windows1252.indexOf(character);
  return at >= 0 ? 0x80 + at : (character.codePointAt(0) ?? 0);
}

function decoded(characters: string): string {
  return new TextDecoder('utf-8').decode(Uint8Array.from([...characters], byteOf));
}

// A character that stands for one of the bytes 0x80 to 0xBF. Few of them are letters, and stand in real names.
const trail = `[\\x80-\\xbf${windows1252}]`;
const mark = `(?![ŠšŒœŽžŸƒªºµ])${trail}`;
/**
 * Latin letters and punctuation as two or three characters. Letters that two characters of a real name in capitals could
 * stand for (DÚŠEK, LÍŠKA, ANDRÉ–MARIE) are left out.
 */
const latin = new RegExp(
  `Â[\\xa0-\\xbf]|Ã${trail}|[ÄÅÆÇ](?![–—])${mark}|È[˜™›\\x98\\x99\\x9b]|(?<=\\p{L})Ì${mark}|(?<=[aA])ÌŠ|[áâãäåæçèéêëìíîï](?:${mark}${trail}|${trail}${mark})|ð[\\x90-\\xbf${windows1252}]${trail}{2}`,
  'u',
);
/** Several letters of another script in a row: Greek, Cyrillic, Hebrew or Arabic. */
const otherScript = new RegExp(`(?:[ÎÏÐÑ×ØÙÚÛ]${trail}){2,}`, 'u');
/** À loses its second half where blanks are trimmed. */
const cut = /(?<=\p{Ll})Ã(?!\p{L})/u;
const anySequence = new RegExp(`[Â-ß]${trail}|[à-ï]${trail}{2}|ð${trail}{3}`, 'gu');

const notAscii = /[\u0080-\uffff]/;

/** The text that UTF-8 was before it was read as Latin-1 or Windows-1252; undefined where it is as it should be. */
function unmixed(text: string): string | undefined {
  // Most cells are ASCII alone, for which the expressions below are slow.
  if (!notAscii.test(text)) return undefined;
  const isMixed =
    latin.test(text) ||
    cut.test(text) ||
    (otherScript.exec(text)?.[0] ?? '').match(new RegExp(mark, 'u')) !== null;
  if (!isMixed) return undefined;
  return text.replace(anySequence, decoded).replace(cut, 'à');
}
