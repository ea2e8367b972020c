type Variables = Record<string, string | undefined>;

/** Every variable of this program that can hold a secret, or the command that prints one: those of later versions, too. */
const secret = /^TWILIO_ORG_.*(?:PASSPHRASE|SECRET|TOKEN|_KEY$)/i;

/**
 * The environment of a process that this program starts: everything but the program's own secrets, which a browser, a
 * keychain or a command of the user's has no use for. Each `spawn` is given it.
 */
export function childEnv(env: Readonly<Variables> = process.env): Variables {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

/**
 * Takes the secrets out of the environment that children of libraries inherit, and gives what it held before.
 */
export function takeSecretsFromEnv(env: Variables): Variables {
  const before = { ...env };
  for (const name of Object.keys(env)) if (secret.test(name)) delete env[name];
  return before;
}

/**
 * Node writes a warning to stderr where one variable forbids and another forces colour, here as soon as one of its
 * modules is loaded, and in children. Forbidding wins, as everywhere in this program.
 */
export function resolveColorVariables(env: Variables): void {
  if (env.NO_COLOR) delete env.FORCE_COLOR;
  if (env.FORCE_COLOR === undefined) return;
  delete env.NO_COLOR;
  delete env.NODE_DISABLE_COLORS;
}
