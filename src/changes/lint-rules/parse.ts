import { severities } from '../../organization/lint/finding.ts';
import { isFingerprint } from '../../organization/lint/fingerprint.ts';
import type { RuleSettings, Suppression } from '../../organization/lint/policy.ts';
import type { Rule } from '../../organization/lint/rule.ts';
import { builtInRules } from '../../organization/lint/rules/index.ts';
import { suppressionRules } from '../../organization/lint/suppress.ts';
import type { KnownScopes } from '../../organization/references.ts';
import type { Located, Position } from '../declared/model.ts';
import type { YamlReader } from '../declared/yaml-reader.ts';
import { type Entry, FieldReader, type Node } from './fields.ts';
import {
  emptyRulesFile,
  type LintRulesFile,
  type WrittenAbility,
  type WrittenReservation,
  type WrittenSeparation,
} from './model.ts';

const keys = {
  file: ['rules', 'domains', 'admin_roles', 'assume_inheritance', 'separate', 'own', 'suppress'],
  separate: ['roles', 'permissions', 'same_scope', 'severity'],
  own: ['id', 'role', 'can', 'scope', 'only', 'severity', 'summary'],
  suppress: ['rule', 'fingerprint', 'person', 'role', 'scope', 'because', 'until'],
} as const;

/** Reads the structure of a file of rules. What has a problem is left out. */
export function parseRulesFile(reader: YamlReader, root: Node, scopes: KnownScopes): LintRulesFile {
  const file = emptyRulesFile();
  // A file of comments alone has no rules.
  if (reader.isAbsent(root)) return file;
  const members = reader.record(root, 'the file', keys.file);
  if (members === undefined) return file;
  const fields = new FieldReader(reader, scopes);
  const whole = { at: reader.at(root), members };
  file.domains = parseDomains(fields, fields.texts(whole, 'domains') ?? []);
  file.adminRoles = fields.texts(whole, 'admin_roles')?.flatMap((text) => fields.role(text) ?? []);
  file.assumeInheritance = fields.yesOrNo(whole, 'assume_inheritance');
  for (const entry of entriesOf(reader, members.get('separate'), 'separate', keys.separate)) {
    const separation = parseSeparation(fields, entry);
    if (separation !== undefined) file.separate.push(separation);
  }
  for (const entry of entriesOf(reader, members.get('own'), 'own', keys.own)) {
    const reservation = parseReservation(fields, entry, file.own);
    if (reservation !== undefined) file.own.push(reservation);
  }
  const ids = [...builtInRules.map(({ id }) => id), ...file.own.map(({ id }) => id)];
  const rules = members.get('rules');
  if (rules !== undefined) file.rules = parseSettings(fields, rules);
  for (const entry of entriesOf(reader, members.get('suppress'), 'suppress', keys.suppress)) {
    const suppression = parseSuppression(fields, entry, ids);
    if (suppression !== undefined) file.suppress.push(suppression);
  }
  return file;
}

interface Member {
  key: Position;
  value: Node;
}

/** The maps in the list under a key. */
function entriesOf<K extends string>(
  reader: YamlReader,
  member: Member | undefined,
  key: string,
  known: readonly K[],
): Entry<K>[] {
  if (member === undefined) return [];
  return (reader.list(member.value, `"${key}"`, member.key) ?? []).flatMap((item) => {
    const members = reader.record(item, `an entry of "${key}"`, known);
    return members === undefined ? [] : [{ at: reader.at(item), members }];
  });
}

function parseDomains({ reader }: FieldReader, texts: readonly Located<string>[]): string[] {
  return texts.flatMap((text) => {
    const domain = text.value.toLowerCase().normalize('NFC');
    if (/^(?:\*\.)?(?:[\p{L}\p{M}\p{N}_-]+\.)+[\p{L}\p{M}\p{N}-]+$/u.test(domain)) return [domain];
    reader.refuse(
      text,
      `"${text.value}" is not a domain`,
      'Write it as example.com; *.example.com stands for the domains below it',
    );
    return [];
  });
}

function parseSeparation(
  fields: FieldReader,
  entry: Entry<(typeof keys.separate)[number]>,
): WrittenSeparation | undefined {
  const roles = fields.texts(entry, 'roles') ?? [];
  const permissions = fields.texts(entry, 'permissions') ?? [];
  const abilities = [
    ...roles.flatMap((text) => abilityOf(fields, text, undefined) ?? []),
    ...permissions.flatMap((text) => abilityOf(fields, undefined, text) ?? []),
  ];
  const severity = fields.severity(entry);
  const sameScope = fields.yesOrNo(entry, 'same_scope') ?? false;
  if (roles.length + permissions.length < 2)
    fields.reader.refuse(
      entry.at,
      'an entry of "separate" needs two roles or permissions that are kept apart',
      'For example: - roles: [Billing, Support]',
    );
  if (abilities.length < 2) return undefined;
  const { file, line, column } = entry.at;
  return { file, line, column, abilities, sameScope, severity };
}

