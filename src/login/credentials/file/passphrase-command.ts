import { childEnv } from '../../../platform/core/child-env.ts';
import type { Env } from '../../../platform/core/env.ts';
import { AppError } from '../../../platform/core/errors.ts';
import { Secret } from '../../../platform/core/secret.ts';
import { withoutLineEnd } from '../../config/credential-text.ts';

const variable = 'TWILIO_ORG_STORE_PASSPHRASE_COMMAND';

/** Enough for a person to unlock a password manager. */
const defaultTimeoutMs = 60_000;

/** Far more than any passphrase. */
const maxBytes = 64 * 1024;

export interface PassphraseCommandOptions {
  env: Env;
  signal: AbortSignal;
  /** True where the command may ask the person: it then shares the terminal. */
  interactive: boolean;
  timeoutMs?: number;
}

/**
 * The passphrase that the command prints, without the line end. The system's shell runs the command, with none of this
 * program's secrets in its environment. Its output appears in no message, whatever happens.
 *
 * @throws auth when the command fails, prints nothing, or takes too long
 */
export async function passphraseFromCommand(
  command: string,
  { env, signal, interactive, timeoutMs = defaultTimeoutMs }: PassphraseCommandOptions,
): Promise<Secret> {
  const { spawn } = await import('node:child_process');
  // A group of its own can be ended as a whole. A group in the background could not ask on the terminal.
  const detached = !interactive && process.platform !== 'win32';
  const own = interactive ? 'inherit' : 'ignore';
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(command, { shell: true, stdio: [own, 'pipe', own], env: childEnv(env), detached });
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (error: unknown): void => {
      if (detached && child.pid !== undefined) killGroup(child.pid);
      else child.kill();
      // A grandchild may keep the pipe open.
      child.stdout.destroy();
      end(() => reject(error));
    };
    const onAbort = (): void => stop(signal.reason);
    const timer = setTimeout(
      () => stop(failed(`did not end within ${Math.round(timeoutMs / 1000)} seconds`)),
      timeoutMs,
    );
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    signal.addEventListener('abort', onAbort);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) stop(failed('printed more than a passphrase'));
    });
    child.once('error', () => end(() => reject(failed('could not be started'))));
    child.once('close', (code, killedBy) => {
      const passphrase = withoutLineEnd(Buffer.concat(chunks).toString('utf8'));
      if (code !== 0)
        return end(() =>
          reject(failed(code === null ? `was ended by ${killedBy}` : `failed with exit code ${code}`)),
        );
      if (passphrase === '') return end(() => reject(failed('printed nothing')));
      end(() => resolve(new Secret(passphrase)));
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}

function failed(how: string): AppError {
  return new AppError('auth', `The command in ${variable} ${how}`, {
    hint: 'Run that command by itself to see why. It has to print the passphrase on its standard output and exit with 0',
  });
}
