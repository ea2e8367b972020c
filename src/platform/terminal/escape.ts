/**
 * Characters that a terminal obeys or hides instead of showing: control characters (among them the C1 form of ESC [),
 * direction overrides and marks, zero-width and other invisible characters, line separators, lone surrogates.
 */
const hidden = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`;

/** Sequences in which such a character is part of a visible one: emoji, flags of nations, and variants of a Han character. */
const shown = [
  String.raw`\p{Extended_Pictographic}[\p{EMod}\ufe0e\ufe0f]?(?:\u200d\p{Extended_Pictographic}[\p{EMod}\ufe0f]?)*`,
  String.raw`[0-9#*]\ufe0f\u20e3`,
  String.raw`\p{Script=Han}[\ufe00-\ufe02\u{e0100}-\u{e01ef}]`,
].join('|');

const flags = String.raw`\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}`;

/** Building it takes Node milliseconds, and most texts do without. */
let pattern: RegExp | undefined;
/** ASCII and most letters of Europe, Han, Kana and Hangul, of which nothing is hidden. */
const plainLine =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff\uac00-\ud7a3]*$/;
const plainLines =
  /^[\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff\uac00-\ud7a3]*$/;
const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function replaceHidden(text: string, written: (character: string) => string): string {
  pattern ??= new RegExp(`${flags}|${shown}|(?<hidden>${hidden})`, 'gu');
  return text.replace(pattern, (match: string, character: string | undefined) =>
    character === undefined ? match : written(character),
  );
}

/**
 * Writes out every character that a terminal would obey or hide (`\n`, `\x1b`, `\u202e`). Data can then neither move the
 * cursor, nor forge a second line, nor look like other data. The result is for people: a backslash stays as it is, so
 * it can't be read back.
 */
export function escapeControl(text: string): string {
  if (plainLine.test(text)) return text;
  return replaceHidden(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    if (code > 0xffff) return `\\u{${digits}}`;
    return (
      named[character] ?? (code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`)
    );
  });
}

/** Several texts as {@link escapeControl} writes them: one look at all of them shows whether anything is to be escaped. */
export function escapeAll(texts: readonly string[]): readonly string[] {
  return plainLine.test(texts.join(' ')) ? texts : texts.map(escapeControl);
}

/**
 * JSON text of which a terminal obeys nothing: the same characters as JSON's own escapes. A JSON reader finds exactly
 * the same data. Line breaks between members are left.
 */
export function terminalSafeJson(json: string): string {
  if (plainLines.test(json)) return json;
  return replaceHidden(json, (character) => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * True when a job's log executes commands in its output: GitHub Actions (and compatible runners),
 * Azure Pipelines, TeamCity.
 */
export function isObeyedLog(env: Environment): boolean {
  return Boolean(env.GITHUB_ACTIONS || env.TF_BUILD || env.TEAMCITY_VERSION);
}

/** A line that such a log shows instead of obeying: a command begins with `::` at its start, or with `##[` anywhere. */
export function withoutLogCommands(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1\\x3a').replace(logCommand, '\\x23#');
}

/** The same for JSON text, in which such a thing can only be a part of a string: a reader finds the same data. */
export function jsonWithoutLogCommands(json: string): string {
  return json.replace(logCommand, '\\u0023#');
}

const logCommand = /##(?=\[|vso\[|teamcity\[)/g;
