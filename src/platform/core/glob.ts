import { comparableText } from './comparable-text.ts';

/** Matches a whole e-mail address or SID against a pattern with `*` and `?`. */
export function glob(pattern: string): (text: string) => boolean {
  const comparable = comparableText(pattern);
  const wanted = [...comparable];
  const afterStars = comparable.slice(comparable.lastIndexOf('*') + 1);
  // Most texts differ from the pattern at their end, such as the domain of an address.
  const end = afterStars.includes('?') ? '' : afterStars;
  return (text) => {
    const own = comparableText(text);
    return own.endsWith(end) && isMatch(wanted, [...own]);
  };
}

/** Takes time in proportion to both lengths; a regular expression could be made to take for ever by a crafted name. */
function isMatch(pattern: readonly string[], text: readonly string[]): boolean {
  let [patternIndex, textIndex] = [0, 0];
  /** The index after the last star, and the end of the text that the star covers so far. */
  let afterStar: number | undefined;
  let starEnd = 0;
  while (textIndex < text.length) {
    const character = pattern[patternIndex];
    if (character === '*') {
      afterStar = ++patternIndex;
      starEnd = textIndex;
    } else if (patternIndex < pattern.length && (character === '?' || character === text[textIndex])) {
      patternIndex += 1;
      textIndex += 1;
    } else if (afterStar !== undefined) {
      patternIndex = afterStar;
      textIndex = ++starEnd;
    } else return false;
  }
  return pattern.slice(patternIndex).every((character) => character === '*');
}
