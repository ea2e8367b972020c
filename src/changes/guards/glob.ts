/** A pattern with `*` and `?`, for the whole of an e-mail address or a SID. */
export function glob(pattern: string): (text: string) => boolean {
  const wanted = charactersOf(pattern);
  return (text) => isMatch(wanted, charactersOf(text));
}

/** Without what only looks different: case, composed letters, and what can't be seen. */
function charactersOf(text: string): string[] {
  const plain = text.normalize('NFKC').replace(/\p{Cf}/gu, '');
  return [...plain.toUpperCase().toLowerCase().normalize('NFKC')];
}

/** Not by a regular expression, which takes for ever when a name is made to fit many stars nearly. */
function isMatch(pattern: readonly string[], text: readonly string[]): boolean {
  let [at, from] = [0, 0];
  /** After the last star, and where what it stands for ends as yet. */
  let star: number | undefined;
  let end = 0;
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = ++at;
      end = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at += 1;
      from += 1;
    } else if (star !== undefined) {
      at = star;
      from = ++end;
    } else return false;
  }
  return pattern.slice(at).every((character) => character === '*');
}
