import path from 'node:path';

/**
 * The folder that holds `config.json` and the encrypted credentials: `TWILIO_ORG_CONFIG_DIR` itself, or else
 * `twilio-org` in the platform's usual place. A relative `XDG_CONFIG_HOME` is ignored, as the XDG Base Directory
 * Specification ("Environment variables") asks. An empty variable counts as unset.
 */
export function configDir(
  env: Record<string, string | undefined>,
  platform: NodeJS.Platform,
  home: string,
): string {
  const { join, resolve } = platform === 'win32' ? path.win32 : path.posix;
  if (env.TWILIO_ORG_CONFIG_DIR) return resolve(env.TWILIO_ORG_CONFIG_DIR);
  return join(usualFolder(env, platform, home), 'twilio-org');
}

function usualFolder(
  env: Record<string, string | undefined>,
  platform: NodeJS.Platform,
  home: string,
): string {
  if (platform === 'win32') return env.APPDATA || path.win32.join(home, 'AppData', 'Roaming');
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support');
  const xdg = env.XDG_CONFIG_HOME;
  return xdg && path.posix.isAbsolute(xdg) ? xdg : path.posix.join(home, '.config');
}
