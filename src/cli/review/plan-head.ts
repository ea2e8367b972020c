import { userInfo } from 'node:os';
import type { DoneWord, ItemColumn, PlanHeader } from '../../changes/plan/plan.ts';
import type { RunHeader } from '../../changes/runs/records.ts';
import { actorOf } from '../../organization/workspace/actor.ts';
import { AppError } from '../../platform/core/errors.ts';
import type { Context } from '../context.ts';

/** Refuses a plan for another organization or login than the current one. */
export async function checkPlanTarget(ctx: Context, head: RunHeader): Promise<void> {
  // The settings are enough for these, so refusing the plan of another login needs no token.
  const { source, profileName, apiUrl } = await ctx.settings();
  mustEqual('profile', head.profile, source === 'profile' ? profileName : source);
  mustEqual('API at', head.api_url, apiUrl);
  const { organizationSid, organizationFrom } = await ctx.identity();
  // Runs of older versions do not record an organization that the token alone names.
  if (head.organization_sid === null && organizationFrom === 'token') return;
  mustEqual('organization', head.organization_sid, organizationSid ?? null);
}

export function mustEqual(noun: string, planned: string | null, here: string | null): void {
  if (planned === here) return;
  throw new AppError(
    'usage',
    `This was planned for the ${noun} ${planned ?? 'unknown'}, but the current one is ${here ?? 'unknown'}`,
    { hint: 'Use the same --profile or variables as when it was planned' },
  );
}

/** The actor that runs and reports record. */
export function actorIn(ctx: Context): string {
  return actorOf(ctx.runtime.env, userInfo);
}

/** The header of a plan: its organization, app, author and version of the program. */
export async function newPlanHeader(
  ctx: Context,
  columns: ItemColumn[],
  done?: DoneWord,
): Promise<PlanHeader> {
  const { source, profileName, organizationSid, apiUrl, clientId } = await ctx.identity();
  return {
    command: ctx.commandLine,
    verb: ctx.verb,
    actor: actorIn(ctx),
    program: ctx.version,
    profile: profileName ?? source,
    organization_sid: organizationSid ?? null,
    api_url: apiUrl,
    columns,
    client_id: clientId,
    ...(done === undefined ? {} : { done }),
  };
}

/** The header of a plan that is only shown. It gets no token, so it names no organization that the token alone knows. */
export async function unboundPlanHeader(ctx: Context, columns: ItemColumn[]): Promise<PlanHeader> {
  const { source, profileName, organizationSid, apiUrl } = await ctx.settings();
  return {
    command: ctx.commandLine,
    profile: source === 'profile' ? profileName : source,
    organization_sid: organizationSid ?? null,
    api_url: apiUrl,
    columns,
  };
}
