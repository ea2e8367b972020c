import {
  type CommandNode,
  type Flag,
  flagSpellings,
  flagsWithValue,
  flatten,
  namesOfScopes,
  splitCommonFlags,
  takesScope,
} from './tree.ts';

/** A completion script for fish 3.0 and newer. */
export function fishScript(root: CommandNode): string {
  const program = root.names[0] ?? '';
  const nodes = flatten(root);
  const { common, own } = splitCommonFlags(nodes);
  const valued = flagsWithValue(nodes).flatMap(flagSpellings);
  return `# fish completion for ${program}. Made by: ${program} completion fish

# Prints the command that the words before the cursor lead to.
function __twilio_org_at
    set -l at
    set -l skip
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip
        else if contains -- $word ${valued.join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word
            switch "$at $word"
${nodes.flatMap(steps).join('\n')}
                case '*'
                    # An argument: no command follows it.
                    set at "$at argument"
            end
        end
    end
    echo "$at"
end

# Prints scopes. fish escapes a name, which may contain anything.
function __twilio_org_scopes
    echo org
    command ${program} ${namesOfScopes} 2>/dev/null </dev/null
end

function __twilio_org_in
    string match -q -- "$argv" (__twilio_org_at); or string match -q -- "$argv argument*" (__twilio_org_at)
end

function __twilio_org_before_words
    test "$argv" = (__twilio_org_at)
end

complete -c ${program} -f
${common.map((flag) => `complete -c ${program} ${flagOptions(flag)}`).join('\n')}
${nodes.flatMap((node) => lines(program, node, own(node))).join('\n')}
`;
}

function steps(node: CommandNode): string[] {
  return node.commands.flatMap((sub) => [
    `                case ${sub.names.map((name) => quoted(`${node.path} ${name}`)).join(' ')}`,
    `                    set at ${quoted(sub.path)}`,
  ]);
}

function lines(program: string, node: CommandNode, own: readonly Flag[]): string[] {
  const where = (test: string) => `complete -c ${program} -n ${quoted(`__twilio_org_${test} ${node.path}`)}`;
  return [
    ...node.commands.flatMap((sub) =>
      sub.names.map((name) => `${where('before_words')} -a ${name} -d ${quoted(sub.description)}`),
    ),
    ...(node.choices.length > 0 ? [`${where('before_words')} -a ${quoted(node.choices.join(' '))}`] : []),
    ...own.map((flag) => `${where('in')} ${flagOptions(flag)}`),
  ];
}

function flagOptions(flag: Flag): string {
  const { short, long, value, choices, description } = flag;
  return [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
    ...(value === undefined ? [] : [value === 'file' ? '-r -F' : '-x']),
    ...(takesScope(flag) ? [`-a ${quoted('(__twilio_org_scopes)')}`] : []),
    ...(choices.length === 0 ? [] : [`-a ${quoted(choices.join(' '))}`]),
    `-d ${quoted(description)}`,
  ].join(' ');
}

/** In single quotes, where fish escapes only the quote and the backslash. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
