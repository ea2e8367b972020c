import { execFileSync } from 'node:child_process';
import { openStore } from '../../src/login/credentials/stores.ts';
import { AppError } from '../../src/platform/core/errors.ts';
import { Secret } from '../../src/platform/core/secret.ts';

// Does to the keychain what its arguments say, one step after the other, and prints what came of each as JSON.
const [configDir = '', limit, ...steps] = process.argv.slice(2);

const open = (keychainTimeout: number) =>
  openStore('keychain', {
    configDir,
    keychainTimeout,
    passphrase: () => Promise.reject(new Error('The keychain has no passphrase.')),
  });

/** Long enough for a keychain that works on a busy machine; the limit is for one that does not. */
const usual = await open(steps.includes('freeze') ? 100_000 : Number(limit));
let store = usual;

async function take(step: string): Promise<unknown> {
  const [verb, length] = step.split(' ');
  if (verb === 'probe') return store.probe();
  if (verb === 'set') return store.set('default', new Secret('k'.repeat(Number(length))));
  if (verb === 'get') return (await store.get('default'))?.reveal().length;
  if (verb === 'delete') return store.delete('default');
  if (verb === 'count') return (await (await import('keytar')).findCredentialsAsync('twilio-org')).length;
  if (verb === 'freeze') {
    process.kill(daemon(), 'SIGSTOP');
    store = await open(Number(limit));
    return undefined;
  }
  if (verb === 'thaw') {
    process.kill(daemon(), 'SIGCONT');
    store = usual;
    return undefined;
  }
  throw new Error(`Unknown step ${step}`);
}

/** The process id of the keychain's daemon, from the bus. */
function daemon(): number {
  const bus = 'org.freedesktop.DBus';
  const words = [`--dest=${bus}`, '/', `${bus}.GetConnectionUnixProcessID`, 'string:org.freedesktop.secrets'];
  const answer = execFileSync('dbus-send', ['--session', '--print-reply', ...words], { encoding: 'utf8' });
  return Number(/uint32 (\d+)/.exec(answer)?.[1]);
}

function told(error: unknown): unknown {
  if (!(error instanceof AppError)) throw error;
  return { kind: error.kind, message: error.message, hint: error.hint };
}

const results: unknown[] = [];
for (const step of steps) results.push((await take(step).catch(told)) ?? null);
process.stdout.write(JSON.stringify(results));
