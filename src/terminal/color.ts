type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether to write in colour to this stream: `--no-color` and `NO_COLOR` (no-color.org) forbid it, else `FORCE_COLOR`
 * decides, else it takes a terminal that is neither dumb nor a CI job's.
 */
export function colorWanted(env: Environment, stream: { isTTY?: boolean }, noColorFlag: boolean): boolean {
  if (noColorFlag || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return !isOff(env.FORCE_COLOR);
  if (env.TERM === 'dumb') return false;
  if (env.CI && !isOff(env.CI)) return false;
  return stream.isTTY === true;
}

function isOff(value: string): boolean {
  return value === '0' || value.toLowerCase() === 'false';
}

/** How the parts of a message look. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

const asIs = (text: string): string => text;

/** No colour at all. */
export const plainStyle: Style = { bold: asIs, dim: asIs, red: asIs, yellow: asIs };

/** The style for a stream; chalk is loaded only when there is colour to write. */
export async function loadStyle(color: boolean): Promise<Style> {
  if (!color) return plainStyle;
  const { Chalk } = await import('chalk');
  // Level 1, the 16 colours every terminal has: whether there is colour at all has been decided already.
  return new Chalk({ level: 1 });
}
