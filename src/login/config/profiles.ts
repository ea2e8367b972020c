import path from 'node:path';
import { AppError, usageError } from '../../platform/core/errors.ts';
import { replacePrivateFile } from '../../platform/fs/atomic-write.ts';
import { withLock } from '../../platform/fs/lock.ts';
import { ensurePrivateDir, readPrivateFile, type Warn } from '../../platform/fs/private-files.ts';
import { isValidProfileName } from './profile-name.ts';
import { type Config, ConfigError, parseConfig, printConfig, unusable, validateConfig } from './schema.ts';

export type { Config, GrantType, Profile } from './schema.ts';

export interface ConfigOptions {
  /** Told when the directory or the file was open to others. */
  warn?: Warn;
}

/**
 * The profiles in `config.json` of the directory; without the file, an empty configuration. Throws `failure`, naming the
 * file and the problem, when it can't be read or has another form.
 */
export async function readConfig(dir: string, options: ConfigOptions = {}): Promise<Config> {
  const file = configFile(dir);
  const text = await readPrivateFile(dir, file, options.warn);
  const config = naming(file, () => (text === undefined ? validateConfig({}) : parseConfig(text)));
  for (const each of Object.values(config[unusable] ?? {})) each.why = `${file} can't be used: ${each.why}`;
  return config;
}

/**
 * Changes `config.json` and returns what it holds now. No other process changes it meanwhile, so `change` must build
 * on the configuration that it is given. Nothing is written when nothing is different.
 */
export function updateConfig(
  dir: string,
  change: (config: Config) => Config,
  options: ConfigOptions = {},
): Promise<Config> {
  return holdConfig(dir, (before, write) => write(change(before)), options);
}

/**
 * Runs the work while no other process changes `config.json`. `write` puts a configuration in its place, any number of
 * times, and returns it as it is then. `stillHeld` is that of {@link withLock}.
 */
export async function holdConfig<T>(
  dir: string,
  work: (config: Config, write: (config: Config) => Promise<Config>, stillHeld: () => void) => Promise<T>,
  options: ConfigOptions = {},
): Promise<T> {
  const file = configFile(dir);
  await ensurePrivateDir(dir, options.warn);
  return withLock(file, async (stillHeld) => {
    const before = await readConfig(dir, options);
    let written = printConfig(before);
    async function write(config: Config): Promise<Config> {
      const after = naming(file, () => validateConfig(config));
      const text = printConfig(after);
      if (text === written) return after;
      await replacePrivateFile(file, text, stillHeld);
      written = text;
      return after;
    }
    return work(before, write, stillHeld);
  });
}

/** The name itself. Throws `usage` when it is none: letters, digits, `_` and `-`, up to 64 of them. */
export function assertProfileName(name: string): string {
  if (isValidProfileName(name)) return name;
  throw usageError(
    `${JSON.stringify(name)} is not a profile name`,
    'Use 1 to 64 letters, digits, "_" and "-", for example "production"',
  );
}

const correctIt = 'Correct it, or move it away and run `twilio-org auth login` again; it holds no secrets';

/** Refuses a profile that is there but can't be used; another one is none of its business. */
export function mustBeUsable(config: Config, name: string): void {
  const why = config[unusable]?.[name]?.why;
  if (why === undefined) return;
  throw new AppError('failure', why, {
    hint: 'Other profiles work. Use the version of twilio-org that wrote it, or correct it; it holds no secrets',
  });
}

/** The reasons of the unusable profiles. */
export function unusableProfiles(config: Config): string[] {
  return Object.values(config[unusable] ?? {}).map(({ why }) => why);
}

function configFile(dir: string): string {
  return path.join(dir, 'config.json');
}

function naming<T>(file: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new AppError('failure', `${file} can't be used: ${error.message}`, { hint: correctIt });
  }
}
