import type { CommandGroup } from '../../cli/command.ts';
import { setCommand } from './set.ts';
import { showCommand } from './show.ts';
import { unsetCommand } from './unset.ts';

export const guards: CommandGroup = {
  examples: ['twilio-org guards show', "twilio-org guards set --protect 'ceo@*' --max-removals 10"],
  commands: [showCommand, setCommand, unsetCommand],
};