function parseReservation(
  fields: FieldReader,
  entry: Entry<(typeof keys.own)[number]>,
  others: readonly WrittenReservation[],
): WrittenReservation | undefined {
  const { reader } = fields;
  fields.require(entry, 'an own rule', 'id', 'only');
  const id = parseId(fields, fields.text(entry, 'id'), others);
  const [role, can] = [fields.text(entry, 'role'), fields.text(entry, 'can')];
  if (entry.members.has('role') === entry.members.has('can'))
    reader.refuse(entry.at, 'an own rule needs either "role" or "can"', 'For example: role: Admin');
  const scope = fields.scope(fields.text(entry, 'scope'));
  const only = fields.texts(entry, 'only')?.map((text) => fields.person(text));
  const severity = fields.severity(entry);
  const summary = fields.text(entry, 'summary')?.value.replace(/\s+/g, ' ');
  const ability = abilityOf(fields, role, can);
  if (id === undefined || ability === undefined || only === undefined) return undefined;
  const people = only.flatMap((person) => person ?? []);
  const { file, line, column } = entry.at;
  return { file, line, column, id, ability, scope, only: people, severity, summary };
}

function abilityOf(
  fields: FieldReader,
  role: Located<string> | undefined,
  can: Located<string> | undefined,
): WrittenAbility | undefined {
  if (can !== undefined) return fields.permission(can);
  const named = role && fields.role(role);
  return named && { role: named };
}

function parseId(
  { reader }: FieldReader,
  text: Located<string> | undefined,
  others: readonly WrittenReservation[],
): string | undefined {
  if (text === undefined) return undefined;
  const { value: id } = text;
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id))
    return reader.refuse(text, `"${id}" can't be the id of a rule`, 'Write it such as production-admins');
  if (builtInRules.some((rule) => rule.id === id))
    return reader.refuse(text, `"${id}" is the id of a built-in rule`, 'Give another one');
  const other = others.find((rule) => rule.id === id);
  if (other === undefined) return id;
  return reader.refuse(text, `the rule in line ${other.line} has the id "${id}", too`);
}

function parseSettings(fields: FieldReader, { key, value }: Member): Map<string, RuleSettings> {
  const { reader } = fields;
  const settings = new Map<string, RuleSettings>();
  const ids = builtInRules.map(({ id }) => id);
  for (const [id, member] of reader.record(value, '"rules"', ids, key) ?? []) {
    const rule = builtInRules.find((each) => each.id === id);
    const found = rule && parseRuleSettings(fields, rule, member);
    if (found !== undefined) settings.set(id, found);
  }
  return settings;
}

/** `off`, a severity, or a map with severity and numbers. */
function parseRuleSettings(
  fields: FieldReader,
  rule: Rule,
  { key, value }: Member,
): RuleSettings | undefined {
  const { reader } = fields;
  if (reader.isFalse(value)) return { isOff: true };
  if (reader.isTrue(value)) return {};
  const what = `the rule "${rule.id}"`;
  if (!reader.isMap(value)) {
    const word = fields.choice(reader.text(value, what, key), 'a setting of a rule', [
      'off',
      'on',
      ...severities,
    ]);
    if (word === 'off') return { isOff: true };
    return word === undefined || word === 'on' ? {} : { severity: word };
  }
  const known = ['severity', ...Object.keys(rule.numbers)];
  const members = reader.record(value, what, known, key);
  if (members === undefined) return undefined;
  const numbers: Record<string, number> = {};
  for (const [name, member] of members) {
    if (name === 'severity') continue;
    const count = reader.count(member.value, `"${name}"`, member.key);
    if (count !== undefined) numbers[name] = count;
  }
  return { severity: fields.severity({ at: key, members }), numbers };
}

function parseSuppression(
  fields: FieldReader,
  entry: Entry<(typeof keys.suppress)[number]>,
  ids: readonly string[],
): Suppression | undefined {
  const { reader } = fields;
  fields.require(entry, 'a suppression', 'because', 'until');
  const rule = fields.choice(fields.text(entry, 'rule'), 'the id of a rule', ids);
  if (rule !== undefined && suppressionRules.has(rule))
    reader.refuse(
      entry.at,
      `findings of ${rule} can't be suppressed`,
      'Remove the suppression that it is about',
    );
  const print = fields.text(entry, 'fingerprint');
  if (print !== undefined && !isFingerprint(print.value))
    reader.refuse(print, `"${print.value}" is not a fingerprint`, 'Copy it from the output with -o json');
  if (!entry.members.has('rule') && !entry.members.has('fingerprint'))
    reader.refuse(entry.at, 'a suppression needs "rule" or "fingerprint"', 'It would hide everything');
  const role = fields.text(entry, 'role');
  const suppression = {
    rule,
    fingerprint: print?.value,
    person: fields.person(fields.text(entry, 'person')),
    role: role && fields.role(role)?.value,
    scope: fields.scope(fields.text(entry, 'scope')),
    because: fields.text(entry, 'because')?.value.replace(/\s+/g, ' '),
    until: fields.day(fields.text(entry, 'until')),
  };
  const { because, until } = suppression;
  // With a part that can't be read, it would hide more than is meant; the problem ends the command.
  if (because === undefined || until === undefined) return undefined;
  const { file, line, column } = entry.at;
  return { ...suppression, because, until, place: { file, line, column } };
}
