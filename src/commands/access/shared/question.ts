import type { Context } from '../../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import type { Doubt, Resource } from '../../../organization/permissions/decide.ts';
import { assumptionInWords, doubtsInWords } from '../../../organization/permissions/doubts.ts';
import { type PermissionPattern, parsePattern } from '../../../organization/permissions/pattern.ts';
import { resolveScope } from '../../../organization/references.ts';
import type { RoleIndex } from '../../../organization/roles.ts';
import { usageError } from '../../../platform/core/errors.ts';

/** The flags of questions about access. */
export const questionFlags = defineFlags({
  can: {
    value: 'permission',
    summary: 'may do this: a path such as /twilio/messaging/*; roles get shows those of a role',
    parse: parsePermission,
  },
  scope: { value: 'scope', summary: 'in this scope: SID or name of an account, or org' },
  resource: {
    value: 'type/id',
    summary: 'on this resource, such as billing_group/bg_1',
    parse: parseResource,
  },
  assumeInheritance: {
    value: 'answer',
    choices: ['yes', 'no'],
    summary: 'decide what Twilio does not publish: do roles of the organization apply in its accounts?',
  },
});

type QuestionFlags = FlagsOf<typeof questionFlags>;

/** The place and the assumption of a question. */
export interface AskedPlace {
  scope: string | undefined;
  resource: Resource | undefined;
  assumeInheritance: boolean | undefined;
}

export async function readPlace(ctx: Context, flags: QuestionFlags): Promise<AskedPlace> {
  const { scope, resource, assumeInheritance } = flags;
  return {
    scope: scope === undefined ? undefined : resolveScope(scope, await ctx.scopes()),
    resource,
    assumeInheritance: readAssumption({ assumeInheritance }),
  };
}

export type Assumption = { assumeInheritance?: QuestionFlags['assumeInheritance'] | undefined };

export function readAssumption({ assumeInheritance }: Assumption): boolean | undefined {
  return assumeInheritance === undefined ? undefined : assumeInheritance === 'yes';
}

/** States the assumption, because it takes part in every answer. */
export function noteAssumption(ctx: Context, { assumeInheritance }: Assumption): void {
  if (assumeInheritance === undefined) return;
  ctx.messages.note(`Assumed: ${assumptionInWords(assumeInheritance)}`);
}

/** The reasons for which a question stays open, and the flag that may close it. */
export function doubtsWithAdvice(doubts: readonly Doubt[]): string {
  const advice = doubts.includes('inheritance') ? '. To assume an answer: --assume-inheritance yes|no' : '';
  return `${doubtsInWords(doubts)}${advice}`;
}

/** The name of a role: for people the one that tells it apart, for programs the API's own. */
export function roleNamer(ctx: Context, roles: RoleIndex): (sid: string) => string | null {
  return ctx.out.format.forPeople ? roles.label : (sid) => roles.nameOf(sid) ?? null;
}

function parsePermission(text: string): PermissionPattern {
  const pattern = parsePattern(text.trim());
  if (pattern !== undefined) return pattern;
  throw usageError(
    `"${text}" is not a permission`,
    'Give a path such as /twilio/messaging/send, or one with a star at its end. To see those of a role: twilio-org roles get ROLE',
  );
}

function parseResource(text: string): Resource {
  const [, type, id] = /^([^/]+)\/(.+)$/.exec(text.trim()) ?? [];
  if (type !== undefined && id !== undefined) return { type, id };
  throw usageError(`"${text}" is not a resource`, 'Give its type and its id, such as billing_group/bg_1');
}
