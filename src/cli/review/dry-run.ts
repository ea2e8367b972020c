import { toMutation } from '../../changes/plan/change.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import type { Api } from '../../organization/workspace/api.ts';
import { createOutput, type View } from '../../platform/terminal/output.ts';
import type { ApiRequest } from '../../twilio/client.ts';
import type { Context } from '../context.ts';

const requestView: View = {
  fields: ['method', 'url', 'headers', 'body'],
  columns: ['method', 'url', 'body'],
};

/** Under `--dry-run`, shows the requests instead of sending them; tells whether it did. */
export async function printDryRun(ctx: Context, api: Api, requests: readonly ApiRequest[]): Promise<boolean> {
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
    createOutput({ stdout: runtime.stdout, env: runtime.env, format: out.format.name, color: false });
  await (flags.fields === undefined ? out : whole()).list(requestView, shown);
  ctx.messages.note(
    requests.length === 0 ? 'Dry run: nothing to send, it holds already' : 'Dry run: nothing was changed',
  );
  return true;
}

/** Under `--dry-run`, shows the requests of a plan instead of sending them; tells whether it did. */
export async function printPlanDryRun(ctx: Context, plan: Plan): Promise<boolean> {
  if (!ctx.flags.dryRun) return false;
  const requests: ApiRequest[] = [];
  for await (const { steps } of plan.items()) {
    requests.push(...steps.map((step) => toMutation(step, undefined).request));
  }
  return printDryRun(ctx, await ctx.api(), requests);
}
