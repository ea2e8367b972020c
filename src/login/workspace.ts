import type { Env } from '../platform/core/env.ts';
import type { Log } from '../platform/core/log.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import type { TokenProvider } from '../twilio/client.ts';
import type { Config } from './config/profiles.ts';
import type { Settings } from './config/settings.ts';
import type { OpenStore, StoreKind } from './credentials/stores.ts';

/** Everything that a login is found, checked and kept with. */
export interface LoginWorkspace {
  env: Env;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Aborted when the work is to end. */
  signal: AbortSignal;
  http: HttpOptions;
  log: Log;
  /** Holds config.json, credentials and runs. Reading it throws `usage` where there is no home. */
  configDir: string;
  /** Origins, profile, organization, and the source of the credentials. */
  settings(): Promise<Settings>;
  config(): Promise<Config>;
  store(kind: StoreKind): Promise<OpenStore>;
  /** The active credentials, as tokens. */
  tokens(): Promise<TokenProvider>;
}
