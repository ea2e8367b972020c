/** The value of `NODE_OPTIONS` that loads a CommonJS file first. Node reads it as words, which quotes hold together. */
export function requiring(file: string): string {
  return `--require "${file.replaceAll(/["\\]/g, '\\$&')}"`;
}
