import { guideCommand } from './shared/guide.ts';

export const updateCommand = guideCommand(
  'update',
  'How to change an OAuth app, or its scopes, in the Console',
);
