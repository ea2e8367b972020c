import {
  type CommandNode,
  type Flag,
  flagSpellings,
  flatten,
  namesOfScopes,
  quoted,
  takesScope,
} from './tree.ts';

/** A completion script for zsh: for a directory of `fpath`, or to be sourced. */
export function zshScript(root: CommandNode): string {
  const program = root.names[0] ?? '';
  return `#compdef ${program}
# Made by: ${program} completion zsh

${flatten(root)
  .map((node) => (node.commands.length > 0 ? group(program, node) : verb(program, node)))
  .join('\n')}
# Offers scopes. compadd quotes a name, which may contain anything.
_twilio_org_scopes() {
  local -a scopes
  local expl
  scopes=(org "\${(@f)$(command ${program} ${namesOfScopes} 2>/dev/null </dev/null)}")
  scopes=("\${(@)scopes:#}")
  _wanted scopes expl scope compadd -a scopes
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;
}

function group(program: string, node: CommandNode): string {
  const described = node.commands.flatMap((sub) =>
    sub.names.map((name) => `    ${quoted(`${name}:${sub.description.replaceAll(':', '\\:')}`)}`),
  );
  return `${functionName(program, node)}() {
  local curcontext=$curcontext state line ret=1
  local -a commands=(
${described.join('\n')}
  )
  _arguments -C -s : \\
${node.flags.flatMap(specs).join('\n')}
    '1: :->command' \\
    '*:: :->rest' && ret=0
  case $state in
    command) _describe -t commands command commands && ret=0 ;;
    rest)
      case $line[1] in
${node.commands.map((sub) => `        ${sub.names.join(' | ')}) ${functionName(program, sub)} && ret=0 ;;`).join('\n')}
      esac
      ;;
  esac
  return ret
}
`;
}

function verb(program: string, node: CommandNode): string {
  const choices =
    node.choices.length === 0 ? [] : [`    ${quoted(`1:value:(${node.choices.join(' ')})`)} \\`];
  // Without an entry for arguments, zsh completes no flag after one.
  const lines = [...node.flags.flatMap(specs), ...choices, "    '*: :()'"].join('\n');
  return `${functionName(program, node)}() {
  _arguments -s : \\
${lines}
}
`;
}

function functionName(program: string, node: CommandNode): string {
  return ['', program, ...node.path.split(' ').filter(Boolean)].join('_').replace(/^__/, '_');
}

/** A flag for `_arguments`. The star allows it several times, because some flags repeat. */
function specs(flag: Flag): string[] {
  const text = `[${flag.description.replace(/[\\[\]:]/g, '\\$&')}]`;
  return flagSpellings(flag).map((spelling) => {
    const name = flag.value === undefined ? spelling : `${spelling}${spelling.startsWith('--') ? '=' : '+'}`;
    return `    ${quoted(`*${name}${text}${valueSpec(flag)}`)} \\`;
  });
}

function valueSpec(flag: Flag): string {
  const { value, choices } = flag;
  if (takesScope(flag)) return `:${value}:_twilio_org_scopes`;
  if (value === undefined) return '';
  if (choices.length > 0) return `:${value}:(${choices.join(' ')})`;
  return value === 'file' ? `:${value}:_files` : `:${value}: `;
}
