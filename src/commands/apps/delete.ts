import { guideCommand } from './shared/guide.ts';

export const deleteCommand = guideCommand(
  'delete',
  'How to delete an OAuth app in the Console, and what that ends',
);
