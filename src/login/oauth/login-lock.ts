import { createHash } from 'node:crypto';
import path from 'node:path';
import { type LockedWork, withLock } from '../../platform/fs/lock.ts';
import { ensurePrivateDir } from '../../platform/fs/private-files.ts';
import type { Profile } from '../config/profiles.ts';

/**
 * Runs the work while no other process renews, replaces or removes the same credentials. Other profiles, apps and
 * stores have their own locks. `stillHeld` is that of {@link withLock}. Throws `temporary` when another process keeps
 * the lock, and `failure` when the directory can't be written to.
 */
export async function withLoginLock<T>(
  configDir: string,
  name: string,
  { client_id, store }: Pick<Profile, 'client_id' | 'store'>,
  work: LockedWork<T>,
): Promise<T> {
  await ensurePrivateDir(configDir);
  // A client id may contain characters that a file name can't.
  const app = createHash('sha256').update(client_id).digest('hex').slice(0, 16);
  return withLock(path.join(configDir, `login-${name}-${app}-${store}`), work);
}
