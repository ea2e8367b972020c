import { defineCommand } from '../cli/command.ts';
import { buildTree, type CommandNode, helpNode } from '../cli/completion/tree.ts';
import type { Context } from '../cli/context.ts';
import { helpTopics } from '../cli/help/topics.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

type Shell = (typeof shells)[number];

const scripts: Record<Shell, () => Promise<(root: CommandNode) => string>> = {
  bash: async () => (await import('../cli/completion/bash.ts')).bashScript,
  zsh: async () => (await import('../cli/completion/zsh.ts')).zshScript,
  fish: async () => (await import('../cli/completion/fish.ts')).fishScript,
  powershell: async () => (await import('../cli/completion/powershell.ts')).powershellScript,
};

const installation = `To install it, run these commands once. After an update of the program, run the first line again:
  bash        twilio-org completion bash > ~/.twilio-org-completion.bash
              and in ~/.bashrc:   source ~/.twilio-org-completion.bash
  zsh         mkdir -p ~/.zfunc && twilio-org completion zsh > ~/.zfunc/_twilio-org
              and in ~/.zshrc:    fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit
  fish        mkdir -p ~/.config/fish/completions && twilio-org completion fish > ~/.config/fish/completions/twilio-org.fish
  powershell  twilio-org completion powershell > "$HOME/twilio-org-completion.ps1"
              and in $PROFILE:    . "$HOME/twilio-org-completion.ps1"
Then open a new shell.
`;

export const completionCommand = defineCommand({
  name: 'completion',
  summary: 'Print a completion script for a shell',
  args: {
    shell: {
      summary: 'your shell',
      choices: shells,
      ask: { question: 'Which shell?', example: 'bash' },
    },
  },
  scopes: 'none',
  effect: 'reads',
  examples: [
    'twilio-org completion bash > ~/.twilio-org-completion.bash',
    'twilio-org completion fish > ~/.config/fish/completions/twilio-org.fish',
  ],
  notes: installation,
  run: (ctx, { shell }) => run(ctx, shell),
});

/** The script holds the whole command tree, so that pressing Tab never starts the program. */
async function run(ctx: Context, shell: Shell): Promise<void> {
  const script = await scripts[shell]();
  const program = await ctx.program();
  const root = buildTree(program);
  await ctx.out.text(script({ ...root, commands: [...root.commands, helpNode(program, helpTopics)] }));
}
