import { guideCommand } from './shared/guide.ts';

export const authorizedCommand = guideCommand(
  'authorized',
  'How to see in the Console which apps were authorized, and by whom',
);
