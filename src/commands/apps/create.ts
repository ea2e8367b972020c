import { guideCommand } from './shared/guide.ts';

export const createCommand = guideCommand('create', 'How to create an OAuth app in the Console');
