import type { Command } from 'commander';
import { isUserPattern } from '../login/config/schema.ts';
import { parseRoleReference } from '../organization/references.ts';
import { usageError } from '../platform/core/errors.ts';
import { repeatable } from './command.ts';
import { parseWholeNumber } from './flag-values.ts';

export function addGuardFlags(command: Command): Command {
  return addLimitFlags(command).option('--override-guards', 'do it whatever the guards say');
}

export function parseFraction(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw usageError(`"${text}" is not a fraction`, 'Give a number from 0 to 1, such as 0.2');
}

/** One that matches nobody, such as a variable of the shell that is not set, would protect nobody. */
export function pattern(text: string): string {
  if (isUserPattern(text)) return text;
  throw usageError(
    `"${text}" protects nobody`,
    'Give one e-mail address, which may have * and ? in it, or the SID of a user; the flag may be given several times',
  );
}

/** Those of them that can be kept in a profile. */
export function addLimitFlags(command: Command): Command {
  return command
    .option('--max-removals <n>', 'refuse to take away more than this at once (20)', parseWholeNumber)
    .option(
      '--max-removal-fraction <f>',
      'refuse to take away a larger part of all, 0 to 1 (0.2)',
      parseFraction,
    )
    .addOption(
      repeatable(
        '--protect <pattern>',
        'take nothing away from users with such an e-mail address or SID',
        pattern,
      ),
    )
    .option(
      '--keep-admins <n>',
      'leave at least this many active users with the --admin-role',
      parseWholeNumber,
    )
    .option('--admin-role <role>', 'the role that --keep-admins is about: SID or name', parseRoleReference);
}
