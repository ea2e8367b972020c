import type { Env } from '../../platform/core/env.ts';
import { usageError } from '../../platform/core/errors.ts';
import { Secret } from '../../platform/core/secret.ts';

/**
 * Credentials as text from a variable, a flag, a question or standard input. The same rules apply to each source: white
 * space, line ends and a byte order mark around the value are removed, a blank value counts as absent, and an
 * impossible value is refused before any request. Messages never contain the value, which may be a secret.
 */

/** A passphrase or the name of a directory may begin and end with blanks. */
const mayEndInBlanks = ['TWILIO_ORG_STORE_PASSPHRASE', 'TWILIO_ORG_CONFIG_DIR'];

/** The environment without white space around this program's variables. @param warn called for blank variables */
export function cleanEnv(env: Env, warn: (text: string) => void): Env {
  const clean: Record<string, string | undefined> = { ...env };
  for (const name of Object.keys(env).filter((each) => each.startsWith('TWILIO_ORG_'))) {
    const value = env[name];
    if (!value) continue;
    if (value.trim() === '') {
      warn(`${name} is blank and counts as not set`);
      delete clean[name];
    } else if (!mayEndInBlanks.includes(name)) {
      clean[name] = value.trim();
    }
  }
  return clean;
}

/** Removes only the line end, which a file or a command adds: a passphrase may begin and end with blanks. */
export function withoutLineEnd(passphrase: string): string {
  return passphrase.replace(/[\r\n]+$/, '');
}

/** The passphrase as older versions read it, if that differs. */
export function withLineEnd(passphrase = ''): Secret | undefined {
  return withoutLineEnd(passphrase) === passphrase ? undefined : new Secret(passphrase);
}

const useOAuthApp =
  'Only OAuth apps work: create one (twilio-org apps create) and use its client id (OQ…) and client secret';

/** @param place such as `TWILIO_ORG_CLIENT_ID`, or `The client id`: the beginning of a sentence */
export function checkClientId(text: string, place: string): string {
  const id = text.trim();
  if (id === '') throw usageError(`${place} is empty`, 'Give the client id of an OAuth app (OQ…)');
  // No client id begins like this.
  refuseApiKey(id, place, /^(AC|SK)/i);
  if (/^OQ[\x21-\x7e]*$/i.test(id)) return id;
  throw usageError(
    `${place} is not the client id of an OAuth app, which begins with OQ`,
    'The Console shows the client id on the Credentials tab of the app. Other values, such as the client secret, do not work here',
  );
}

/** @param place such as `--organization-sid`, or a variable */
export function checkOrganizationSid(sid: string, place: string): string {
  if (/^OR[0-9a-f]{32}$/i.test(sid)) return sid;
  throw usageError(
    `"${sid}" is not the SID of an organization`,
    `${place} takes OR and 32 hexadecimal digits`,
  );
}

/** @param place see {@link checkClientId} */
export function checkClientSecret(text: string, place: string): Secret {
  const secret = text.trim();
  if (secret === '') throw usageError(`${place} is empty`, "Give the OAuth app's client secret");
  refuseApiKey(secret, place);
  if (/^OQ[0-9a-f]{32}$/i.test(secret)) {
    throw usageError(`${place} is a client id (OQ…), not the secret`, "Give the OAuth app's client secret");
  }
  refuseForeignCharacters(secret, place);
  return new Secret(secret);
}

/** @param place see {@link checkClientId} */
export function checkAccessToken(text: string, place: string): Secret {
  const token = text.trim();
  refuseApiKey(token.replace(/^(Basic|Bearer) +/i, ''), place);
  if (/^[0-9a-f]{32}$/i.test(token)) throw notSupported(place, 'an Auth Token');
  if (/^OQ[0-9a-f]{32}$/i.test(token)) {
    throw usageError(
      `${place} is a client id (OQ…), not an access token`,
      'Set TWILIO_ORG_CLIENT_ID and TWILIO_ORG_CLIENT_SECRET to use client credentials',
    );
  }
  if (token.includes(':')) {
    throw usageError(
      `${place} holds ":", which no access token has`,
      'A name and a password do not work: set the access token of an OAuth app',
    );
  }
  if (/\s/.test(token)) {
    throw usageError(
      `${place} holds a space or a line end, which no access token has`,
      'Set the token alone, on one line and without the word Bearer',
    );
  }
  refuseForeignCharacters(token, place);
  return new Secret(token);
}

/** Throws for an Account SID or an API key, alone or joined with its token or secret. */
function refuseApiKey(text: string, place: string, pattern = /^(AC|SK)([0-9a-f]{32}|\w*:)/i): void {
  const prefix = pattern.exec(text)?.[1]?.toUpperCase();
  if (prefix === 'AC') throw notSupported(place, 'an Account SID (AC…)');
  if (prefix === 'SK') throw notSupported(place, 'an API key (SK…)');
}

function notSupported(place: string, what: string) {
  return usageError(
    `${place} is ${what}: Twilio's organization APIs do not support API keys and Auth Tokens`,
    useOAuthApp,
  );
}

/** Throws for characters outside VSCHAR (RFC 6749, appendix A), which no credential has. */
function refuseForeignCharacters(text: string, place: string): void {
  const found = /[^\x20-\x7e]/u.exec(text)?.[0]?.codePointAt(0);
  if (found === undefined) return;
  const name = `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
  throw usageError(
    `${place} contains a character that no credential has (${name})`,
    'Copy the value again, without the text around it',
  );
}

/** Turns a check that throws into the validation of a question. */
export function verdict(check: () => unknown): true | string {
  try {
    check();
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}
