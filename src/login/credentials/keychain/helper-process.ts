import type { ChildProcess } from 'node:child_process';
import { childEnv } from '../../../platform/core/child-env.ts';

/** The used part of keytar's interface. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
  /** Aborts all pending calls. */
  stop?(): void;
}

/**
 * Runs keytar in its own Node process. Its calls can block their thread indefinitely (a session bus that never
 * responds, an unnoticed question), and a blocked thread can be neither timed out nor ended. A process can be.
 */
export async function loadKeytar(): Promise<Keytar> {
  const [{ spawn }, { createRequire }, { execPath }] = await Promise.all([
    import('node:child_process'),
    import('node:module'),
    import('node:process'),
  ]);
  const keytar = createRequire(import.meta.url).resolve('keytar');
  const child = spawn(execPath, ['--eval', helper, keytar], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: childEnv(),
    windowsHide: true,
  });
  // An idle helper must not keep the program running; it ends when the channel closes.
  child.unref();
  child.channel?.unref();
  const { ready, call } = caller(child);
  await ready;
  return {
    getPassword: async (service, account) => textOrNull(await call('getPassword', [service, account])),
    setPassword: async (service, account, password) => {
      await call('setPassword', [service, account, password]);
    },
    deletePassword: async (service, account) => (await call('deletePassword', [service, account])) === true,
    stop: () => void child.kill('SIGKILL'),
  };
}

/**
 * The helper's program. `secret-service` pins Linux to the desktop's keychain: without it the library falls back to
 * the kernel's key ring, which forgets everything at the next start of the machine.
 */
const helper = `
  // Only the closed channel reveals a killed parent. A thread blocked by the keychain would outlive it forever.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const library = () => require(process.argv[1]);
  process.on('message', async ({ id, method, args: [service, account, ...rest] }) => {
    try {
      const { AsyncEntry } = library();
      const entry = new AsyncEntry(service, account, { linux: { store: 'secret-service' } });
      process.send({ id, value: await entry[method](...rest) });
    } catch (error) {
      process.send({ id, error: String(error?.message ?? error) });
    }
  });
  try {
    library();
  } catch {
    // The first call reports the reason.
  }
  process.send({ id: 0 });
`;

type Method = 'getPassword' | 'setPassword' | 'deletePassword';

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** Sends calls to the helper. Once `ready` resolves, any delay comes from the keychain. */
function caller(child: ChildProcess): {
  ready: Promise<unknown>;
  call: (method: Method, args: string[]) => Promise<unknown>;
} {
  const waiting = new Map<number, Waiting>();
  const ready = new Promise((resolve, reject) => {
    waiting.set(0, { resolve, reject });
  });
  let ended: Error | undefined;
  let last = 0;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.on('error', end);
  child.on('exit', () => end(new Error('its helper process ended')));
  child.on('message', (answer: { id: number; value?: unknown; error?: string }) => {
    const { resolve, reject } = waiting.get(answer.id) ?? {};
    waiting.delete(answer.id);
    if (answer.error === undefined) resolve?.(answer.value);
    else reject?.(new Error(answer.error));
  });
  const call = (method: Method, args: string[]) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      last += 1;
      waiting.set(last, { resolve, reject });
      child.send({ id: last, method, args }, (error) => {
        if (error) end(error);
      });
    });
  return { ready, call };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
