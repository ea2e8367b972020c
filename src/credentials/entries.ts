import { AppError } from '../errors.ts';
import type { Keytar, StoreOptions } from './store.ts';

const service = 'twilio-org';

/** What a user can do who has no keychain. */
export const waysOut =
  'Set TWILIO_ORG_STORE=file to keep credentials in a file encrypted with a passphrase; or pass them in the environment: ' +
  'TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET, or TWILIO_ORG_ACCESS_TOKEN';

/** The keychain's entries of this program, by account. Every call ends within the time limit, and fails as an `AppError`. */
export interface Entries {
  get(account: string): Promise<string | undefined>;
  set(account: string, text: string): Promise<void>;
  delete(account: string): Promise<boolean>;
}

export function keychainEntries({ loadKeytar, keychainTimeout = 10_000 }: StoreOptions): Entries {
  let loading: Promise<Keytar> | undefined;
  let hung: AppError | undefined;

  async function call<T>(use: (keytar: Keytar) => Promise<T>): Promise<T> {
    // After one call that never ended, the next ones would only add their own time limits to the wait.
    if (hung) throw hung;
    loading ??= (loadKeytar ?? defaultKeytar)();
    const keytar = loading;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        hung = timedOut(keychainTimeout);
        reject(hung);
        keytar.then((loaded) => loaded.stop?.()).catch(() => undefined);
      }, keychainTimeout);
    });
    try {
      return await Promise.race([keytar.then(use), limit]);
    } catch (error) {
      throw error instanceof AppError ? error : unusable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    get: (account) => call(async (keytar) => (await keytar.getPassword(service, account)) ?? undefined),
    set: (account, text) => call((keytar) => keytar.setPassword(service, account, text)),
    delete: (account) => call((keytar) => keytar.deletePassword(service, account)),
  };
}

async function defaultKeytar(): Promise<Keytar> {
  return (await import('./keytar.ts')).loadKeytar();
}

function timedOut(milliseconds: number): AppError {
  return new AppError('failure', `The system keychain did not answer within ${milliseconds / 1000} s`, {
    hint: `It may be waiting to be unlocked: unlock it and run the command again. ${waysOut}`,
  });
}

function unusable(error: unknown): AppError {
  return new AppError('failure', `The system keychain can't be used: ${reason(error)}`, {
    hint: waysOut,
    cause: error,
  });
}

/** Why, in words: what the systems' own messages say is matched as loosely as they may change. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/did not receive a reply|timed? ?out/i.test(text)) return 'it does not answer';
  if (/prompt was dismissed|is ?locked|interaction (is )?not allowed/i.test(text)) return 'it is locked';
  if (/access ?denied|denied|not permitted/i.test(text)) return 'access is denied';
  if (/org\.freedesktop\.secrets|ServiceUnknown/i.test(text)) return 'no keychain service is running';
  if (/dbus|d-bus|autolaunch/i.test(text)) return 'there is no desktop session (no D-Bus)';
  if (/cannot find (module|native binding)|ERR_DLOPEN|MODULE_NOT_FOUND/i.test(text)) {
    return "its library can't be loaded on this machine";
  }
  return (text.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 150) || 'unknown reason';
}
