/** A time as the API writes them, such as 2026-01-31T12:00:00Z. */
export function lasting(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
