import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'vitest';
import { call, type Env } from './cli.ts';

/** A narrow window, the usual one, half of a large screen, and all of it. */
export const widths = [40, 80, 120, 200] as const;

/** The time on every stored screen. */
export const screenTime = Date.parse('2026-11-26T09:30:00Z');

export interface ScreenOptions {
  env: Env;
  /** The program's clock; `screenTime` by default. */
  now?: () => number;
  /** Replaces what differs between two runs of the test, beside ports and the ends of run names. */
  constant?: (printed: string) => string;
}

/**
 * Runs a command on terminals of four widths, and compares what a person sees with `test/data/screens/NAME.txt`:
 * standard output, then what else it says. `npm run docs` writes these files anew. Checks as well that no line is wider
 * than the terminal, and that colour adds nothing to the text.
 *
 * The command is run eight times, so it must change nothing: show a change with `--dry-run`.
 */
export async function expectScreens(
  name: string,
  args: readonly string[],
  { env, now = () => screenTime, constant = String }: ScreenOptions,
): Promise<void> {
  const screens: string[] = [];
  for (const columns of widths) {
    const printed = async (extra: Env) => {
      const { stdout, stderr } = await call(args, { env: { ...env, ...extra }, columns, now });
      return { stdout: constant(constantNames(stdout)), stderr: constant(constantNames(stderr)) };
    };
    const plain = await printed({ NO_COLOR: '1' });
    const colored = await printed({ FORCE_COLOR: '1' });
    expect(stripVTControlCharacters(colored.stdout)).toBe(plain.stdout);
    const tooWide = plain.stdout.split('\n').filter((line) => columnsOf(line) > columns);
    expect(tooWide, `lines wider than ${columns} columns`).toEqual([]);
    screens.push(`── ${columns} columns ${'─'.repeat(columns - 13)}\n${plain.stdout}${plain.stderr}`);
  }
  const file = fileURLToPath(new URL(`../data/screens/${name}.txt`, import.meta.url));
  await expect(`$ twilio-org ${constant(args.join(' '))}\n\n${screens.join('\n')}`).toMatchFileSnapshot(file);
}

/** Ports and the ends of run names are random. The stored ones have the same length. */
export function constantNames(printed: string): string {
  return printed
    .replace(/(?<=http:\/\/127\.0\.0\.1:)\d{5}\b/g, '40123')
    .replace(/\b(\d{8}-\d{9})-[0-9a-f]{4}\b/g, '$1-1a2b');
}

function columnsOf(line: string): number {
  const wide = line.match(/[\p{Script=Han}\p{Script=Hangul}\p{Script=Katakana}\p{Emoji_Presentation}]/gu);
  return [...line.replaceAll(/\p{M}/gu, '')].length + (wide?.length ?? 0);
}
