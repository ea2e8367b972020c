type Variables = Record<string, string | undefined>;

/** Variables of this program that hold a secret or a command that prints one, in later versions too. */
const secret = /^TWILIO_ORG_.*(?:PASSPHRASE|SECRET|TOKEN|_KEY$)/i;

/**
 * The environment for child processes: everything except the program's own secrets, which no browser, keychain or user
 * command needs. Every `spawn` gets it.
 */
export function childEnv(env: Readonly<Variables> = process.env): Variables {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

/**
 * Removes the secrets from the environment that child processes of libraries inherit.
 *
 * @returns a copy with the secrets
 */
export function takeSecretsFromEnv(env: Variables): Variables {
  const before = { ...env };
  for (const name of Object.keys(env)) if (secret.test(name)) delete env[name];
  return before;
}

/**
 * Keeps one of two contradictory colour variables, because Node would warn about them on stderr, in child processes too.
 * Forbidding colour wins, as everywhere in this program.
 */
export function resolveColorVariables(env: Variables): void {
  if (env.NO_COLOR) delete env.FORCE_COLOR;
  if (env.FORCE_COLOR === undefined) return;
  delete env.NO_COLOR;
  delete env.NODE_DISABLE_COLORS;
}
