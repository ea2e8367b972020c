import type { CommandEntry } from '../cli/command.ts';

/** The front page: every group and every command at the top, in the order of the help. */
export const entries: readonly CommandEntry[] = [
  {
    name: 'auth',
    summary: 'Log in, log out and show which credentials are used',
    load: async () => (await import('./auth/index.ts')).auth,
  },
  {
    name: 'apps',
    summary: 'How to manage OAuth apps, which only the Console can change',
    load: async () => (await import('./apps/index.ts')).apps,
  },
  {
    name: 'users',
    summary: 'Manage the users of the organization',
    load: async () => (await import('./users/index.ts')).users,
  },
  {
    name: 'roles',
    summary: 'Show the roles that users can be given',
    load: async () => (await import('./roles/index.ts')).roles,
  },
  {
    name: 'role-assignments',
    alias: 'assignments',
    summary: 'Manage the roles that users have',
    load: async () => (await import('./role-assignments/index.ts')).roleAssignments,
  },
  {
    name: 'access',
    summary: 'Say who may do what, and why; compare and copy roles of users',
    load: async () => (await import('./access/index.ts')).access,
  },
  {
    name: 'guards',
    summary: 'Safety limits on what commands may remove',
    load: async () => (await import('./guards/index.ts')).guards,
  },
  {
    name: 'runs',
    summary: 'Review, resume or undo changes',
    load: async () => (await import('./runs/index.ts')).runs,
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
