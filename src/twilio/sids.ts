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

/** True for a SID of that kind: the prefix and 32 hexadecimal digits. */
export function isSid(prefix: SidPrefix, text: string): boolean {
  return text.startsWith(prefix) && /^[0-9a-f]{32}$/i.test(text.slice(2));
}
