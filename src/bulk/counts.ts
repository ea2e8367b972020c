import path from 'node:path';
import { isObject } from '../api/values.ts';
import { makePrivateFolder, readPrivateFile, replacePrivateFile } from '../config/files.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';

/** How much a whole listing held. */
interface Counts {
  users?: number;
  assignments?: number;
}

/**
 * Compares a whole listing with the one before, of the same organization: one that is empty, or has lost more than half, is
 * more likely broken than true. What can't be remembered is not missed: it is a net below others.
 */
export async function checkCounts(ctx: Context, now: Counts): Promise<void> {
  const { apiUrl, organizationSid, source, profileName } = await ctx.settings();
  const key = `${apiUrl} ${organizationSid ?? (source === 'profile' ? profileName : source)}`;
  const file = path.join(ctx.configDir, 'counts.json');
  const kept = await readKept(ctx, file);
  const before = isObject(kept[key]) ? kept[key] : {};
  // Somebody has said that it is true: it is what is remembered from now on.
  const overridden = (ctx.flags as { overrideGuards?: boolean }).overrideGuards === true;
  for (const name of ['users', 'assignments'] as const) {
    const [was, is] = [before[name], now[name]];
    if (is === undefined || typeof was !== 'number' || is * 2 >= was || overridden) continue;
    throw new AppError(
      'guard',
      `The list of ${name} holds ${is}, and held ${was} the last time: nothing was changed`,
      {
        hint: 'If that is true, pass --override-guards; if not, something answers wrongly: look with --debug',
      },
    );
  }
  await keep(ctx, file, { ...kept, [key]: { ...before, ...now } });
}

/** Remembers a listing that somebody has said to be true. */
async function keep(ctx: Context, file: string, counts: Record<string, unknown>): Promise<void> {
  try {
    await makePrivateFolder(ctx.configDir);
    await replacePrivateFile(file, `${JSON.stringify(counts, undefined, 2)}\n`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

async function readKept(ctx: Context, file: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse((await readPrivateFile(ctx.configDir, file)) ?? '{}');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
