import type { Command } from 'commander';
import { asRead, holdsOnly, type Item, planOf, type Step } from '../../changes/plan/plan.ts';
import type { Cli } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { withSelfFlag } from '../../cli/review/confirm-self.ts';
import { planHead } from '../../cli/review/dry-run.ts';
import { type BulkFlags, propose, withBulkFlags } from '../../cli/review/review.ts';
import { type Holdings, mostRoles, readDirectory, readHoldings } from '../../organization/assignments.ts';
import { knownUsers, userReference } from '../../organization/references.ts';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { counted } from '../../platform/core/text.ts';
import { reportView, withReport } from '../../reports/offboarding.ts';
import { sameGrant } from '../../twilio/role-assignments.ts';
import { changeable, type User } from '../../twilio/users.ts';

interface Options extends BulkFlags {
  copyRolesTo?: string;
  reason?: string;
}

export function offboardCommand(cli: Cli): Command {
  const command = withSelfFlag(
    withBulkFlags(
      cli
        .command('offboard', 'Take all roles from users and deactivate them, with a report')
        .argument('<user...>', 'SIDs, e-mail addresses or external:IDs')
        .option('--copy-roles-to <user>', 'give their roles to this user first')
        .option('--reason <text>', 'why; it is in the report'),
    ),
  ).action(cli.action(offboard));
  return cli.examples(command, [
    'twilio-org users offboard ada@example.com --dry-run',
    'twilio-org users offboard ada@example.com --copy-roles-to grace@example.com --reason "Left the company" --yes -o json',
  ]);
}

async function offboard(ctx: Context, names: string[], options: Options): Promise<void> {
  ctx.out.checkFields(reportView);
  const references = names.map(userReference);
  const heirReference = options.copyRolesTo === undefined ? [] : [userReference(options.copyRolesTo)];
  ctx.mustBeConfirmable();
  const api = await ctx.api();
  const directory = await readDirectory(api, [...references, ...heirReference]);
  const users: User[] = knownUsers(directory, references).map(changeable);
  const [heir] = knownUsers(directory, heirReference);
  if (heir !== undefined && users.includes(heir))
    throw usageError('--copy-roles-to names a user who is to be offboarded', 'Name somebody who stays');
  if (heir?.active === false) ctx.messages.warn(`${heir.userName} is not active and can't use the roles`);
  const everybody = heir === undefined ? users : [...users, heir];
  const before = await readHoldings(
    api,
    everybody.map(({ id }) => id),
    [],
  );
  const plan = planOf(
    {
      ...(await planHead(ctx, ['id', 'userName'], 'deactivated')),
      offboarding: { reason: options.reason ?? null, copied_to: heir?.userName ?? null },
    },
    itemsFor(users, heir, before),
  );
  await adviseServiceAccount(ctx);
  await withReport(ctx, plan, (reported) =>
    propose(ctx, plan, options, {
      title: `${counted(users.length, 'user')} ${users.length === 1 ? 'loses' : 'lose'} all roles and can no longer sign in`,
      ...reported,
    }),
  );
}

/** Twilio's advice for apps that a person approves; credentials of an app alone are approved by nobody. */
async function adviseServiceAccount(ctx: Context): Promise<void> {
  const { source, profile } = await ctx.settings();
  const grant = source === 'profile' ? profile?.grant : undefined;
  if (grant === 'client-credentials' || source === 'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET')
    return;
  ctx.messages.note(
    'The OAuth app may lose its access with the person who approved it: Twilio advises to approve it as a service account',
  );
}

/**
 * The right to sign in goes first: who may not be deactivated, as the Owner, keeps everything, and everybody else is out at
 * once. The other steps do not wait for each other, but no role is taken that the heir should have got and has not.
 */
function itemsFor(users: readonly User[], heir: User | undefined, holdings: Holdings): Item[] {
  const heirs = heir === undefined ? [] : [...holdings.of(heir.id)];
  const ofHeir = heir === undefined ? [] : [asRead(heir), holdsOnly(heir.id, heirs)];
  return users.map((user): Item => {
    const held = holdings.of(user.id);
    const ending: Step[] = user.active ? [{ do: 'update-user', user, fields: { active: false } }] : [];
    const giving: Step[] = [];
    /** By the SID of what is taken, the number of the step that gives it to the heir. */
    const given = new Map<string, number>();
    if (heir !== undefined) {
      for (const { sid, role_sid, scope, resource_type, resource_id } of held) {
        const resource = resource_type ? { resource_type, resource_id: resource_id ?? null } : {};
        const copy = { role_sid, scope, identity: heir.id, ...resource };
        if (heirs.some((other) => sameGrant(other, copy))) continue;
        heirs.push({ sid: '', ...copy });
        given.set(sid, ending.length + giving.length);
        giving.push({ do: 'create-assignment', grant: copy, whose: heir.userName });
      }
    }
    if (heir !== undefined && heirs.length > mostRoles) {
      throw new AppError(
        'conflict',
        `${heir.userName} would hold ${heirs.length} roles, and Twilio allows ${mostRoles}: nothing was changed`,
        { hint: 'Leave out --copy-roles-to, or take some roles from them first' },
      );
    }
    const taking = held.map((assignment): Step => ({ do: 'delete-assignment', assignment }));
    const steps = [...ending, ...giving, ...taking];
    const needs = held.flatMap(({ sid }, index): [number, number][] => {
      const before = given.get(sid);
      return before === undefined ? [] : [[ending.length + giving.length + index, before]];
    });
    return {
      row: { id: user.id, userName: user.userName },
      sid: user.id,
      steps,
      independent: true,
      ...(needs.length === 0 ? {} : { needs: Object.fromEntries(needs) }),
      rests: [asRead(user), holdsOnly(user.id, held), ...ofHeir],
      ...(steps.length === 0 ? { note: 'Deactivated already, and without roles' } : {}),
    };
  });
}
