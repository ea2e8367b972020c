import type { RunHead } from './journal.ts';

/** Members that newer versions record. */
type Recorded = RunHead & { actor?: string; program?: string; verb?: string };

/** Who did it, with which version and command; of a run of an older version, what can be told. */
export function recordedIn(head: RunHead): { verb: string; actor: string | null; program: string | null } {
  const { actor, program, verb }: Recorded = head;
  return { verb: verb ?? verbIn(head.command), actor: actor ?? null, program: program ?? null };
}

const valued = /^(?:--profile|-o|--output|--fields|--timeout|--max-retries|--max-answer)$/;

/** The command of a command line, such as `users deactivate`. */
function verbIn(commandLine: string): string {
  const words: string[] = [];
  let skip = false;
  for (const word of commandLine.split(' ').slice(1)) {
    if (skip || word.startsWith('-')) {
      skip = !skip && valued.test(word);
      continue;
    }
    words.push(word === 'assignments' && words.length === 0 ? 'role-assignments' : word);
    if (words.length === 2 || words[0] === 'api') break;
  }
  return words.join(' ');
}
