import {
  type CommandNode,
  type Flag,
  flagSpellings,
  flagsWithOtherValue,
  flagsWithValue,
  flatten,
  namesOfScopes,
  quoted,
  splitCommonFlags,
  takesScope,
} from './tree.ts';

/** A completion script for bash 3.2 and newer, which needs nothing but bash itself. */
export function bashScript(root: CommandNode): string {
  const program = root.names[0] ?? '';
  const nodes = flatten(root);
  const { common, own } = splitCommonFlags(nodes);
  const valued = flagsWithValue(nodes);
  const commonNames = new Set(common.map(({ long }) => long));
  return `# bash completion for ${program}. Made by: ${program} completion bash

# Steps to the command that a word names; fails for any other word.
_twilio_org_step() {
  case "$at|$1" in
${nodes.flatMap(steps).join('\n')}
    *) return 1 ;;
  esac
}

# Sets the words and flags that can follow a command.
_twilio_org_next() {
  words='' flags=${quoted(names(common))}
  case "$at" in
${nodes
  .map(
    (node) =>
      `    ${quoted(node.path)}) words=${quoted(nextWords(node))} flags+=${quoted(` ${names(own(node).filter(({ long }) => !commonNames.has(long)))}`)} ;;`,
  )
  .join('\n')}
  esac
}

# Sets the possible values of a flag: words, or names of files.
_twilio_org_value() {
  words=''
  case "$at|$1" in
${nodes.flatMap((node) => flagsWithOtherValue(node, valued).map((flag) => value(flag, quoted(`${node.path}|`)))).join('\n')}
${valued.map((flag) => value(flag, "*'|'")).join('\n')}
  esac
}

# Adds the scopes that begin like a word. A name may contain anything: it is quoted, and never evaluated.
_twilio_org_scopes() {
  local name quoted typed=$1
  # Within quotes, a name would have to be quoted in another way.
  if [[ $typed == [\\"\\']* ]]; then return 0; fi
  typed=\${typed//\\\\/}
  while IFS= read -r name; do
    if [[ -n $name && $name == "$typed"* ]]; then
      printf -v quoted %q "$name"
      COMPREPLY+=("$quoted")
    fi
  done < <(echo org; command ${program} ${namesOfScopes} 2>/dev/null </dev/null || true)
}

_twilio_org() {
  local at='' flag='' rest='' given='' words flags files='' scopes='' word i cur=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $flag ]]; then
      # bash makes three words of --output=json.
      [[ $word == '=' ]] || flag=''
    elif [[ $word == -- ]]; then
      rest=1
    elif [[ -z $rest && $word == -* ]]; then
      case "$word" in
        ${valued.flatMap(flagSpellings).join(' | ')}) flag=$word ;;
      esac
    else
      _twilio_org_step "$word" || given=1
    fi
  done
  _twilio_org_next
  [[ -n $given ]] && words=''
  if [[ -n $flag ]]; then
    [[ $cur == '=' ]] && cur=''
    _twilio_org_value "$flag"
    if [[ -n $scopes ]]; then
      _twilio_org_scopes "$cur"
      return 0
    fi
  elif [[ -z $rest && $cur == -* ]]; then
    words=$flags
  fi
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(
    if [[ -n $files ]]; then compgen -f -- "$cur"; else compgen -W "$words" -- "$cur"; fi
  )
  # bash 3 has no compopt: it completes the name, but does not quote it.
  [[ -z $files ]] || compopt -o filenames 2>/dev/null || true
}

complete -F _twilio_org ${program}
`;
}

function steps(node: CommandNode): string[] {
  return node.commands.map((sub) => {
    const patterns = sub.names.map((name) => quoted(`${node.path}|${name}`));
    return `    ${patterns.join(' | ')}) at=${quoted(sub.path)} ;;`;
  });
}

function nextWords(node: CommandNode): string {
  return [...node.commands.flatMap((sub) => sub.names), ...node.choices].join(' ');
}

/** The possible values of a flag after a command. */
function value(flag: Flag, command: string): string {
  const { choices, value } = flag;
  const known =
    choices.length > 0 ? `words=${quoted(choices.join(' '))}` : value === 'file' ? 'files=1' : ':';
  const patterns = flagSpellings(flag).map((spelling) => `${command}${spelling}`);
  return `    ${patterns.join(' | ')}) ${takesScope(flag) ? 'scopes=1' : known} ;;`;
}

function names(flags: readonly Flag[]): string {
  return flags.flatMap(flagSpellings).join(' ');
}
