/** Twilio has two Consoles, and shows the same organization in both. */
export type ConsoleVersion = 'present' | 'legacy';

/** A page of the Console. */
export interface ConsolePage {
  url: string;
  /** The step that leads there. */
  way: string;
  /** The step on the page itself, where the address leads no further. */
  next?: string;
}

export const pageNames = ['user', 'app', 'authorized-apps', 'users', 'roles'] as const;

export type PageName = (typeof pageNames)[number];

const oauthApps = {
  url: 'https://1console.twilio.com/organization/settings/oauth/apps',
  way: 'Log in to the Twilio Console and go to Settings > Organization settings > Organization API access',
};

const managedUsers = {
  url: 'https://1console.twilio.com/organization/settings/users/managed-users',
  way: 'Log in to the Twilio Console and go to Settings > Organization settings > Users',
};

const authorizedTab = 'tab AUTHORIZED APPLICATIONS';

const legacyUsers = {
  url: 'https://admin.twilio.com/managed-users',
  way: 'Log in to Twilio Admin in the legacy Console and go to Users',
};

/**
 * All known pages of the Console. Source: Twilio, "Organization OAuth apps", "Managed users" and "RBAC in Twilio
 * Console". No address of a single user, role or app is documented.
 */
const pages: Record<ConsoleVersion, Record<PageName, ConsolePage>> = {
  present: {
    app: { ...oauthApps, next: 'Click the name of the app' },
    'authorized-apps': {
      url: oauthApps.url,
      way: `${oauthApps.way}, then to the ${authorizedTab}`,
      next: `Go to the ${authorizedTab}`,
    },
    users: managedUsers,
    user: managedUsers,
    roles: {
      ...managedUsers,
      next: "Filter the users by the name of a role, or click a user's name and then the tab Role Assignments",
    },
  },
  legacy: {
    app: {
      url: 'https://admin.twilio.com/applications/oauth',
      way: 'Log in to Twilio Admin in the legacy Console and go to Applications > OAuth apps',
      next: 'Click the name of the app',
    },
    'authorized-apps': {
      url: 'https://admin.twilio.com/applications/authorized-apps',
      way: 'Log in to Twilio Admin in the legacy Console and go to Applications > Authorized apps',
    },
    users: legacyUsers,
    user: legacyUsers,
    roles: {
      url: 'https://admin.twilio.com/access-control/role-assignments',
      way: 'Log in to Twilio Admin in the legacy Console and go to Access Control > Role Assignments',
      next: 'Search by the name of a user, a role or a scope',
    },
  },
};

export function consolePage(
  name: Exclude<PageName, 'user'>,
  version: ConsoleVersion = 'present',
): ConsolePage {
  return pages[version][name];
}

/** The page nearest to a single user: the list of all users. */
export function userPage(email: string, version: ConsoleVersion = 'present'): ConsolePage {
  return { ...pages[version].user, next: `Search for ${email}` };
}
