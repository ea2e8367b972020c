import { userInfo } from 'node:os';
import { writeOf } from '../../changes/plan/change.ts';
import type { DoneWord, ItemColumn, Plan, PlanHead } from '../../changes/plan/plan.ts';
import { actorOf } from '../../organization/workspace/actor.ts';
import { createOutput, type View } from '../../platform/terminal/output.ts';
import type { ApiRequest } from '../../twilio/client.ts';
import type { Api, Context } from '../context.ts';

const requestView: View = {
  fields: ['method', 'url', 'headers', 'body'],
  columns: ['method', 'url', 'body'],
};

/** Under `--dry-run`, shows the requests instead of sending them; tells whether it did. */
export async function onlyShown(ctx: Context, api: Api, requests: readonly ApiRequest[]): Promise<boolean> {
  if (!ctx.flags.dryRun) return false;
  const shown = requests.map(({ method, path, headers, body }) => ({
    method,
    url: new URL(path, api.url).href,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  }));
  // `--fields` is about the result, which there is none of.
  const { out, runtime, flags } = ctx;
  const whole = () =>
    createOutput({ stdout: runtime.stdout, env: runtime.env, format: out.format, color: false });
  await (flags.fields === undefined ? out : whole()).list(requestView, shown);
  ctx.messages.note(
    requests.length === 0 ? 'Dry run: nothing to send, it holds already' : 'Dry run: nothing was changed',
  );
  return true;
}

/** The actor that runs and reports record. */
export function actorIn(ctx: Context): string {
  return actorOf(ctx.runtime.env, userInfo);
}

/** Head of a plan: its app and organization, its author and the version that made it. */
export async function planHead(ctx: Context, columns: ItemColumn[], done?: DoneWord): Promise<PlanHead> {
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

/** Under `--dry-run`, shows the requests of a plan instead of sending them; tells whether it did. */
export async function planOnlyShown(ctx: Context, plan: Plan): Promise<boolean> {
  if (!ctx.flags.dryRun) return false;
  const requests: ApiRequest[] = [];
  for await (const { steps } of plan.items()) {
    requests.push(...steps.map((step) => writeOf(step, undefined).request));
  }
  return onlyShown(ctx, await ctx.api(), requests);
}
