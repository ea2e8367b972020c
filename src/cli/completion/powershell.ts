import { type CommandNode, type Flag, flagSpellings, flatten, namesOfScopes } from './tree.ts';

/** A completion script for PowerShell 5.1 and newer. */
export function powershellScript(root: CommandNode): string {
  const program = root.names[0] ?? '';
  return `# PowerShell completion for ${program}. Made by: ${program} completion powershell
Register-ArgumentCompleter -Native -CommandName ${quoted(program)} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # For each command: the commands below it, its flags, and the values of its argument. Each word with its meaning.
    $tree = @{
${flatten(root).map(entry).join('\n')}
    }

    $at = ''
    $flag = $null
    $given = $false
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text
        $next = $tree[$at].Commands | Where-Object { $_.Word -ceq $word } | Select-Object -First 1
        if ($flag) { $flag = $null }
        elseif ($word.StartsWith('-')) {
            $flag = $tree[$at].Flags | Where-Object { $_.Word -ceq $word -and $_.Takes } | Select-Object -First 1
        }
        elseif ($next) { $at = $next.To }
        else { $given = $true }
    }

    $prefix = ''
    $typed = $wordToComplete
    if (-not $flag -and $typed -cmatch '^(--[^=]+)=(.*)$') {
        $name = $Matches[1]
        $prefix = "$name="
        $typed = $Matches[2]
        $flag = $tree[$at].Flags | Where-Object { $_.Word -ceq $name -and $_.Takes } | Select-Object -First 1
    }
    if ($flag -and $flag.Takes -eq 'file') { return }

    if ($flag -and $flag.Takes -eq 'scope') {
        # A name may contain anything, so it is quoted.
        $typed = $typed.Trim("'", '"')
        @('org') + @(& ${quoted(program)} ${namesOfScopes} 2>$null) | Where-Object { $_ -and $_.StartsWith($typed, [StringComparison]::Ordinal) } | ForEach-Object {
            $text = if ($_ -cmatch '^[A-Za-z0-9_]+$') { $_ } else { "'" + ($_ -replace "['\\u2018-\\u201b]", '$0$0') + "'" }
            [System.Management.Automation.CompletionResult]::new($prefix + $text, $_, 'ParameterValue', $_)
        }
        return
    }

    $candidates = if ($flag) { $flag.Choices | ForEach-Object { @{ Word = $_; Text = $_ } } }
    elseif ($typed.StartsWith('-')) { $tree[$at].Flags }
    elseif (-not $given) {
        $tree[$at].Commands
        $tree[$at].Choices | ForEach-Object { @{ Word = $_; Text = $_ } }
    }
    $candidates | Where-Object { $_ -and $_.Word -and $_.Word.StartsWith($typed, [StringComparison]::Ordinal) } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($prefix + $_.Word, $_.Word, 'ParameterValue', $_.Text)
    }
}
`;
}

function entry(node: CommandNode): string {
  const commands = node.commands.flatMap((sub) =>
    sub.names.map(
      (name) =>
        `                @{ Word = ${quoted(name)}; Text = ${quoted(sub.description)}; To = ${quoted(sub.path)} }`,
    ),
  );
  return `        ${quoted(node.path)} = @{
            Commands = @(
${commands.join('\n')}
            )
            Flags = @(
${node.flags.flatMap(flagEntries).join('\n')}
            )
            Choices = ${list(node.choices)}
        }`;
}

function flagEntries(flag: Flag): string[] {
  const text = quoted(flag.description);
  return flagSpellings(flag).map(
    (spelling) =>
      `                @{ Word = ${quoted(spelling)}; Text = ${text}; Takes = ${quoted(flag.value ?? '')}; Choices = ${list(flag.choices)} }`,
  );
}

function list(words: readonly string[]): string {
  return `@(${words.map(quoted).join(', ')})`;
}

/** In single quotes. PowerShell also reads typographic quotes as quotes, so each is doubled. */
function quoted(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
