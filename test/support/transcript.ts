import { appendFileSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Everything that the program printed in the tests, with its arguments, and every file that it left. The last test,
 * `test/secret-leak.test.ts`, goes through it for secrets. All secrets of the tests can be told: those of the sandbox say
 * so themselves, and the others have the word canary in them, which is looked after as well.
 */
const variable = 'TWILIO_ORG_TEST_TRANSCRIPTS';

/**
 * The canary, as it is and in Base64, at each of the three places where it can begin there; the client secrets and
 * refresh tokens of the sandbox, the payload of its access tokens, and the tests' passphrase.
 */
const secret =
  /canary|Y2FuYXJ5|NhbmFye|jYW5hcn|sandbox-only-(?:secret|refresh)|eyJpc3MiOiJ0d2lsaW8tb3JnLXNhbmRib3gi|correct horse battery staple/;

/** The value that documents use as an example: it stands for what is no secret, or not in its place. */
const example = /^\s*(?:AC|OQ|SK)?(?:0123456789abcdef){2}\s*$/;

/** The variables that hold a secret, or may. */
const secretVariables =
  /^(?:TWILIO_ORG_(?:ACCESS_TOKEN|CLIENT_SECRET|STORE_PASSPHRASE|STORE_PASSPHRASE_COMMAND|STORE_KEY)|https?_proxy)$/i;

interface Entry {
  args: readonly string[];
  text: string;
  /** Variables with a secret that nobody could tell. */
  untold: string[];
}

interface Printed {
  stdout?: unknown;
  stderr?: unknown;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Keeps what a run of the program printed, and sees to it that the secrets it was given can be told. */
export function record(args: readonly string[], { stdout = '', stderr = '' }: Printed, env: Env = {}): void {
  // One command prints a token, and one prints its own made-up secrets, because they are asked to.
  const mayPrint = args[0] === 'sandbox' || (args[0] === 'auth' && args[1] === 'token');
  keep({ args, text: mayPrint ? String(stderr) : `${stdout}\n${stderr}`, untold: untoldIn(env) });
}

/** The same for a process that is running. */
export function recorded<T extends Promise<Printed>>(args: readonly string[], running: T, env?: Env): T {
  running.then(
    (result) => record(args, result, env),
    (failure: Printed) => record(args, failure, env),
  );
  return running;
}

/** Keeps what is in the files of a folder, but for those that a test or the sandbox put there. */
export function recordFiles(folder: string, except: readonly string[] = []): void {
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    if (except.includes(name) || !lstatSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    keep({ args: ['(file)', name], text: readFileSync(file, 'latin1'), untold: [] });
  }
}

/** All names below a folder, from which a program that is just ending may still remove some. */
function namesIn(folder: string): string[] {
  for (let tries = 1; ; tries += 1) {
    try {
      return readdirSync(folder, { recursive: true, encoding: 'utf8' });
    } catch (error) {
      if (tries === 10) throw error;
    }
  }
}

function keep(entry: Entry): void {
  const folder = process.env[variable];
  if (folder !== undefined)
    appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`);
}

function untoldIn(env: Env): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value?.trim() || !secretVariables.test(name) || secret.test(value) || example.test(value)) return [];
    // The address of a proxy is no secret; the user and password in it are.
    return /proxy$/i.test(name) && !value.includes('@') ? [] : [name];
  });
}

/**
 * Problems in everything recorded so far, one a line: secrets that were shown, and secrets that could not be
 * recognised.
 *
 * @param kept the minimum that must have been recorded: an empty record proves nothing
 */
export function lookThrough(kept = 0): string[] {
  const folder = process.env[variable] ?? '';
  const entries = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line): Entry => JSON.parse(line)),
  );
  const leaks = entries.filter(({ args, text }) => secret.test(args.join(' ')) || secret.test(text));
  const faults = [
    ...(entries.length < kept ? [`Only ${entries.length} outputs and files were kept`] : []),
    ...leaks.map(({ args, text }) => `A secret in ${args.join(' ')}: …${around(text)}…`),
    ...entries.flatMap(({ args, untold }) =>
      untold.map((name) => `${name} has a value without the word canary, in ${args.join(' ')}`),
    ),
  ];
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  return faults;
}

function around(text: string): string {
  const at = text.search(secret);
  return JSON.stringify(text.slice(Math.max(0, at - 60), at + 40));
}

/** Around all tests: begins the transcript. When only some tests were wanted, and so not the last one, it is made up for. */
export default function transcript(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-org-transcripts-'));
  process.env[variable] = folder;
  return () => {
    const faults = lookThrough();
    rmSync(folder, { recursive: true });
    if (faults.length === 0) return;
    process.stderr.write(`The last look found:\n  ${faults.join('\n  ')}\n`);
    // An error thrown by a teardown is shown, but does not change the exit code.
    process.exitCode = 1;
  };
}
