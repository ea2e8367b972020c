import type { SandboxApps } from './oauth/apps.ts';
import type { Settings } from './state/settings.ts';
import type { State } from './state/state.ts';

/** The environment that every route gets. */
export interface SandboxEnv {
  readonly settings: Settings;
  readonly state: State;
  readonly apps: SandboxApps;
}
