import fc from 'fast-check';
import { expect } from 'vitest';
import type { Finding, HeldRole } from '../../src/organization/permissions/decide.ts';
import type { Role } from '../../src/twilio/roles.ts';

export const org = `OR${'0'.repeat(32)}`;
export const eu = `AC${'1'.repeat(32)}`;
export const us = `AC${'2'.repeat(32)}`;
export const invoice = { resource_type: 'billing_group', resource_id: 'bg_1' };

export interface Policy {
  allow: string[];
  deny?: string[] | null;
  format?: number;
}

let serial = 0;

/** A role of a person, each with a role of its own. */
export function holding(
  scope: string,
  policy: Policy | undefined,
  more: Partial<HeldRole['assignment']> = {},
): HeldRole {
  serial += 1;
  const role_sid = `IX${String(serial).padStart(32, '0')}`;
  const role: Role | undefined = policy && { sid: role_sid, policy: { format: 1, ...policy } };
  return { assignment: { sid: `IY${serial}`, role_sid, scope, identity: 'US1', ...more }, role };
}

// No pattern holds a z, so that patterns cover a wildcard together only where one of them does.
const word = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 2 });
const pattern = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(word, fc.constantFrom('', '*')).map(([text, star]) => `/${text}${star}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('a', '/a*b', '*', '/{a,b}') },
);
const policy = fc.record({
  allow: fc.array(pattern, { maxLength: 2 }),
  deny: fc.option(fc.array(pattern, { maxLength: 1 })),
  format: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
});
const limits = [invoice, { ...invoice, resource_id: 'bg_2' }, { ...invoice, resource_type: 'sip_trunk' }];
/** Random roles of one person, with policies of known and unknown forms. */
const roles = fc.array(
  fc
    .tuple(
      fc.constantFrom(org, eu, us),
      fc.oneof({ weight: 9, arbitrary: policy }, { weight: 1, arbitrary: fc.constant(undefined) }),
      fc.constantFrom<object>({}, {}, ...limits),
    )
    .map(([scope, policy, limit]) => holding(scope, policy, limit)),
  { maxLength: 4 },
);
const permission = fc.tuple(word, fc.constantFrom('', '*')).map(([text, star]) => `/${text}${star}`);
const resource = fc.option(
  fc.constantFrom({ type: 'billing_group', id: 'bg_1' }, { type: 'billing_group', id: 'bg_2' }),
  { nil: undefined },
);
const assumption = fc.constantFrom(undefined, true, false);

type Answer = 'yes' | 'no' | 'undecided';
type Asked = Parameters<typeof evaluate>;

/** Asks questions about random roles, scopes, resources and assumptions. */
function askAtRandom(ask: (...question: Asked) => void): void {
  const scope = fc.constantFrom(org, eu);
  fc.assert(fc.property(permission, scope, roles, resource, assumption, ask), { numRuns: 500 });
}

/** Expects the answers that an evaluation of each single permission gives. */
export function expectAgreement(answer: (...question: Asked) => Answer): void {
  askAtRandom((...question) => {
    expect(answer(...question)).toBe(evaluate(...question));
  });
}

/** Expects the best answer of all places in which the person has a role: each scope, and each resource in it. */
export function expectAgreementAnywhere(
  answer: (can: string, roles: readonly HeldRole[], assumed: boolean | undefined) => Answer,
): void {
  askAtRandom((can, _, held, __, assumed) => {
    const answers = held.map(({ assignment: { scope, resource_type: type, resource_id: id } }) =>
      evaluate(can, scope, held, type && id ? { type, id } : undefined, assumed),
    );
    const best = (['yes', 'undecided'] as const).find((one) => answers.includes(one));
    expect(answer(can, held, assumed)).toBe(best ?? 'no');
  });
}

/** Expects a near miss of each role that is elsewhere, and that allows it or may allow it where it is. */
export function expectNearMisses(findings: (...question: Asked) => readonly Finding[]): void {
  askAtRandom((can, scope, held, resource, assumed) => {
    const elsewhere = held.filter((one) => !isPresent(one, scope, resource, assumed));
    const missing = elsewhere.filter(({ role, assignment: { sid } }) => {
      const assignment = { sid, role_sid: '', identity: '', scope };
      return evaluate(can, scope, [{ role, assignment }], undefined, undefined) !== 'no';
    });
    const found = findings(can, scope, held, resource, assumed);
    const near = found.filter(({ effect }) => effect === 'near miss');
    const sids = (all: readonly HeldRole[]) => all.map(({ assignment }) => assignment.sid);
    expect(sids(near)).toEqual(sids(missing));
  });
}

/** All texts of up to four letters that begin with a slash. */
const universe = ['a', 'b', 'z', '/'].reduce<string[]>((_, __, ___, letters) => {
  const grow = (texts: string[]): string[] => texts.flatMap((text) => letters.map((letter) => text + letter));
  const [one, two, three] = [grow(['/']), grow(grow(['/'])), grow(grow(grow(['/'])))];
  return ['/', ...one, ...two, ...three];
}, []);

/** Evaluates each permission by itself, and each role with regular expressions. */
function evaluate(
  can: string,
  scope: string,
  roles: readonly HeldRole[],
  resource: { type: string; id: string } | undefined,
  assumed: boolean | undefined,
): 'yes' | 'no' | 'undecided' {
  const isWanted = matcher(can);
  const present = roles.filter((one) => isPresent(one, scope, resource, assumed));
  const answers = universe.filter((path) => isWanted?.(path)).map((path) => evaluateOne(path));
  if (answers.every((answer) => answer === 'yes')) return 'yes';
  return answers.every((answer) => answer === 'no') ? 'no' : 'undecided';

  function evaluateOne(path: string): 'yes' | 'no' | 'undecided' {
    const verdicts = present.map((held) => {
      const isSure = held.assignment.scope === scope || assumed === true;
      return { ...verdictOf(held.role, path), isSure };
    });
    const allowing = verdicts.filter(({ result }) => result === 'yes');
    const open = verdicts.filter(({ result }) => result === 'open');
    const clearOf = (one: (typeof verdicts)[number]) =>
      verdicts.every((other) => other === one || !other.mayDeny);
    if (allowing.some((one) => one.isSure && clearOf(one))) return 'yes';
    return allowing.length + open.length > 0 ? 'undecided' : 'no';
  }
}

function isPresent(
  { assignment }: HeldRole,
  scope: string,
  resource: { type: string; id: string } | undefined,
  assumed: boolean | undefined,
): boolean {
  const { resource_type: type, resource_id: id } = assignment;
  if (type && id && !(type === resource?.type && id === resource.id)) return false;
  return assignment.scope === scope || (assignment.scope === org && assumed !== false);
}

function verdictOf(
  role: Role | undefined,
  path: string,
): { result: 'yes' | 'no' | 'open'; mayDeny: boolean } {
  const policy = role?.policy;
  if (policy?.format !== 1) return { result: 'open', mayDeny: true };
  const test = (patterns: readonly string[]) => {
    const results = patterns.map((pattern) => matcher(pattern)?.(path));
    if (results.includes(true)) return 'yes';
    return results.includes(undefined) ? 'open' : 'no';
  };
  const denied = test(policy.deny ?? []);
  const allowed = test(policy.allow ?? []);
  const mayDeny = denied !== 'no';
  if (denied === 'yes' || allowed === 'no') return { result: 'no', mayDeny };
  return { result: denied === 'no' && allowed === 'yes' ? 'yes' : 'open', mayDeny };
}

/** Undefined for a pattern of an unknown form. */
function matcher(pattern: string): ((path: string) => boolean) | undefined {
  if (!/^\/[ab/]*\*?$/.test(pattern)) return undefined;
  const expression = new RegExp(`^${pattern.replace('*', '.*')}$`);
  return (path) => expression.test(path);
}
