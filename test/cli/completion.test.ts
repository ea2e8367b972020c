import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, it, onTestFinished, test } from 'vitest';
import { namesOfScopes } from '../../src/cli/completion/tree.ts';
import { storeKinds } from '../../src/login/credentials/stores.ts';
import { formatNames } from '../../src/platform/terminal/formats/index.ts';
import { home, run } from '../support/cli.ts';
import { openTerminal } from '../support/pty.ts';
import { describeWith } from '../support/requires.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'];
const fileOf = (shell: string) => join(home, `completion.${shell}`);

const bin = join(home, 'bin');

/** Names of accounts that a shell would run, take apart or fill in, if they were not quoted. */
const names = [
  'EU production',
  `EU $(touch ${home}/ran)`,
  `EU \`touch ${home}/ran\``,
  `EU ; touch ${home}/ran`,
  `EU' "quoted"`,
  'EU $HOME *',
  'EU \\ (backslash) | > x',
  'US',
];

beforeAll(async () => {
  for (const shell of shells) await writeFile(fileOf(shell), (await run(['completion', shell])).stdout);
  await writeFile(join(home, 'assignment one.json'), '{}');
  await mkdir(bin);
  await writeFile(join(home, 'names'), `${names.join('\n')}\n`);
  // It stands in for the program, whose names are those of the user.
  await writeFile(
    join(bin, 'twilio-org'),
    `#!/bin/sh\n[ "$*" = '${namesOfScopes}' ] && cat '${home}/names'\n`,
  );
  await chmod(join(bin, 'twilio-org'), 0o755);
});

const groups = [
  'access',
  'accounts',
  'api',
  'apps',
  'assignments',
  'auth',
  'completion',
  'doctor',
  'guards',
  'help',
  'open',
  'role-assignments',
  'roles',
  'runs',
  'sandbox',
  'snapshots',
  'users',
];

/** The typed line, and its candidates. */
const cases: [line: string, candidates: string[]][] = [
  ['twilio-org ', groups],
  ['twilio-org us', ['users']],
  ['twilio-org role-assignments ', ['create', 'delete', 'export', 'import', 'list', 'replace']],
  ['twilio-org assignments cr', ['create']],
  ['twilio-org users list -o ', [...formatNames].toSorted()],
  ['twilio-org users list --output js', ['json', 'jsonl']],
  ['twilio-org users list --output sar', []],
  ['twilio-org access lint -o ', [...formatNames, 'html', 'markdown', 'sarif'].toSorted()],
  ['twilio-org access lint --output s', ['sarif']],
  ['twilio-org access lint --out', ['--output']],
  ['twilio-org -o json users li', ['list']],
  ['twilio-org --profile users ', groups],
  ['twilio-org assignments list --res', ['--resource-id', '--resource-type']],
  ['twilio-org users list --res', []],
  ['twilio-org auth login --grant ', ['authorization-code', 'client-credentials']],
  ['twilio-org auth login --store k', ['keychain']],
  ['twilio-org completion ', ['bash', 'fish', 'powershell', 'zsh']],
  ['twilio-org completion zsh ', []],
  ['twilio-org users get list ', []],
  ['twilio-org users deactivate one two --ye', ['--yes']],
  ['twilio-org users list --search ', []],
  [`twilio-org api POST /scim/v2/Users --input ${home}/assi`, [`${home}/assignment one.json`]],
];

test('completion for an unknown shell is a usage error that names the four', async () => {
  const { stdout, stderr, exitCode } = await run(['completion', 'tcsh']);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toMatch(/bash, zsh, fish or powershell/);
});

test('completion --help says how to install the script in each shell', async () => {
  const { stdout } = await run(['completion', '--help']);
  expect(stdout).toMatch(/\$ twilio-org completion \w+ > .*\n {2}\$ twilio-org completion \w+ > /);
  for (const shell of shells) expect(stdout).toMatch(new RegExp(`\\n  ${shell} +.*completion ${shell} >`));
});

test('the PowerShell script holds the same commands, with quotes doubled', async () => {
  const script = await readFile(fileOf('powershell'), 'utf8');
  expect(script).toContain(
    "@{ Word = 'assignments'; Text = 'Manage the roles that users have'; To = 'role-assignments' }",
  );
  expect(script).toContain("Text = 'Run a local stand-in for Twilio''s Organization API'");
  const kinds = storeKinds.map((kind) => `'${kind}'`).join(', ');
  expect(script).toMatch(new RegExp(`'auth login' = @\\{.*Word = '--store'.*Choices = @\\(${kinds}\\)`, 's'));
});

