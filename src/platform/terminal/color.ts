import { isOn } from '../core/env.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Decides about colour on this stream. `--no-color` and `NO_COLOR` (no-color.org) forbid it. Otherwise `FORCE_COLOR`
 * decides, then `CLICOLOR_FORCE` and `CLICOLOR` (bixense.com/clicolors). Without any of them, only a terminal that is
 * neither dumb nor a CI job's gets colour.
 */
export function shouldUseColor(env: Environment, stream: { isTTY?: boolean }, noColorFlag: boolean): boolean {
  if (noColorFlag || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return isOn(env.FORCE_COLOR);
  if (isOn(env.CLICOLOR_FORCE)) return true;
  if (env.CLICOLOR && !isOn(env.CLICOLOR)) return false;
  if (env.TERM === 'dumb' || isOn(env.CI)) return false;
  return stream.isTTY === true;
}

/** The looks of the parts of a message. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

const asIs = (text: string): string => text;

/** No colour at all. */
export const plainStyle: Style = { bold: asIs, dim: asIs, red: asIs, green: asIs, yellow: asIs };

/** The style for a stream; chalk is loaded only when there is colour to write. */
export async function loadStyle(color: boolean): Promise<Style> {
  if (!color) return plainStyle;
  const { Chalk } = await import('chalk');
  // Level 1, the 16 colours every terminal has: whether there is colour at all has been decided already.
  return new Chalk({ level: 1 });
}
