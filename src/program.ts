import { type Command, CommanderError } from 'commander';
import { CliCommand, type CommandBuilder, createCommandBuilder, UnknownCommand } from './cli/command.ts';
import type { Context } from './cli/context.ts';
import type { Runtime } from './cli/runtime.ts';
import { type AppError, usageError } from './platform/core/errors.ts';
import { createOutput } from './platform/terminal/output.ts';
import { NotWritten } from './platform/terminal/writer.ts';

interface Group {
  name: string;
  alias?: string;
  description: string;
  /** Adds what is below it; loaded only when it is run. */
  load: () => Promise<(cli: CommandBuilder, group: Command) => void>;
}

/** The front door: every group and every command at the top, in the order of the help. */
export const groups: readonly Group[] = [
  {
    name: 'auth',
    description: 'Log in and out, and see which credentials are in force',
    load: async () => (await import('./commands/auth/index.ts')).auth,
  },
  {
    name: 'apps',
    description: 'The OAuth apps behind logins; only the Console changes them',
    load: async () => (await import('./commands/apps/index.ts')).apps,
  },
  {
    name: 'users',
    description: 'The people of the organization',
    load: async () => (await import('./commands/users/index.ts')).users,
  },
  {
    name: 'roles',
    description: 'The roles that can be given',
    load: async () => (await import('./commands/roles/index.ts')).roles,
  },
  {
    name: 'role-assignments',
    alias: 'assignments',
    description: 'Who has which role where',
    load: async () => (await import('./commands/role-assignments/index.ts')).roleAssignments,
  },
  {
    name: 'access',
    description: 'Compare the roles of users, and copy them',
    load: async () => (await import('./commands/access/index.ts')).access,
  },
  {
    name: 'guards',
    description: 'What no command takes away with a profile',
    load: async () => (await import('./commands/guards/index.ts')).guards,
  },
  {
    name: 'runs',
    description: 'Review, resume or undo changes',
    load: async () => (await import('./commands/runs/index.ts')).runs,
  },
  {
    name: 'api',
    description: "Send any request with this program's login and retries",
    load: async () => (await import('./commands/api.ts')).api,
  },
  {
    name: 'sandbox',
    description: "Run a local stand-in for Twilio's Organization API",
    load: async () => (await import('./commands/sandbox.ts')).sandbox,
  },
  {
    name: 'doctor',
    description: 'See what works here and what does not',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'completion',
    description: 'Print a completion script for a shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];

/** The command tree. Its groups are still empty: `load` fills one, and running one does. */
export interface Program {
  root: Command;
  load: (name: string) => Promise<void>;
  /** The help or version that was asked for. */
  printed: () => string;
  /** The context of the command, once it runs. */
  context: () => Context | undefined;
}

export function createProgram(version: string, runtime: Runtime, args: readonly string[] = []): Program {
  let context: Context | undefined;
  const cli = createCommandBuilder(version, async (flags, verb) => {
    const { createContext } = await import('./cli/create-context.ts');
    context = await createContext(runtime, flags, { args, verb, version });
    return context;
  });
  const root = cli.command(
    'twilio-org',
    'Administer a Twilio Organization: users, roles and role assignments',
  );
  root.helpCommand('help [command]', 'print the help of a command');
  cli.examples(root, ['twilio-org auth login', 'twilio-org users list --active', 'twilio-org sandbox']);
  const waiting = new Map(groups.map((group) => [group.name, group]));
  for (const { name, alias, description } of groups) {
    const command = new CliCommand(name).description(description);
    if (alias) command.alias(alias);
    root.addCommand(command);
  }
  async function load(name: string): Promise<void> {
    const group = waiting.get(name);
    const command = root.commands.find((candidate) => candidate.name() === name);
    if (group === undefined || command === undefined) return;
    waiting.delete(name);
    (await group.load())(cli, cli.addGlobalFlags(command));
  }
  root.hook('preSubcommand', (_root, group) => load(group.name()));
  return { root, load, printed: cli.printed, context: () => context };
}

/** Advice for a result that is lost, of a change that is not. */
const onceIsEnough =
  'Changes had been sent before, so do not run it again: `twilio-org runs show last` shows what became of them';

/** Runs the program with these arguments; whatever goes wrong is thrown. */
export async function runProgram(version: string, args: readonly string[], runtime: Runtime): Promise<void> {
  const program = createProgram(version, runtime, args);
  const { root, printed, context } = program;
  try {
    await root.parseAsync(rewriteHelp(root, args), { from: 'user' });
  } catch (error) {
    if (error instanceof UnknownCommand) throw await explained(error, program);
    if (error instanceof NotWritten && context()?.hasChanged) throw error.withHint(onceIsEnough);
    if (!(error instanceof CommanderError) || !asked.has(error.code)) throw error;
    await createOutput({ stdout: runtime.stdout, env: runtime.env, format: 'table', color: false }).text(
      printed(),
    );
  }
}

/** `help users list` as `users list --help`: commander's own help of a group would not wait for what is below it. */
function rewriteHelp(root: Command, args: readonly string[]): readonly string[] {
  if (!args.includes('help')) return args;
  const { operands } = root.parseOptions([...args]);
  return operands[0] === 'help' ? [...operands.filter((word) => word !== 'help'), '--help'] : args;
}

/** The error with the commands that may have been meant, of the whole tree. */
async function explained(unknown: UnknownCommand, { root, load }: Program): Promise<AppError> {
  for (const { name } of groups) await load(name);
  const { suggestionsFor } = await import('./cli/suggestions.ts');
  const meant = suggestionsFor(root, unknown);
  const alternatives = [meant.slice(0, -1).join(', '), ...meant.slice(-1)].filter(Boolean).join(' or ');
  return usageError(
    unknown.message,
    alternatives ? `Did you mean ${alternatives}?` : 'The command with --help shows what it takes',
  );
}

/** How commander ends when it was asked for help or the version, or a group was called without a verb. */
const asked = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);
