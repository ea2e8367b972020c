import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Everything that the program printed in the tests, with its arguments, and every file that it left: the last look goes
 * through it for secrets. All secrets of the tests can be told: those of the sandbox say so themselves.
 */
const variable = 'TWILIO_ORG_TEST_TRANSCRIPTS';

/** The client secrets and refresh tokens of the sandbox, the payload of its access tokens, and the tests' passphrase. */
const secret =
  /sandbox-only-(?:secret|refresh)|eyJpc3MiOiJ0d2lsaW8tb3JnLXNhbmRib3gi|correct horse battery staple/;

/** One command prints a token, and one prints its own made-up secrets, because they are asked to. */
function mayShow(args: readonly string[]): boolean {
  return args[0] === 'sandbox' || (args[0] === 'auth' && args[1] === 'token');
}

interface Entry {
  args: readonly string[];
  text: string;
}

/** Keeps what a run of the program printed. */
export function record(args: readonly string[], ...texts: string[]): void {
  const folder = process.env[variable];
  if (folder === undefined) return;
  const shown = mayShow(args) ? '' : texts.join('\n');
  const entry: Entry = { args, text: shown };
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`);
}

/** Keeps what is in the files of a folder, but for those that a test or the sandbox put there. */
export function recordFiles(folder: string, except: readonly string[] = []): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    if (except.includes(name) || !statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    record(['(file)', name], readFileSync(file, 'latin1'));
  }
}

/** Around all tests: begins the transcript, and at the end fails the run if a secret is in it. */
export default function lastLook(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-org-transcripts-'));
  process.env[variable] = folder;
  return () => {
    const entries = readdirSync(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line): Entry => JSON.parse(line)),
    );
    rmSync(folder, { recursive: true });
    const leaks = entries.filter(({ args, text }) => secret.test(args.join(' ')) || secret.test(text));
    if (leaks.length > 0) {
      const where = leaks.map(({ args, text }) => `  ${args.join(' ')}: …${around(text)}…`);
      throw new Error(
        `The last look found secrets in what the program printed or left:\n${where.join('\n')}`,
      );
    }
    process.stdout.write(`The last look found no secret in ${entries.length} outputs and files.\n`);
  };
}

function around(text: string): string {
  const at = text.search(secret);
  return JSON.stringify(text.slice(Math.max(0, at - 60), at + 40));
}
