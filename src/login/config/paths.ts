import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../platform/core/errors.ts';

/**
 * The directory that holds `config.json` and the encrypted credentials: `TWILIO_ORG_CONFIG_DIR` itself, or else
 * `twilio-org` in the platform's usual place. A relative `XDG_CONFIG_HOME` is ignored, as the XDG Base Directory
 * Specification ("Environment variables") asks. An empty variable counts as unset. Throws `failure` where there is no home:
 * secrets are not put into whatever directory is the current one.
 */
export function configDir(
  env: Record<string, string | undefined>,
  platform: NodeJS.Platform,
  home: string,
): string {
  const { join, resolve } = platform === 'win32' ? path.win32 : path.posix;
  if (env.TWILIO_ORG_CONFIG_DIR) return resolve(env.TWILIO_ORG_CONFIG_DIR);
  return join(usualDirectory(env, platform, home), 'twilio-org');
}

/** The directory where no variable names another one, so the one whose logins have the plain names in the keychain. */
export function usualConfigDir(
  { APPDATA }: Record<string, string | undefined>,
  platform: NodeJS.Platform,
  home: string,
): string {
  return configDir({ APPDATA }, platform, home || '/');
}

/** The same for every path to a directory, before the directory is made and after. */
export async function realPath(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch {
    const parent = path.dirname(directory);
    return parent === directory ? directory : path.join(await realPath(parent), path.basename(directory));
  }
}

function usualDirectory(
  env: Record<string, string | undefined>,
  platform: NodeJS.Platform,
  home: string,
): string {
  const xdg = env.XDG_CONFIG_HOME;
  if (platform !== 'win32' && platform !== 'darwin' && xdg && path.posix.isAbsolute(xdg)) return xdg;
  if (platform === 'win32' && env.APPDATA) return env.APPDATA;
  if (home === '') {
    throw new AppError('failure', 'There is no home directory for the configuration', {
      hint: 'Set HOME, or TWILIO_ORG_CONFIG_DIR to a directory of your own',
    });
  }
  if (platform === 'win32') return path.win32.join(home, 'AppData', 'Roaming');
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support');
  return path.posix.join(home, '.config');
}
