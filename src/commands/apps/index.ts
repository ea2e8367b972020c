import type { CommandGroup } from '../../cli/command.ts';
import { authorizedCommand } from './authorized.ts';
import { createCommand } from './create.ts';
import { deleteCommand } from './delete.ts';
import { revokeCommand } from './revoke.ts';
import { rotateSecretCommand } from './rotate-secret.ts';
import { scopesCommand } from './scopes.ts';
import { updateCommand } from './update.ts';
import { viewCommand } from './view.ts';

export const apps: CommandGroup = {
  examples: ['twilio-org apps create --open', 'twilio-org apps scopes "users list" "roles get"'],
  commands: [
    createCommand,
    viewCommand,
    updateCommand,
    deleteCommand,
    authorizedCommand,
    revokeCommand,
    rotateSecretCommand,
    scopesCommand,
  ],
};
