import type { CommandEntry } from '../cli/command.ts';
import { access } from './access/index.ts';
import { accounts } from './accounts/index.ts';
import { apps } from './apps/index.ts';
import { auth } from './auth/index.ts';
import { guards } from './guards/index.ts';
import { roleAssignments } from './role-assignments/index.ts';
import { roles } from './roles/index.ts';
import { runs } from './runs/index.ts';
import { snapshots } from './snapshots/index.ts';
import { users } from './users/index.ts';

/** The front page: every group and every command at the top, in the order of the help. */
export const entries: readonly CommandEntry[] = [
  {
    name: 'auth',
    summary: 'Log in, log out and show which credentials are used',
    ...auth,
  },
  {
    name: 'apps',
    summary: 'How to manage OAuth apps, which only the Console can change',
    ...apps,
  },
  {
    name: 'users',
    summary: 'Manage the users of the organization',
    ...users,
  },
  {
    name: 'roles',
    summary: 'Show the roles that users can be given',
    ...roles,
  },
  {
    name: 'role-assignments',
    alias: 'assignments',
    summary: 'Manage the roles that users have',
    ...roleAssignments,
  },
  {
    name: 'access',
    summary: 'Say who may do what, and why; compare and copy roles of users',
    ...access,
  },
  {
    name: 'accounts',
    summary: 'Give accounts names, which commands then take and show',
    ...accounts,
  },
  {
    name: 'snapshots',
    summary: 'Keep the state of the organization, and compare it later',
    ...snapshots,
  },
  {
    name: 'guards',
    summary: 'Safety limits on what commands may remove',
    ...guards,
  },
  {
    name: 'runs',
    summary: 'Review, resume or undo changes',
    ...runs,
  },
  {
    name: 'open',
    summary: "Open a page of Twilio's Console in the browser",
    load: async () => (await import('./open.ts')).openCommand,
  },
  {
    name: 'api',
    summary: "Send any request with this program's login and retries",
    load: async () => (await import('./api.ts')).apiCommand,
  },
  {
    name: 'sandbox',
    summary: "Run a local stand-in for Twilio's Organization API",
    usesProfile: false,
    load: async () => (await import('./sandbox.ts')).sandboxCommand,
  },
  {
    name: 'doctor',
    summary: "Check this machine's setup",
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  {
    name: 'completion',
    summary: 'Print a completion script for a shell',
    usesProfile: false,
    load: async () => (await import('./completion.ts')).completionCommand,
  },
];
