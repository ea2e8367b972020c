import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import type { Person, PlanLabels } from '../../changes/plan/people.ts';
import type { Item, Plan } from '../../changes/plan/plan.ts';
import { AppError } from '../../platform/core/errors.ts';
import { fullName } from '../../twilio/users.ts';
import type { Context } from '../context.ts';
import { scopeNames } from '../output/scope-names.ts';

/** Names for the SIDs in a plan: scopes with their SIDs, and the names of roles where the login may list them. */
export async function labelsFor(ctx: Context, { steps }: Pick<Plan, 'steps'>): Promise<LabelFor> {
  if (steps['create-assignment'] + steps['delete-assignment'] === 0) return (sid) => sid;
  const scopes = await scopeNames(ctx);
  let nameOf: LabelFor = (sid) => sid;
  try {
    nameOf = (await (await ctx.organization()).roles.index()).label;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
  }
  return (sid) => {
    const scope = scopes.nameWithSid(sid);
    return scope === sid ? nameOf(sid) : scope;
  };
}

/** The same, and the users whom this command has read. Sends no request for their names. */
export async function planLabels(ctx: Context, label: LabelFor): Promise<PlanLabels> {
  const { users } = await ctx.organization();
  return {
    label,
    person(reference): Person | undefined {
      const user = users.seen(reference);
      return user === undefined ? undefined : { who: user.userName, name: fullName(user) };
    },
  };
}

/** The line of an item in the input and the person it is about. */
export function itemName({ row }: Item): string {
  const { line, email, user, userName } = row;
  const name = email ?? user ?? userName;
  if (name === undefined) return String(Object.values(row)[0]);
  return line === undefined ? String(name) : `line ${line}, ${name}`;
}
