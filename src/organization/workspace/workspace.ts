import type { Identity } from '../../login/identity.ts';
import type { LoginWorkspace } from '../../login/workspace.ts';
import type { Organization } from '../organization.ts';
import type { Api } from './api.ts';

/**
 * Everything that work on an organization is given. It knows no terminal and no flag, so that a command, a server and a
 * library can each make one.
 */
export interface Workspace extends LoginWorkspace {
  /** The login and the organization, from the credentials that are sent. Everything shown and recorded comes from here. */
  identity(): Promise<Identity>;
  api(): Promise<Api>;
  /** The organization as this command has read it. Verification after a lost response, and other proofs, use the API. */
  organization(): Promise<Organization>;
}
