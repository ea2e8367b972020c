/** An entry of `access` as it is to be written. */
export interface EntryTexts {
  who: string;
  role: string;
  where: string;
  resource?: string | undefined;
  /** YYYY-MM-DD. */
  from?: string | undefined;
  /** YYYY-MM-DD. */
  until?: string | undefined;
  because?: string | undefined;
  /** For people; without line breaks. */
  comment?: string | undefined;
}

/** Texts that are the same with and without quotes, in lists and maps of both styles. */
const plain = /^[\p{L}_][\p{L}\p{N}_@.+:/()&' -]*(?<![: ])$/u;
/** An address may begin with a digit. */
const plainAddress = /^[\p{L}\p{N}_][\p{L}\p{N}_.+'-]*@[\p{L}\p{N}.-]*[\p{L}\p{N}]$/u;
/** Some readers of YAML take these for something other than texts. */
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
/** Characters that an editor does not show as they are. */
const hidden = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Cf}]/gu;

/** A text as a YAML scalar, in quotes where it needs them. */
export function yamlText(text: string): string {
  const isPlain = (plain.test(text) && !/: /.test(text) && !reserved.test(text)) || plainAddress.test(text);
  if (isPlain) return text;
  return JSON.stringify(text).replace(hidden, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** The entry as a map in one line, without its dash. */
export function entryText({ comment, from, until, ...texts }: EntryTexts): string {
  const { who, role, where, resource, because } = texts;
  const members = { who, role, where, resource };
  const parts = [
    ...Object.entries(members).flatMap(([key, value]) =>
      value === undefined ? [] : `${key}: ${yamlText(value)}`,
    ),
    ...(from === undefined ? [] : [`from: ${from}`]),
    ...(until === undefined ? [] : [`until: ${until}`]),
    ...(because === undefined ? [] : [`because: ${yamlText(because)}`]),
  ];
  return `{ ${parts.join(', ')} }`;
}

/** The entry with its comment, without its dash. */
export function commentedEntry(entry: EntryTexts): string {
  return entry.comment === undefined
    ? entryText(entry)
    : `${entryText(entry)} # ${commentText(entry.comment)}`;
}

/** A text as it can stand in a comment: one line of visible characters. */
export function commentText(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').trim();
}

/** A longer list of roles has a line for each. */
const maxLineLength = 120;

/** A line of `owns`, or several. A comment needs a line of its role. */
export function ownsText(
  scope: string,
  roles: readonly { text: string; comment?: string | undefined }[],
): string {
  const list = roles.map(({ text }) => yamlText(text));
  const line = `  - { scope: ${yamlText(scope)}, roles: [${list.join(', ')}] }\n`;
  if (line.length <= maxLineLength && roles.every(({ comment }) => comment === undefined)) return line;
  const lines = roles.map(({ text, comment }) => {
    const after = comment === undefined ? '' : ` # ${commentText(comment)}`;
    return `      - ${yamlText(text)}${after}\n`;
  });
  return `  - scope: ${yamlText(scope)}\n    roles:\n${lines.join('')}`;
}
