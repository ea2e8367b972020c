import { detailText } from '../../changes/plan/describe.ts';
import type { ChangeDetail } from '../../changes/plan/kinds/change-kind.ts';
import type { PersonChanges } from '../../changes/plan/people.ts';
import type { Style } from '../../platform/terminal/color.ts';
import { escapeControl } from '../../platform/terminal/escape.ts';
import { type Measure, wrap } from '../../platform/terminal/text-width.ts';

/** The terminal that a plan is written for. */
export interface PlanLook {
  style: Style;
  /** Columns of the terminal; undefined where a line may have any length. */
  width: number | undefined;
  measure: Measure;
}

const indent = '  ';

/** Removals come first, where they are seen. */
const order = ['-', '~', '+'] as const;

/**
 * The changes of one person: the address and the name, then a line for each change. Each line begins with a sign, so that it says
 * the same without colour: `-` takes access away, `+` gives it, `~` changes, `=` stays, `!` warns.
 */
export function personLines(person: PersonChanges, look: PlanLook): string[] {
  const { style } = look;
  const byPart = new Map(person.details.map((detail) => [`${detail.sign}${detailText(detail)}`, detail]));
  const details = order.flatMap((sign) => [...byPart.values()].filter((detail) => detail.sign === sign));
  return [
    ...heading(person, look),
    ...details.flatMap((detail) => signed(detail.sign, withReason(detail), paintOf(detail, style), look)),
    ...unique(person.notes).flatMap((note) => signed('=', note, { sign: style.dim, text: style.dim }, look)),
    ...unique(person.warnings).flatMap((warning) => signed('!', warning, { sign: style.warning }, look)),
  ];
}

function withReason(detail: ChangeDetail): string {
  return detail.why === undefined ? detailText(detail) : `${detailText(detail)} (${detail.why})`;
}

function heading({ who, name, lines }: PersonChanges, look: PlanLook): string[] {
  const { style } = look;
  const address = escapeControl(who);
  const where = lines.length === 0 ? '' : `(line${lines.length === 1 ? '' : 's'} ${lines.join(', ')})`;
  const rest = [escapeControl(name ?? ''), where].filter(Boolean).join('  ');
  const isShort = look.width === undefined || look.measure(`${indent}${address}  ${rest}`) <= look.width;
  if (isShort) return [`${indent}${style.bold(address)}${rest === '' ? '' : `  ${rest}`}`];
  return [
    ...wrapped(address, indent, indent, look).map((line) => style.bold(line)),
    ...wrapped(rest, `${indent}${indent}`, `${indent}${indent}`, look),
  ];
}

/** The looks of a line. Without one, the colour of the terminal, in which sentences are easiest to read. */
interface Paint {
  sign?: (text: string) => string;
  text?: (text: string) => string;
}

function paintOf({ sign }: ChangeDetail, { red, green }: Style): Paint {
  if (sign === '-') return { sign: red, text: red };
  return sign === '+' ? { sign: green } : {};
}

function signed(sign: string, text: string, paint: Paint, look: PlanLook): string[] {
  const first = `${indent}${indent}${sign} `;
  const blank = ' '.repeat(first.length);
  const { sign: paintSign = String, text: paintText = String } = paint;
  return wrapped(escapeControl(text), '', blank, look).map((line, index) =>
    index === 0
      ? `${indent}${indent}${paintSign(sign)} ${paintText(line)}`
      : `${blank}${paintText(line.slice(blank.length))}`,
  );
}

/** The text in lines that fit, each with its indentation. */
export function wrapped(text: string, first: string, others: string, { width, measure }: PlanLook): string[] {
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(10, width - others.length);
  return wrap(text, room, measure).map((line, index) => `${index === 0 ? first : others}${line}`);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
