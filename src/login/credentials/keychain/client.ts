import { AppError } from '../../../platform/core/errors.ts';
import type { StoreOptions } from '../types.ts';
import { ClosedKeychain } from './closed.ts';
import type { Keytar } from './helper-process.ts';

const service = 'twilio-org';

/** Alternatives for a user without a keychain. */
export const fallbackHint =
  'Set TWILIO_ORG_STORE=file to keep credentials in a file encrypted with a passphrase; or pass them in the environment: ' +
  'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET, or TWILIO_ORG_ACCESS_TOKEN';

/**
 * This program's entries in the keychain, by account. Every call ends within the time limit; failures are `AppError`s.
 */
export interface KeychainClient {
  get(account: string): Promise<string | undefined>;
  set(account: string, text: string): Promise<void>;
  delete(account: string): Promise<boolean>;
}

/** Time for a keychain that needs no user; milliseconds. A slower one may be asking the user to unlock it. */
const defaultTimeoutMs = 3_000;

/**
 * The time limit is counted in this many parts. A part counts once, however late its timer is: a machine that was too busy to
 * run this program, or asleep, gave the helper no time either.
 */
const timeLimitParts = 30;

/** Time for a busy machine to start the helper process, before the first call; milliseconds. */
const maxStartMs = 60_000;

export function createKeychainClient({
  loadKeytar,
  keychainTimeout = defaultTimeoutMs,
  keychainWaits,
  signal,
}: StoreOptions): KeychainClient {
  let loading: Promise<Keytar> | undefined;
  let hung: AppError | undefined;

  async function call<T>(use: (keytar: Keytar) => Promise<T>): Promise<T> {
    // After one hung call, further calls would only add their own time limits to the wait.
    if (hung) throw hung;
    loading ??= (loadKeytar ?? defaultKeytar)();
    const keytar = loading;
    const timers: NodeJS.Timeout[] = [];
    let over = false;
    let cancel = () => {};
    const limit = new Promise<never>((_, reject) => {
      const end = (reason: AppError) => {
        hung = reason;
        reject(reason);
        keytar.then((loaded) => loaded.stop?.()).catch(() => undefined);
      };
      const endAfter = (time: number) => timers.push(setTimeout(() => end(timedOut(time)), time));
      const countDown = (parts: number) => {
        if (over) return;
        if (parts === 0) end(timedOut(keychainTimeout));
        else timers.push(setTimeout(countDown, keychainTimeout / timeLimitParts, parts - 1));
      };
      // This timer alone keeps the program running until the helper is ready.
      endAfter(maxStartMs + keychainTimeout);
      const ready = () => {
        if (over) return;
        countDown(timeLimitParts);
        if (keychainWaits && keychainTimeout > defaultTimeoutMs)
          timers.push(setTimeout(keychainWaits, defaultTimeoutMs));
      };
      keytar.then(ready, () => undefined);
      cancel = () => end(signal?.reason);
      signal?.addEventListener('abort', cancel);
    });
    try {
      return await Promise.race([keytar.then(use), limit]);
    } catch (error) {
      throw error instanceof AppError ? error : unusable(error);
    } finally {
      over = true;
      timers.forEach(clearTimeout);
      signal?.removeEventListener('abort', cancel);
    }
  }

  return {
    get: (account) => call(async (keytar) => (await keytar.getPassword(service, account)) ?? undefined),
    set: (account, text) => call((keytar) => keytar.setPassword(service, account, text)),
    delete: (account) => call((keytar) => keytar.deletePassword(service, account)),
  };
}

async function defaultKeytar(): Promise<Keytar> {
  return (await import('./helper-process.ts')).loadKeytar();
}

const whenSilent =
  'Unlock it, or start it again if it hangs, and run the command again; TWILIO_ORG_KEYCHAIN_TIMEOUT=SECONDS waits longer.';
const whenLocked =
  'Unlock it, by logging in to the desktop or in its own program, and run the command again.';
const whenDenied = 'Allow twilio-org and Node to use it, in its own program, and run the command again.';
const whenMissing =
  'Start a keychain service such as gnome-keyring, within the desktop session that the command runs in.';
const whenBroken = 'Install twilio-org again on this machine, with its optional packages.';

function timedOut(milliseconds: number): AppError {
  return new ClosedKeychain(
    'failure',
    `The system keychain did not respond within ${milliseconds / 1000} s`,
    {
      hint: `${whenSilent} ${fallbackHint}`,
    },
  );
}

function unusable(error: unknown): AppError {
  const text = error instanceof Error ? error.message : String(error);
  const known = knownErrors.find(([pattern]) => pattern.test(text));
  const [, reason, advice] = known ?? [undefined, firstLine(text), undefined];
  const isClosed = advice === whenSilent || advice === whenLocked;
  const Unusable = isClosed ? ClosedKeychain : AppError;
  return new Unusable('failure', `The system keychain can't be used: ${reason}`, {
    hint: advice === undefined ? fallbackHint : `${advice} ${fallbackHint}`,
    cause: error,
  });
}

/** Reasons and advice for messages of the system, which are matched loosely because they may change. */
const knownErrors: [pattern: RegExp, reason: string, advice: string][] = [
  [/did not receive a reply|timed? ?out/i, 'it does not respond', whenSilent],
  [/prompt was dismissed|is ?locked|interaction (is )?not allowed/i, 'it is locked', whenLocked],
  [/denied|not permitted|rejected send|cancell?ed/i, 'access is denied', whenDenied],
  [/org\.freedesktop\.secrets|ServiceUnknown/i, 'no keychain service is running', whenMissing],
  [/dbus|d-bus|autolaunch/i, 'there is no desktop session (no D-Bus)', whenMissing],
  [
    /cannot find (module|native binding)|ERR_DLOPEN|MODULE_NOT_FOUND/i,
    "its library can't be loaded on this machine",
    whenBroken,
  ],
];

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 150) || 'unknown reason';
}
