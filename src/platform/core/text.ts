/** A word as a POSIX shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A text in which each command of this program is for the profile: with another it would show, or change, something else. */
export function forProfile(text: string, profile: string | undefined): string {
  if (!profile || text.includes('--profile')) return text;
  return text.replace(
    /\btwilio-org (?=(?:access|api|apps|auth|doctor|guards|role-assignments|roles|runs|users)\b)/g,
    `twilio-org --profile ${quoted(profile)} `,
  );
}

/** `1 second`, `0.5 seconds`. */
export function secondsOf(ms: number): string {
  return ms === 1000 ? '1 second' : `${ms / 1000} seconds`;
}

/** `1 user`, `2 users`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
