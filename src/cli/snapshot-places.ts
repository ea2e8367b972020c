import type { SnapshotPlaces } from '../organization/snapshots/find.ts';
import { AppError } from '../platform/core/errors.ts';
import type { Context } from './context.ts';

/** The places for snapshots. Unusable settings name no organization: a snapshot is read without a login. */
export function snapshotPlaces(ctx: Pick<Context, 'configDir' | 'settings' | 'now'>): SnapshotPlaces {
  return {
    get configDir() {
      return ctx.configDir;
    },
    async organizationSid() {
      try {
        return (await ctx.settings()).organizationSid;
      } catch (error) {
        if (error instanceof AppError) return undefined;
        throw error;
      }
    },
    now: ctx.now,
  };
}
