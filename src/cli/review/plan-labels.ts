import type { LabelFor } from '../../changes/plan/kinds/change-kind.ts';
import type { Item, Plan } from '../../changes/plan/plan.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { Context } from '../context.ts';

/** Names for the SIDs in a plan: `org`, and the names of roles where the login may list them. */
export async function labelsFor(ctx: Context, { steps }: Plan): Promise<LabelFor> {
  if (steps['create-assignment'] + steps['delete-assignment'] === 0) return (sid) => sid;
  const { organizationSid } = await ctx.settings();
  let nameOf: LabelFor = (sid) => sid;
  try {
    nameOf = (await (await ctx.organization()).roles.index()).displayName;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'forbidden') throw error;
  }
  return (sid) => (sid === organizationSid ? 'org' : nameOf(sid));
}

/** The line of an item in the input and the person it is about. */
export function itemName({ row }: Item): string {
  const { line, email, user, userName } = row;
  const name = email ?? user ?? userName;
  if (name === undefined) return String(Object.values(row)[0]);
  return line === undefined ? String(name) : `line ${line}, ${name}`;
}
