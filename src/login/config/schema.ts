import { parseOrigin } from '../../platform/core/origin.ts';
import { type StoreKind, storeKinds } from '../credentials/stores.ts';
import { isValidProfileName } from './profile-name.ts';

export type GrantType = 'authorization-code' | 'client-credentials';

/** Everything about a login but its secrets. */
export interface Profile {
  grant: GrantType;
  client_id: string;
  /** The app is a public client: its logins have no secret. */
  public?: boolean;
  redirect_uri?: string;
  /** The origin of the API that the credentials belong to. */
  api_url: string;
  /** The origin of the authorization server. */
  oauth_url: string;
  /** The origin of the preview endpoint for account names, to which a person has agreed to send the token. */
  accounts_url?: string;
  organization_sid?: string;
  /** Twilio has taken the login for one of that organization. */
  organization_confirmed?: boolean;
  store: StoreKind;
  /** Limits on removals, which flags can only tighten. */
  guards?: GuardSettings;
  /** Another store that may hold older credentials of this profile, until they are removed there. */
  left_in?: StoreKind;
}

/** Limits of what one command may take away. */
export interface GuardSettings {
  max_removals?: number;
  /** 0 to 1. */
  max_removal_fraction?: number;
  /** Patterns of e-mail addresses, with `*` and `?`, or SIDs of users. */
  protect?: string[];
  keep_admins?: number;
  /** SID or name. */
  admin_role?: string;
}

export interface Config {
  /** The profile that is meant when nothing names one; it need not exist. */
  default_profile: string;
  /** By name. Has no prototype: `profiles.constructor` is a profile or undefined. */
  profiles: Record<string, Profile>;
  /** Those that can't be used, such as one that a newer version wrote. They are kept as they are. */
  [unusable]?: Record<string, UnusableProfile>;
}

/** Not a member of the file, but its spread copies it, so that what changes a configuration keeps it. */
export const unusable = Symbol('profiles that can not be used');

export interface UnusableProfile {
  entry: unknown;
  /** The problem, as a message. */
  why: string;
}

/** A problem with a configuration, in words that follow the file's name. */
export class ConfigError extends Error {}

/** The configuration in a file's text. Members of unknown name are kept: a newer version may have written them. */
export function parseConfig(text: string): Config {
  const file = object(parseJson(text), 'the file');
  const profiles = file.profiles === undefined ? {} : object(file.profiles, '"profiles"');
  const good: Record<string, unknown> = Object.create(null);
  const bad: Record<string, UnusableProfile> = Object.create(null);
  for (const [key, entry] of Object.entries(profiles)) {
    try {
      if (isValidProfileName(key)) checkProfile(entry, `profile "${key}"`);
      good[key] = entry;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      bad[key] = { entry, why: error.message };
    }
  }
  const config = validateConfig({ ...file, profiles: good });
  return Object.keys(bad).length === 0 ? config : { ...config, [unusable]: bad };
}

/** The configuration as the file holds it. */
export function printConfig(config: Config): string {
  const { [unusable]: bad = {}, profiles } = config;
  const kept = Object.entries(bad).map(([name, { entry }]) => [name, entry]);
  return `${JSON.stringify({ ...config, profiles: { ...Object.fromEntries(kept), ...profiles } }, undefined, 2)}\n`;
}

/** Checks a value that should be a configuration; throws `ConfigError` at the first problem. */
export function validateConfig(value: unknown): Config {
  const file = object(value, 'the file');
  const name = file.default_profile === undefined ? 'default' : file.default_profile;
  if (!isValidProfileName(name)) throw new ConfigError('"default_profile" is not a profile name');
  const profiles: Record<string, Profile> = Object.create(null);
  for (const [key, entry] of Object.entries(
    file.profiles === undefined ? {} : object(file.profiles, '"profiles"'),
  )) {
    if (!isValidProfileName(key)) throw new ConfigError(`${JSON.stringify(key)} is not a profile name`);
    profiles[key] = checkProfile(entry, `profile "${key}"`);
  }
  return { ...file, default_profile: name, profiles };
}

