import { defaultGuards, effectiveGuards, type GuardFlags } from '../../changes/guards/policy.ts';
import { defineCommand } from '../../cli/command.ts';
import type { Context } from '../../cli/context.ts';
import { limitFlags } from '../../cli/guard-flags.ts';
import type { GuardSettings } from '../../login/config/schema.ts';
import { updateGuards } from './shared/profile-guards.ts';

export const setCommand = defineCommand({
  name: 'guards set',
  summary: 'Set guards in the profile; flags can only tighten them',
  flags: limitFlags,
  oneOf: [
    {
      of: ['maxRemovals', 'maxRemovalFraction', 'protect', 'keepAdmins', 'adminRole'],
      question: 'Which limit should be set?',
    },
  ],
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org guards set --max-removals 10 --max-removal-fraction 0.1',
    "twilio-org guards set --protect 'ceo@*' --keep-admins 2 --admin-role Admin",
  ],
  run: (ctx, { flags }) => set(ctx, flags),
});

/** The guards that the change loosens, one per line. */
function loosenedGuards(before: GuardSettings, named: GuardSettings): string[] {
  const after = { ...before, ...named };
  const raised = (['max_removals', 'max_removal_fraction'] as const).filter(
    (name) => (after[name] ?? 0) > (before[name] ?? Number.POSITIVE_INFINITY),
  );
  const { keep_admins: minimum = defaultGuards.keep_admins } = before;
  const lowered = (after.keep_admins ?? minimum) < minimum ? (['keep_admins'] as const) : [];
  const role = after.admin_role !== before.admin_role && before.admin_role ? (['admin_role'] as const) : [];
  const numbers = [...raised, ...lowered, ...role].map(
    (name) => `  ${name}: ${after[name]}, was ${before[name] ?? defaultGuards[name]}`,
  );
  const unprotected = (before.protect ?? []).filter((pattern) => !after.protect?.includes(pattern));
  return [...numbers, ...unprotected.map((pattern) => `  ${pattern} is no longer protected`)];
}

/** Replaces the named guards; the others stay. */
export async function set(ctx: Context, flags: GuardFlags): Promise<void> {
  const { maxRemovals, maxRemovalFraction, protect, keepAdmins, adminRole } = flags;
  const named: GuardSettings = {
    ...(maxRemovals === undefined ? {} : { max_removals: maxRemovals }),
    ...(maxRemovalFraction === undefined ? {} : { max_removal_fraction: maxRemovalFraction }),
    ...(protect === undefined ? {} : { protect }),
    ...(keepAdmins === undefined ? {} : { keep_admins: keepAdmins }),
    ...(adminRole === undefined ? {} : { admin_role: adminRole }),
  };
  const { profile, profileName } = await ctx.settings();
  const loosened = loosenedGuards(profile?.guards ?? {}, named);
  if (loosened.length > 0 && !ctx.flags.dryRun) {
    ctx.requireConfirmable('This loosens the guards');
    await ctx.confirmLocal(`This loosens the guards of profile ${profileName}:`, ...loosened);
  }
  await updateGuards(ctx, (before) => {
    const after = { ...before, ...named };
    // Throws for guards that are invalid together.
    effectiveGuards({}, after);
    return after;
  });
}
