import { guideCommand } from './shared/guide.ts';

export const viewCommand = guideCommand('view', 'How to view an OAuth app in the Console');
