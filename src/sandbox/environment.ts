import type { SandboxApps } from './oauth/apps.ts';
import type { Settings } from './state/settings.ts';
import type { State } from './state/state.ts';

/** What every route is given. */
export interface SandboxEnv {
  readonly settings: Settings;
  readonly state: State;
  readonly apps: SandboxApps;
}
