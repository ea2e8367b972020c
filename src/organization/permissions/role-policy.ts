import type { Role } from '../../twilio/roles.ts';
import { type Coverage, coverageOf, type PermissionPattern, parsePattern } from './pattern.ts';

/** The policy format whose meaning Twilio publishes. */
const knownFormat = 1;

/** The reason why a policy leaves a question open. */
export type PolicyDoubt =
  /** The role is assigned, but is not among the roles that can be read. */
  | 'role not listed'
  /** The role comes without its permissions. */
  | 'no policy'
  | 'unknown policy format'
  | 'unknown pattern'
  /** A part of the permissions is allowed, or a part of the allowed ones is denied. */
  | 'only a part';

/** One side of a policy, `allow` or `deny`, compared with the wanted permissions. */
export interface PolicySide {
  coverage: Coverage;
  /** The pattern with this coverage. */
  pattern?: string;
}

/** A role's own answer: `deny` wins over `allow` within one role. */
export interface RoleAnswer {
  allow: PolicySide;
  deny: PolicySide;
  /** Undefined where the policy decides. */
  doubt?: PolicyDoubt;
  /** True, false, or undefined with a doubt. */
  isAllowed: boolean | undefined;
}

const nothing: PolicySide = { coverage: 'none' };
const unknown: PolicySide = { coverage: 'unknown' };

/** The answers of roles to a question, which is asked about many people who have the same few roles. */
const answers = new WeakMap<PermissionPattern, Map<Role | undefined, RoleAnswer>>();

/** Compares the policy of a role with the wanted permissions. The role must have been read with its permissions. */
export function answerOf(role: Role | undefined, wanted: PermissionPattern): RoleAnswer {
  const known = answers.get(wanted)?.get(role);
  if (known !== undefined) return known;
  const answer = compare(role, wanted);
  const others = answers.get(wanted) ?? new Map<Role | undefined, RoleAnswer>();
  answers.set(wanted, others.set(role, answer));
  return answer;
}

function compare(role: Role | undefined, wanted: PermissionPattern): RoleAnswer {
  const doubt = doubtOf(role);
  if (doubt !== undefined) return { allow: unknown, deny: unknown, doubt, isAllowed: undefined };
  const { allow: allowed, deny: denied } = role?.policy ?? {};
  const [allow, deny] = [widest(allowed ?? [], wanted), widest(denied ?? [], wanted)];
  const sides = { allow, deny };
  const remaining = (allowed ?? []).filter((pattern) => !isDenied(pattern, denied ?? []));
  const isNothingLeft = widest(remaining, wanted).coverage === 'none';
  if (deny.coverage === 'all' || isNothingLeft) return { ...sides, isAllowed: false };
  if (allow.coverage === 'all' && deny.coverage === 'none') return { ...sides, isAllowed: true };
  const isUnknown = allow.coverage === 'unknown' || deny.coverage === 'unknown';
  return { ...sides, doubt: isUnknown ? 'unknown pattern' : 'only a part', isAllowed: undefined };
}

function doubtOf(role: Role | undefined): PolicyDoubt | undefined {
  if (role === undefined) return 'role not listed';
  if (!Array.isArray(role.policy?.allow)) return 'no policy';
  if (role.policy.format !== knownFormat) return 'unknown policy format';
  return undefined;
}

/** True where one pattern denies all that the pattern allows. */
function isDenied(allowed: unknown, denied: readonly unknown[]): boolean {
  const pattern = typeof allowed === 'string' ? parsePattern(allowed) : undefined;
  return (
    pattern !== undefined &&
    denied.some((deny) => typeof deny === 'string' && coverageOf(deny, pattern) === 'all')
  );
}

/** Most telling first. A pattern of an unknown form may contain all that the others lack. */
const byWeight: readonly Coverage[] = ['all', 'unknown', 'part'];

function widest(patterns: readonly unknown[], wanted: PermissionPattern): PolicySide {
  const sides = patterns.map((pattern) => ({
    coverage: typeof pattern === 'string' ? coverageOf(pattern, wanted) : 'unknown',
    pattern: String(pattern),
  })) satisfies PolicySide[];
  for (const weight of byWeight) {
    const side = sides.find(({ coverage }) => coverage === weight);
    if (side !== undefined) return side;
  }
  return nothing;
}
