import { existsSync, mkdirSync, rmSync } from 'node:fs';

/** Takes a lock over from its holder in this process, as another process would, as soon as it is there. */
export async function taken(lock: string): Promise<void> {
  while (!existsSync(lock)) await new Promise((resolve) => setImmediate(resolve));
  rmSync(lock, { recursive: true });
  mkdirSync(lock);
}
