import type { Identity } from '../../login/identity.ts';
import type { LoginWorkspace } from '../../login/workspace.ts';
import type { Organization } from '../organization.ts';
import type { KnownScopes } from '../references.ts';
import type { Api } from './api.ts';

/** Everything that domain code needs to work on an organization. It has no terminal and no flags, so that a server or a library can make one. */
export interface Workspace extends LoginWorkspace {
  /** The login and the organization, taken from the credentials that are sent: the source of everything shown and recorded. */
  identity(): Promise<Identity>;
  /** Everything that a scope can be named by; read where a scope is resolved or shown to people. */
  scopes(): Promise<KnownScopes>;
  api(): Promise<Api>;
  /** The organization as this command has read it. Proofs, such as verification after a lost response, use {@link api}. */
  organization(): Promise<Organization>;
}
