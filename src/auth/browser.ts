import { childEnv } from '../config/child-env.ts';
import type { Env } from '../config/settings.ts';

/** Is the person at another machine? Over SSH a browser would open where nobody looks, if it opened at all. */
export function isElsewhere(env: Env): boolean {
  return Boolean(env.SSH_CONNECTION) && !env.BROWSER && !env.DISPLAY && !env.WAYLAND_DISPLAY;
}

/**
 * Opens a page in the person's browser: the command in `BROWSER` when there is one (`%s` in it stands for the
 * address, else it comes last), or what the system opens pages with. Resolves when it was launched; whether the
 * page is really seen nobody can tell.
 */
export async function openBrowser(url: string, browser: string | undefined): Promise<void> {
  if (!browser) {
    const { default: open } = await import('open');
    // It takes no environment: its children inherit that of the process, which \`main\` has cleared of secrets.
    const child = await open(url);
    child.unref();
    return;
  }
  const { spawn } = await import('node:child_process');
  const words = browser.trim().split(/\s+/);
  const withUrl = words.some((word) => word.includes('%s'))
    ? words.map((word) => word.replaceAll('%s', url))
    : [...words, url];
  const [command = '', ...args] = withUrl;
  const child = spawn(command, args, { detached: true, stdio: 'ignore', env: childEnv() });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
}
