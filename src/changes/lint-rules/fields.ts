import type { ParsedNode } from 'yaml';
import { isUserPattern } from '../../login/config/schema.ts';
import { type Severity, severities } from '../../organization/lint/finding.ts';
import type { PersonPattern } from '../../organization/lint/policy.ts';
import { parsePattern } from '../../organization/permissions/pattern.ts';
import {
  type KnownScopes,
  parseRoleReference,
  parseUserReference,
  resolveScope,
} from '../../organization/references.ts';
import { isCalendarDay } from '../../platform/core/calendar.ts';
import { AppError } from '../../platform/core/errors.ts';
import { similarTo } from '../../platform/core/similar.ts';
import { alternatives } from '../../platform/core/text.ts';
import type { Located, Position } from '../declared/model.ts';
import { located, type YamlReader } from '../declared/yaml-reader.ts';
import type { WrittenAbility } from './model.ts';

export type Node = ParsedNode | null;

/** The members of a map with known keys, at the place where it begins. */
export interface Entry<K extends string> {
  at: Position;
  members: Map<K, { key: Position; value: Node }>;
}

/** Reads the fields that entries of a file of rules have in common. Undefined, and a problem, for a wrong one. */
export class FieldReader {
  readonly reader: YamlReader;
  readonly #scopes: KnownScopes;

  constructor(reader: YamlReader, scopes: KnownScopes) {
    this.reader = reader;
    this.#scopes = scopes;
  }

  /** Refuses what must be there and is missing. */
  require<K extends string>({ at, members }: Entry<K>, what: string, ...keys: K[]): void {
    for (const key of keys) if (!members.has(key)) this.reader.refuse(at, `"${key}" of ${what} is missing`);
  }

  text<K extends string>({ members }: Entry<K>, key: K): Located<string> | undefined {
    const member = members.get(key);
    return member && this.reader.text(member.value, `"${key}"`, member.key);
  }

  /** The texts of a list, or a single text. */
  texts<K extends string>({ members }: Entry<K>, key: K): Located<string>[] | undefined {
    const member = members.get(key);
    if (member === undefined) return undefined;
    const { value, key: at } = member;
    const isOne = !this.reader.isList(value) && !this.reader.isAbsent(value);
    const items = isOne ? [value] : this.reader.list(value, `"${key}"`, at);
    return items?.flatMap((item) => this.reader.text(item, `an entry of "${key}"`, at) ?? []);
  }

  choice<const C extends string>(
    text: Located<string> | undefined,
    what: string,
    choices: readonly C[],
  ): C | undefined {
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text.value);
    if (found !== undefined) return found;
    const similar = similarTo(text.value, choices);
    return this.reader.refuse(
      text,
      `"${text.value}" is not ${what}`,
      similar.length > 0 ? `Did you mean ${alternatives(similar)}?` : `Known: ${choices.join(', ')}`,
    );
  }

  severity<K extends string>(entry: Entry<K | 'severity'>): Severity | undefined {
    return this.choice(this.text(entry, 'severity'), 'a severity', severities);
  }

  role(text: Located<string>): Located<string> | undefined {
    const role = this.#parsed(text, parseRoleReference);
    return role === undefined ? undefined : located(text, role);
  }

  permission(text: Located<string>): WrittenAbility | undefined {
    const pattern = parsePattern(text.value);
    if (pattern !== undefined) return { can: located(text, pattern) };
    return this.reader.refuse(
      text,
      `"${text.value}" is not a permission`,
      'Write a path such as /twilio/messaging/send, or one with a star at its end',
    );
  }

  scope(text: Located<string> | undefined): string | undefined {
    return text && this.#parsed(text, (written) => resolveScope(written, this.#scopes));
  }

  person(text: Located<string> | undefined): PersonPattern | undefined {
    if (text === undefined) return undefined;
    const { value } = text;
    if (/[*?]/.test(value) && isUserPattern(value)) return { pattern: value };
    return this.#parsed(text, parseUserReference);
  }

  day(text: Located<string> | undefined): string | undefined {
    if (text === undefined || isCalendarDay(text.value)) return text?.value;
    return this.reader.refuse(
      text,
      `"${text.value}" is not a day`,
      'Write it as YYYY-MM-DD, such as 2027-01-31',
    );
  }

  yesOrNo<K extends string>({ members }: Entry<K>, key: K): boolean | undefined {
    const member = members.get(key);
    if (member === undefined) return undefined;
    if (this.reader.isTrue(member.value)) return true;
    if (this.reader.isFalse(member.value)) return false;
    const text = this.reader.text(member.value, `"${key}"`, member.key);
    const answer = this.choice(text, 'an answer', ['yes', 'no']);
    return answer === undefined ? undefined : answer === 'yes';
  }

  #parsed<T>(text: Located<string>, parse: (text: string) => T): T | undefined {
    try {
      return parse(text.value);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return this.reader.refuse(text, error.message, error.hint);
    }
  }
}