describeWith('bash', 'completion in bash', () => {
  const driver = `
    source "$1"; shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    [[ $(complete -p twilio-org) =~ -F\\ ([^ ]+) ]] && "\${BASH_REMATCH[1]}" twilio-org
    ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"
  `;

  async function candidates(words: readonly string[]): Promise<string[]> {
    const { stdout } = await execa('bash', ['--norc', '-uec', driver, 'bash', fileOf('bash'), ...words]);
    return stdout.split('\n').filter(Boolean).sort();
  }

  it.each(cases)('turns "%s" into %j', async (line, expected) => {
    expect(await candidates(line.split(' '))).toEqual(expected);
  });

  it('offers a flag by its short and its long name, each once', async () => {
    const flags = await candidates(['twilio-org', 'users', 'list', '-']);
    expect(flags).toEqual(
      expect.arrayContaining(['--active', '--help', '--output', '--timeout', '-h', '-o']),
    );
    expect(flags).toEqual([...new Set(flags)]);
  });

  it('offers no flag after --', async () => {
    expect(await candidates(['twilio-org', 'users', 'list', '--act'])).toEqual(['--active']);
    expect(await candidates(['twilio-org', 'users', 'list', '--', '--act'])).toEqual([]);
    expect(await candidates(['twilio-org', 'completion', '--', 'z'])).toEqual(['zsh']);
  });

  it('splits --output=json as bash does, whatever part of it is typed', async () => {
    const before = ['twilio-org', 'users', 'list', '--output', '='];
    expect(await candidates(before)).toContain('table');
    expect(await candidates([...before, 'js'])).toEqual(['json', 'jsonl']);
    expect(await candidates([...before, 'json', '--sea'])).toEqual(['--search']);
  });

  it('offers names of accounts as scopes, quoted so that the shell runs nothing', async () => {
    const offered = async (...typed: string[]) => {
      const path = `${bin}:${process.env.PATH}`;
      const words = ['twilio-org', 'assignments', 'list', '--scope', ...typed];
      const args = ['--norc', '-uec', driver, 'bash', fileOf('bash'), ...words];
      return (await execa('bash', args, { env: { PATH: path } })).stdout.split('\n').filter(Boolean);
    };
    expect(await offered('o')).toEqual(['org']);
    expect(await offered('U')).toEqual(['US']);
    expect(await offered('EU\\ p')).toEqual(['EU\\ production']);
    expect(await offered('=', 'U')).toEqual(['US']);
    for (const quote of ['"E', "'E"]) expect(await offered(quote)).toEqual([]);
    const quoted = await offered('');
    const { stdout } = await execa('bash', ['--norc', '-c', `printf '%s\\n' ${quoted.join(' ')}`]);
    expect(stdout.split('\n')).toEqual(['org', ...names]);
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  it('works on a terminal', async () => {
    const terminal = openTerminal('bash', ['--norc', '--noprofile', '-i'], { cwd: home, env: shellEnv() });
    onTestFinished(() => terminal.close());
    terminal.type(`source ${fileOf('bash')}; echo rea''dy\r`);
    await terminal.waitFor('ready');
    terminal.type('twilio-org us\tdeact\t--outp\tjso');
    await terminal.waitFor('twilio-org users deactivate --output jso');
    terminal.type('\x15twilio-org users list --output=ta\t');
    await terminal.waitFor('--output=table ');
    terminal.type('\x15twilio-org api POST /x --input assi\t');
    await terminal.waitFor('--input assignment\\ one.json ');
  });
});

describeWith('fish', 'completion in fish', () => {
  async function candidates(line: string): Promise<string[]> {
    const { stdout } = await execa(
      'fish',
      ['--no-config', '-c', `source ${fileOf('fish')}; complete -C $argv`, line],
      {
        env: shellEnv(),
        extendEnv: false,
      },
    );
    return stdout.split('\n').filter(Boolean).sort();
  }

  it.each(cases)('"%s" becomes %j', async (line, expected) => {
    const words = (await candidates(line)).map((candidate) => candidate.split('\t')[0]?.replaceAll('\\', ''));
    expect(words).toEqual(expected);
  });

  it('offers names of accounts as scopes, quoted so that the shell runs nothing', async () => {
    const env = { ...shellEnv(), PATH: `${bin}:${process.env.PATH}` };
    const line = 'twilio-org assignments list --scope ';
    const complete = ['--no-config', '-c', `source ${fileOf('fish')}; complete --escape -C $argv`, line];
    const { stdout } = await execa('fish', complete, { env, extendEnv: false });
    const quoted = stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
    const printed = await execa('fish', ['--no-config', '-c', `printf '%s\\n' ${quoted.join(' ')}`]);
    expect(printed.stdout.split('\n').toSorted()).toEqual(['org', ...names].toSorted());
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  it('shows descriptions of commands and flags', async () => {
    expect(await candidates('twilio-org sandb')).toEqual([
      "sandbox\tRun a local stand-in for Twilio's Organization API",
    ]);
    expect(await candidates('twilio-org users list --inact')).toEqual([
      '--inactive\tonly users that are not active',
    ]);
    expect(await candidates('twilio-org auth login --timeo')).toEqual([
      '--timeout\ttime limit for the approval (default: 300)',
    ]);
  });
});

describeWith('zsh', 'completion in zsh', () => {
  it('works from a directory of fpath', async () => {
    await mkdir(join(home, 'zfunc'));
    await copyFile(fileOf('zsh'), join(home, 'zfunc', '_twilio-org'));
    const terminal = openTerminal('zsh', ['-f', '-i'], { cwd: home, env: shellEnv(), columns: 120 });
    onTestFinished(() => terminal.close());
    // Ctrl-T prints the line in full and empties it: what zsh redraws after a Tab is only a part of it.
    terminal.type('show() { print -r -- "<$BUFFER>"; BUFFER=; }; zle -N show; bindkey ^T show\r');
    terminal.type("fpath=(~/zfunc $fpath); autoload -Uz compinit; compinit -u -D; echo rea''dy\r");
    await terminal.waitFor('ready');

    const completed = async (typed: string, line: string) => {
      terminal.type(`twilio-org ${typed}\x14`);
      await terminal.waitFor(`<twilio-org ${line}>`);
    };
    await completed('us\tdeact\t--dr\t', 'users deactivate --dry-run ');
    await completed('-o json assi\tcre\t--resource-t\t', '-o json assignments create --resource-type=');
    await completed('users list --output=tab\t', 'users list --output=table ');
    await completed('users list --output tab\t', 'users list --output table ');
    await completed('auth login --store key\t', 'auth login --store keychain ');
    await completed('completion pow\t', 'completion powershell ');
    await completed('api POST /x --input assi\t', 'api POST /x --input assignment\\ one.json ');
    await completed('users deactivate a b --ye\t', 'users deactivate a b --yes ');
    await completed('completion bash z\t', 'completion bash z');
    await completed('users list --search us\t', 'users list --search us');
    await completed('users list --resource-t\t', 'users list --resource-t');

    const listed = async (typed: string, ...texts: RegExp[]) => {
      terminal.type(`twilio-org ${typed}\t`);
      for (const text of texts) await terminal.waitFor(text);
      terminal.type('\x15');
    };
    await listed(
      '',
      /role-assignments +assignments +-- Manage the roles that users have/,
      /sandbox +-- .*Twilio's/,
    );
    await listed('users list -o ', new RegExp([...formatNames].toSorted().join(' +')));
    await listed('assignments create --', /--user +-- SID, e-mail address or external:ID/);
  });

  it('offers names of accounts as scopes, quoted so that the shell runs nothing', async () => {
    await mkdir(join(home, 'zfunc-names'));
    await copyFile(fileOf('zsh'), join(home, 'zfunc-names', '_twilio-org'));
    const env = { ...shellEnv(), PATH: `${bin}:${process.env.PATH}` };
    const terminal = openTerminal('zsh', ['-f', '-i'], { cwd: home, env, columns: 160 });
    onTestFinished(() => terminal.close());
    terminal.type('show() { print -r -- "<$BUFFER>"; BUFFER=; }; zle -N show; bindkey ^T show\r');
    terminal.type("fpath=(~/zfunc-names $fpath); autoload -Uz compinit; compinit -u -D; echo rea''dy\r");
    await terminal.waitFor('ready');
    const completed = async (typed: string, line: string) => {
      terminal.type(`twilio-org assignments list --scope ${typed}\x14`);
      await terminal.waitFor(`<twilio-org assignments list --scope ${line}>`);
    };
    await completed('EU\\ pro\t', 'EU\\ production ');
    await completed('EU\\ \\$\\(\t', `EU\\ \\$\\(touch\\ ${home}/ran\\) `);
    await completed('EU\\ \\`\t', `EU\\ \\\`touch\\ ${home}/ran\\\` `);
    await completed('o\t', 'org ');
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  it('works when it is sourced', async () => {
    const { stdout } = await execa('zsh', [
      '-fc',
      'compdef() { print -r -- $@; }; source $1',
      'zsh',
      fileOf('zsh'),
    ]);
    expect(stdout).toBe('_twilio-org twilio-org');
  });
});

function shellEnv() {
  return { PATH: process.env.PATH, HOME: home, PS1: '> ' };
}
