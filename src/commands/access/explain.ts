import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { defineFlags, type FlagsOf } from '../../cli/flag-spec.ts';
import { printList } from '../../cli/output/list-output.ts';
import { type ScopeNames, scopeNames } from '../../cli/output/scope-names.ts';
import { assignmentPeople, namedAssignmentView, unmanagedUser } from '../../cli/output/views.ts';
import { askUser } from '../../cli/questions/asks.ts';
import { alwaysNeeded, namingUsers } from '../../cli/scope-conditions.ts';
import type { Organization } from '../../organization/organization.ts';
import {
  type Decision,
  decide,
  decideAnywhere,
  type Finding,
  type Miss,
} from '../../organization/permissions/decide.ts';
import { doubtsInWords } from '../../organization/permissions/doubts.ts';
import type { PermissionPattern } from '../../organization/permissions/pattern.ts';
import { parseUserReference, type UserReference } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { Column, View } from '../../platform/terminal/view.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import { resourceInWords } from '../../twilio/resources.ts';
import type { RoleAssignment } from '../../twilio/role-assignments.ts';
import { fullName, type User } from '../../twilio/users.ts';
import {
  type AskedPlace,
  doubtsWithAdvice,
  noteAssumption,
  questionFlags,
  readPlace,
  roleNamer,
} from './shared/question.ts';

const flags = defineFlags({
  ...questionFlags,
  exitCode: { summary: 'exit with 10 when the answer is no' },
});

export const explainCommand = defineCommand({
  name: 'access explain',
  summary: 'Say whether a user may do something, and why; or list their roles',
  args: { user: { summary: 'SID, e-mail address or external:ID', ask: askUser() } },
  flags,
  scopes: { ...namingUsers, 'role-assignments/list': [alwaysNeeded], 'roles/list': [alwaysNeeded] },
  effect: 'reads',
  examples: [
    'twilio-org access explain ada@example.com',
    'twilio-org access explain ada@example.com --can /twilio/messaging/services/write --scope org',
  ],
  notes: `With --scope, the question is about the scope itself: a role for one resource in it is a near miss, and counts with
--resource. Without --scope, the question is about any place.
`,
  run: (ctx, { user, flags }) => explain(ctx, user, flags),
});

type ExplainFlags = FlagsOf<typeof flags>;

async function explain(ctx: Context, named: string, options: ExplainFlags): Promise<void> {
  const { can } = options;
  ctx.out.checkFields(can === undefined ? namedAssignmentView : answerView);
  const reference = parseUserReference(named);
  const place = await readPlace(ctx, options);
  const organization = await ctx.organization();
  const [person, roles] = await Promise.all([
    personWith(reference, organization),
    organization.roles.expanded(),
  ]);
  const { user, held } = person;
  const name = user?.userName ?? person.id;
  const scopes = await scopeNames(ctx);
  const nameOf = roleNamer(ctx, roles);
  if (user === undefined) ctx.messages.note(`${name} is not a managed user: only its roles are known`);
  else if (user.active === false) ctx.messages.note(`${name} is inactive, and cannot log in`);
  if (can === undefined) {
    const rows = held
      .filter((one) => isThere(one, place))
      .map((one) => ({
        ...namedRow(one, user, nameOf),
        scope_name: scopes.plainNameOf(one.scope) ?? null,
      }));
    return printList(ctx, { ...namedAssignmentView, people: assignmentPeople(scopes) }, rows, {
      noun: 'roles there',
    });
  }
  noteAssumption(ctx, options);
  const heldRoles = held.map((assignment) => ({ assignment, role: roles.find(assignment.role_sid) }));
  const question = { ...place, wanted: can };
  const decision =
    place.scope === undefined
      ? decideAnywhere(question, heldRoles)
      : decide({ ...question, scope: place.scope }, heldRoles);
  const answer = answerOf(decision, { person, can, place, options, nameOf });
  await ctx.out.item({ ...answerView, people: { list: answerColumns(scopes) } }, answer);
  const where = place.scope === undefined ? 'in any scope' : `in ${scopes.nameOf(place.scope)}`;
  const claim = `${name} may do ${can.text} ${where}`;
  if (decision.answer === 'undecided') {
    const open = decision.findings.filter(({ effect }) => effect === 'undecided');
    const doubts = open.flatMap(({ doubts = [] }) => doubts);
    throw new AppError('undecided', `It is undecided whether ${claim}`, {
      hint: `The reason: ${doubtsWithAdvice(doubts)}`,
    });
  }
  if (decision.answer === 'no' && options.exitCode)
    throw new AppError('differences', `The answer is no: nothing shows that ${claim}`);
}

/** A managed user, or an identity that is none and has roles. */
interface Person {
  id: string;
  user: User | undefined;
  held: readonly RoleAssignment[];
}

async function personWith(reference: UserReference, { users, assignments }: Organization): Promise<Person> {
  try {
    const user = await users.get(reference);
    return { id: user.id, user, held: await assignments.where({ identity: user.id }) };
  } catch (error) {
    if (!('id' in reference) || !(error instanceof AppError) || error.kind !== 'not-found') throw error;
    const { id } = reference;
    const held = await assignments.where({ identity: id });
    if (held.length === 0) throw error;
    return { id, user: undefined, held };
  }
}

