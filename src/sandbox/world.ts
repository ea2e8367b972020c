import type { SandboxApps } from './apps.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

/** What every route is given. */
export interface World {
  readonly settings: Settings;
  readonly state: State;
  readonly apps: SandboxApps;
}
