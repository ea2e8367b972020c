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

/**
 * All looks of the program. Each can be read on dark and on light terminals, so yellow and cyan are no letters: on white
 * they vanish, as blue does on black. Green is pale on some, so it is for signs and single words.
 */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  /** Black on yellow, for signs and single words. */
  warning(text: string): string;
}

const asIs = (text: string): string => text;

/** No colour at all. */
export const plainStyle: Style = { bold: asIs, dim: asIs, red: asIs, green: asIs, warning: asIs };

/** The style for a stream; chalk is loaded only when there is colour to write. */
export async function loadStyle(color: boolean): Promise<Style> {
  if (!color) return plainStyle;
  const { Chalk } = await import('chalk');
  // Level 1, the 16 colours every terminal has: whether there is colour at all has been decided already.
  const chalk = new Chalk({ level: 1 });
  // chalk joins all arguments, and some callers, such as inquirer, pass more than the text.
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    warning: (text) => chalk.black.bgYellow(text),
  };
}
