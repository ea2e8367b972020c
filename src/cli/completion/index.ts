import type { ProgramInfo } from '../command-info.ts';
import { helpTopics } from '../help/topics.ts';
import { buildTree, type CommandNode, helpNode } from './tree.ts';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type Shell = (typeof shells)[number];

const scripts: Record<Shell, () => Promise<(root: CommandNode) => string>> = {
  bash: async () => (await import('./bash.ts')).bashScript,
  zsh: async () => (await import('./zsh.ts')).zshScript,
  fish: async () => (await import('./fish.ts')).fishScript,
  powershell: async () => (await import('./powershell.ts')).powershellScript,
};

/** The script holds the whole command tree, so that pressing Tab starts the program only for the names of accounts. */
export async function completionScript(program: ProgramInfo, shell: Shell): Promise<string> {
  const script = await scripts[shell]();
  const root = buildTree(program);
  return script({ ...root, commands: [...root.commands, helpNode(program, helpTopics)] });
}
