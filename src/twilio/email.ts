import { problemWith } from './user-limits.ts';

/** Checks form and length: only its owner knows whether an address exists. */
export function isEmail(text: string): true | string {
  return problemWith('email', text) ?? true;
}
