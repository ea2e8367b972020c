/** Letters, digits, `_` and `-`, up to 64. `__proto__` is refused: too much of JavaScript treats it as something else. */
export function isValidProfileName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) && value !== '__proto__';
}
