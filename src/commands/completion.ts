import { defineCommand } from '../cli/command.ts';
import { completionScript, shells } from '../cli/completion/index.ts';

const installation = `To install it, run these commands once. After an update of the program, run the first line again:
  bash        twilio-org completion bash > ~/.twilio-org-completion.bash
              and in ~/.bashrc:   source ~/.twilio-org-completion.bash
  zsh         mkdir -p ~/.zfunc && twilio-org completion zsh > ~/.zfunc/_twilio-org
              and in ~/.zshrc:    fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit
  fish        mkdir -p ~/.config/fish/completions && twilio-org completion fish > ~/.config/fish/completions/twilio-org.fish
  powershell  twilio-org completion powershell > "$HOME/twilio-org-completion.ps1"
              and in $PROFILE:    . "$HOME/twilio-org-completion.ps1"
              Windows PowerShell 5.1 completes a flag from its first letter on, not from its dashes alone
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
  async run(ctx, { shell }) {
    await ctx.out.text(await completionScript(await ctx.program(), shell));
  },
});
