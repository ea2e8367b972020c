import { guideCommand } from './shared/guide.ts';

export const revokeCommand = guideCommand(
  'revoke',
  'How to revoke the access of an authorized app in the Console',
);