function checkProfile(value: unknown, where: string): Profile {
  const entry = object(value, where);
  const profile: Profile = {
    ...entry,
    grant: oneOf(entry, 'grant', ['authorization-code', 'client-credentials'], where),
    client_id: text(entry, 'client_id', where),
    api_url: origin(entry, 'api_url', where),
    oauth_url: origin(entry, 'oauth_url', where),
    store: oneOf(entry, 'store', storeKinds, where),
  };
  if (entry.public !== undefined && typeof entry.public !== 'boolean') {
    throw new ConfigError(`"public" of ${where} is neither true nor false`);
  }
  if (entry.guards !== undefined) profile.guards = checkGuardSettings(entry.guards, where);
  if (entry.left_in !== undefined) profile.left_in = oneOf(entry, 'left_in', storeKinds, where);
  if (entry.redirect_uri !== undefined) profile.redirect_uri = webAddress(entry, 'redirect_uri', where);
  if (entry.accounts_url !== undefined) profile.accounts_url = origin(entry, 'accounts_url', where);
  if (entry.organization_sid !== undefined) profile.organization_sid = text(entry, 'organization_sid', where);
  return profile;
}

/** A guard that can't be read must not be one that does not hold. */
function checkGuardSettings(value: unknown, where: string): GuardSettings {
  const guards = object(value, `"guards" of ${where}`);
  const isCount = (each: unknown) => Number.isInteger(each) && (each as number) >= 0;
  const rules: Record<keyof GuardSettings, (each: unknown) => boolean> = {
    max_removals: isCount,
    max_removal_fraction: (each) => typeof each === 'number' && each >= 0 && each <= 1,
    protect: (each) =>
      Array.isArray(each) && each.every((pattern) => typeof pattern === 'string' && isUserPattern(pattern)),
    keep_admins: isCount,
    admin_role: (each) => typeof each === 'string' && each.trim() !== '',
  };
  for (const [name, each] of Object.entries(guards)) {
    const isGood = Object.hasOwn(rules, name) ? rules[name as keyof GuardSettings] : undefined;
    if (isGood === undefined)
      throw new ConfigError(`${JSON.stringify(name)} of "guards" of ${where} is no guard`);
    if (!isGood(each)) throw new ConfigError(`"${name}" of "guards" of ${where} makes no sense`);
  }
  return guards;
}

/** Can it match an e-mail address or the SID of a user? */
export function isUserPattern(text: string): boolean {
  const isAddress = /^[^\s@,;]+@[^\s@,;]+$/.test(text);
  const hasWildcards = /[*?]/.test(text) && !/[\s,;]|^@|@$/.test(text);
  return isAddress || hasWildcards || /^US[0-9a-f]{32}$/i.test(text);
}

function parseJson(text: string): unknown {
  try {
    // Editors on Windows like to put a byte order mark in front, which JSON.parse refuses.
    return JSON.parse(text.replace(/^\uFEFF/, ''), (key, value: unknown) => {
      if (key === '__proto__') throw new ConfigError('it has a member "__proto__"');
      return value;
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // The parser's own message quotes the text, which may hold anything.
    throw new ConfigError('it is not JSON');
  }
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (!isObject(value)) throw new ConfigError(`${where} is not a JSON object`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(entry: Record<string, unknown>, member: string, where: string): string {
  const value = entry[member];
  if (typeof value !== 'string' || value === '')
    throw new ConfigError(`"${member}" of ${where} is missing or not a text`);
  return value;
}

function oneOf<T extends string>(
  entry: Record<string, unknown>,
  member: string,
  known: readonly T[],
  where: string,
): T {
  const value = known.find((each) => each === entry[member]);
  if (value === undefined)
    throw new ConfigError(`"${member}" of ${where} is not one of: ${known.join(', ')}`);
  return value;
}

function origin(entry: Record<string, unknown>, member: string, where: string): string {
  const value = text(entry, member, where);
  if (!parseOrigin(value)) {
    throw new ConfigError(`"${member}" of ${where} is not an https origin (http is for this machine only)`);
  }
  return value;
}

function webAddress(entry: Record<string, unknown>, member: string, where: string): string {
  const value = text(entry, member, where);
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new ConfigError(`"${member}" of ${where} is not an http or https URL`);
  }
  return value;
}
