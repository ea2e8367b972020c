import type { ChildProcess } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { childEnv } from '../../platform/core/child-env.ts';
import type { Env } from '../../platform/core/env.ts';
import { sleep } from '../../platform/core/timeout.ts';

/** Time for a launcher to report a failure; milliseconds. */
const launchMs = 3_000;

/** `started`: the launcher still runs, so only the user can see if the page has opened. */
export type Opening = { outcome: 'opened' | 'started' } | { outcome: 'failed'; why: string };

/**
 * Opens the page in the user's browser, and waits until the launcher has ended or `launchMs` have passed.
 *
 * @param answered resolves when the browser has called back, which proves that the page is open
 */
export async function openInBrowser(
  url: string,
  { env, platform, signal }: { env: Env; platform: NodeJS.Platform; signal: AbortSignal },
  answered?: Promise<unknown>,
): Promise<Opening> {
  const browser = await findBrowser(env, platform);
  if (!browser.found) return { outcome: 'failed', why: browser.why };
  const done = new AbortController();
  const wait = sleep(launchMs, AbortSignal.any([signal, done.signal]));
  wait.catch(() => undefined);
  try {
    const patience = answered === undefined ? wait : Promise.race([wait, answered]);
    return { outcome: await browser.open(url, patience) };
  } catch {
    signal.throwIfAborted();
    return { outcome: 'failed', why: 'No browser could be started here' };
  } finally {
    done.abort();
  }
}

/** The browser for pages on this machine, or the reason why there is none. */
export type Browser =
  | {
      found: true;
      /** For people: `The system's own`, or the command in `BROWSER`. */
      name: string;
      /**
       * Opens the page. `opened`: the command succeeded; `started`: it still runs after `patience`, so only the user
       * can see the page. Rejects when the command could not be started, or failed.
       */
      open(url: string, patience: Promise<unknown>): Promise<'opened' | 'started'>;
    }
  | { found: false; why: string; remedy: string };

type Platform = NodeJS.Platform;

/** Finds the browser for logins, guides and `doctor`. */
export async function findBrowser(env: Env, platform: Platform): Promise<Browser> {
  if (env.BROWSER?.trim()) return browserInVariable(env.BROWSER.trim(), env, platform);
  const desktop = env.DISPLAY || env.WAYLAND_DISPLAY;
  if (env.SSH_CONNECTION && !desktop) {
    return missing('No browser is opened over SSH', 'Open the address that is printed, on your own machine');
  }
  if (platform !== 'darwin' && platform !== 'win32' && !desktop && !env.WSL_DISTRO_NAME) {
    return missing(
      'No browser could be started here: there is no desktop session to open a page in (neither DISPLAY nor WAYLAND_DISPLAY is set)',
      'Log in with `twilio-org auth login --no-browser`, or with a client-credentials app, which needs none',
    );
  }
  return {
    found: true,
    name: "The system's own",
    async open(url, patience) {
      const { default: open } = await import('open');
      // `open` accepts no environment. Its children inherit that of the process, which `main` has cleared of secrets.
      return launched(await open(url), patience);
    },
  };
}

function missing(why: string, remedy: string): Browser {
  return { found: false, why, remedy };
}

/** `BROWSER` names one command or several. The first installed one is used, as in Python's `webbrowser`. */
async function browserInVariable(text: string, env: Env, platform: Platform): Promise<Browser> {
  for (const words of commandsIn(text, platform)) {
    const command = await commandOf(words, env, platform);
    if (command === undefined) continue;
    return {
      found: true,
      name: `BROWSER is ${command[0]}`,
      async open(url, patience) {
        const { spawn } = await import('node:child_process');
        const [file = '', ...args] = command;
        const isPlaced = args.some((word) => word.includes('%s'));
        const withUrl = isPlaced ? args.map((word) => word.replaceAll('%s', url)) : [...args, url];
        const child = spawn(file, withUrl, { detached: true, stdio: 'ignore', env: childEnv() });
        return launched(child, patience);
      },
    };
  }
  return missing(
    `No browser could be started here: BROWSER is ${text}, and there is no such program`,
    'Correct or unset BROWSER',
  );
}

/**
 * The commands in `BROWSER`, as words: the whole text first, which may be a path with spaces, then each part of a list.
 * Quotes hold words together and colons in them; `://` is part of an address.
 */
export function commandsIn(text: string, platform: Platform): string[][] {
  const separator = platform === 'win32' ? ';' : ':';
  const parts = [''];
  for (const [token] of text.matchAll(/"[^"]*"|'[^']*'|:\/\/|[^"']|["']/gs)) {
    if (token === separator) parts.push('');
    else parts[parts.length - 1] += token;
  }
  const lists = parts.map((part) =>
    [...part.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"']|["'])+/gs)].map(([word]) =>
      word.replace(/"([^"]*)"|'([^']*)'/gs, (_, double?: string, single?: string) => double ?? single ?? ''),
    ),
  );
  return [[text], ...lists].filter((words) => words.length > 0);
}

/** The command with an existing program. If the path has spaces, the shortest path that is a program counts. */
async function commandOf(words: string[], env: Env, platform: Platform): Promise<string[] | undefined> {
  for (let count = 1; count <= words.length; count += 1) {
    const file = words.slice(0, count).join(' ');
    if (await isProgram(file, env, platform)) return [file, ...words.slice(count)];
  }
  return undefined;
}

async function isProgram(command: string, env: Env, platform: Platform): Promise<boolean> {
  const windows = platform === 'win32';
  const endings = windows ? ['', ...(env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  const isPath = command.includes('/') || (windows && command.includes('\\'));
  const path = env.PATH ?? env.Path ?? '';
  const places = isPath ? [command] : path.split(delimiter).map((directory) => join(directory, command));
  const found = await Promise.all(
    places.flatMap((place) => endings.map((ending) => isExecutable(`${place}${ending}`))),
  );
  return found.includes(true);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** A launcher that fails does so quickly. One that keeps running may be the browser itself. */
async function launched(child: ChildProcess, patience: Promise<unknown>): Promise<'opened' | 'started'> {
  const ended = new Promise<'opened'>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve('opened') : reject(new Error(`It ended with ${code}`)),
    );
    if (child.exitCode === 0) resolve('opened');
    else if (child.exitCode !== null) reject(new Error(`It ended with ${child.exitCode}`));
  });
  child.unref();
  return Promise.race([ended, patience.then(() => 'started' as const)]);
}