/** True for a role in the scope of the question, with or without a resource. */
function isThere({ scope, resource_type, resource_id }: RoleAssignment, place: AskedPlace): boolean {
  const isOfResource =
    place.resource === undefined ||
    (resource_type === place.resource.type && resource_id === place.resource.id);
  return isOfResource && (place.scope === undefined || equalsIgnoreCase(scope, place.scope));
}

function namedRow(
  assignment: RoleAssignment,
  user: User | undefined,
  nameOf: (sid: string) => string | null,
) {
  return {
    ...assignment,
    user_name: user?.userName ?? null,
    full_name: user && fullName(user),
    role_name: nameOf(assignment.role_sid),
  };
}

const answerView: View = {
  fields: [
    'answer',
    'user_name',
    'identity',
    'active',
    'can',
    'scope',
    'resource_type',
    'resource_id',
    'assumed_inheritance',
    'findings',
  ],
  columns: ['answer', 'user_name', 'can', 'scope'],
};

interface Answer {
  answer: Decision['answer'];
  /** Null for an identity that is not a managed user. */
  user_name: string | null;
  identity: string;
  active: boolean | null;
  can: string;
  /** Null for any scope. */
  scope: string | null;
  resource_type: string | null;
  resource_id: string | null;
  assumed_inheritance: 'yes' | 'no' | null;
  findings: readonly ShownFinding[];
}

interface ShownFinding extends RoleAssignment {
  role_name: string | null;
  effect: Finding['effect'];
  how: Finding['how'] | null;
  allow: string | null;
  deny: string | null;
  doubts: NonNullable<Finding['doubts']>;
  miss: Miss | null;
  /** SIDs of the assignments whose `deny` leaves this one undecided. */
  denied_by: string[];
}

interface Asked {
  person: Person;
  can: PermissionPattern;
  place: AskedPlace;
  options: ExplainFlags;
  nameOf: (sid: string) => string | null;
}

function answerOf({ answer, findings }: Decision, { person, can, place, options, nameOf }: Asked): Answer {
  return {
    answer,
    user_name: person.user?.userName ?? null,
    identity: person.id,
    active: person.user?.active ?? null,
    can: can.text,
    scope: place.scope ?? null,
    resource_type: place.resource?.type ?? null,
    resource_id: place.resource?.id ?? null,
    assumed_inheritance: options.assumeInheritance ?? null,
    findings: findings.map(({ assignment, effect, how, allow, deny, doubts = [], miss, deniedBy = [] }) => ({
      ...assignment,
      role_name: nameOf(assignment.role_sid),
      effect,
      how: how ?? null,
      allow: allow ?? null,
      deny: deny ?? null,
      doubts,
      miss: miss ?? null,
      denied_by: deniedBy.map(({ sid }) => sid),
    })),
  };
}

const words: Readonly<Record<Decision['answer'], string>> = { yes: 'Yes', no: 'No', undecided: 'Undecided' };

function answerColumns(scopes: ScopeNames): Column<Answer>[] {
  const linesOf = (effect: Finding['effect'], toLine: (finding: ShownFinding) => string) => (row: Answer) =>
    row.findings.filter((finding) => finding.effect === effect).map(toLine);
  const where = (assignment: RoleAssignment) => {
    const resource = resourceInWords(assignment);
    return `in ${scopes.nameOf(assignment.scope)}${resource && `, for ${resource}`}`;
  };
  const role = (finding: ShownFinding) => `${finding.role_name ?? finding.role_sid} ${where(finding)}`;
  return [
    { heading: 'Answer', value: ({ answer }) => words[answer] },
    { heading: 'User', value: ({ user_name, identity }) => user_name ?? unmanagedUser(identity) },
    { heading: 'Permission', value: 'can' },
    { heading: 'Scope', value: ({ scope }) => (scope === null ? 'any' : scopes.nameOf(scope)) },
    { heading: 'Resource', value: resourceInWords },
    { heading: 'Allowed by', value: linesOf('grants', (one) => `${role(one)}: allows ${one.allow}`) },
    {
      heading: 'Denied by',
      value: linesOf(
        'denies',
        (one) => `${role(one)}: denies ${one.deny}${one.allow ? `, though it allows ${one.allow}` : ''}`,
      ),
    },
    {
      heading: 'Undecided',
      value: linesOf(
        'undecided',
        (one) => `${role(one)}${one.allow ? `: allows ${one.allow}` : ''}; ${doubtsInWords(one.doubts)}`,
      ),
    },
    {
      heading: 'Near miss',
      value: linesOf('near miss', (one) => `${role(one)}: ${missInWords(one)}`),
    },
  ];
}

function missInWords({ allow, miss, doubts }: ShownFinding): string {
  const why = misses[miss ?? 'another scope'];
  return doubts.length === 0
    ? `allows ${allow}, but ${why}`
    : `may allow it, but ${why}; ${doubtsInWords(doubts)}`;
}

const misses: Readonly<Record<Miss, string>> = {
  'another scope': 'in another scope',
  'another resource': 'for another resource',
  'resource only': 'for this resource alone',
  'organization only': 'in the organization, which is assumed not to apply in accounts',
  denied: 'the same role denies it',
};
