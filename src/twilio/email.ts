import { problemWith } from './user-limits.ts';

/** Checks form and length only: no check here can show that an address exists. */
export function isEmail(text: string): true | string {
  return problemWith('email', text) ?? true;
}
