import type { Config, StoreKind } from '../login/config/profiles.ts';
import type { Settings } from '../login/config/settings.ts';
import type { CredentialStore } from '../login/credentials/types.ts';
import type { Identity } from '../login/identity.ts';
import type { Api } from '../organization/workspace/api.ts';
import type { HttpOptions } from '../platform/http/types.ts';
import type { Messages } from '../platform/terminal/messages.ts';
import type { Output } from '../platform/terminal/output.ts';
import type { Prompts } from '../platform/terminal/prompts.ts';
import type { Tokens } from '../twilio/client.ts';
import type { Flags } from './flags.ts';
import type { Runtime } from './runtime.ts';

/** What a command is given. */
export interface Context {
  runtime: Runtime;
  flags: Flags;
  /** The command as it was typed. */
  commandLine: string;
  /** The command without arguments, such as `users list`. */
  verb: string;
  /** The program's version. */
  version: string;
  out: Output;
  messages: Messages;
  prompts: Prompts;
  http: HttpOptions;
  /** True after a change was sent: the same command may then be another change. */
  hasChanged: boolean;
  /** Lets requests wait for nothing any more, neither for their turn nor to be sent again. */
  endWaits(): void;
  configDir: string;
  /** What holds for this run: origins, profile, organization, and where the credentials come from. */
  settings(): Promise<Settings>;
  config(): Promise<Config>;
  store(kind: StoreKind): Promise<CredentialStore>;
  /** The credentials in force, as tokens. */
  tokens(): Promise<Tokens>;
  /** The login and the organization, from the credentials that are sent. Everything shown and recorded comes from here. */
  identity(): Promise<Identity>;
  api(): Promise<Api>;
  /** Refuses at once, before any request, what could not be confirmed later; what is only planned need not be. */
  mustBeConfirmable(): void;
  /** Shows what is about to happen at Twilio, and in which organization, and asks; `cancelled` when the answer is no. */
  confirm(...change: string[]): Promise<void>;
  /** The same for a change on this machine alone, which needs no working login. */
  confirmLocal(...change: string[]): Promise<void>;
}
