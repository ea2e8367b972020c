/** A role as the API returns it, expanded. */
export interface Role {
  readonly sid: string;
  readonly friendly_name: string;
  readonly external_description: string;
  readonly product_group: string;
  readonly lowest_level: Level;
  readonly role_product_group: { readonly product_group: string; readonly friendly_name: string };
  readonly policy: {
    readonly allow: readonly string[];
    readonly deny: readonly string[] | null;
    readonly format: number;
  };
  readonly resource_types: readonly string[] | null;
  readonly date_created: string;
  readonly date_updated: string;
}

/**
 * The lowest level at which a role can be given: `ORGANIZATION` for the organization only, `ACCOUNT` for accounts as well, `SUB_ACCOUNT` for
 * subaccounts as well.
 */
export type Level = 'ORGANIZATION' | 'ACCOUNT' | 'SUB_ACCOUNT';

const groups = {
  general: 'General',
  iam: 'Identity and access',
  billing: 'Billing',
  messaging: 'Messaging',
  voice: 'Voice',
  phone_numbers: 'Phone numbers',
  studio: 'Studio',
  verify: 'Verify',
  flex: 'Flex',
  monitoring: 'Monitoring',
};

type Group = keyof typeof groups;

/** Number (the end of the SID), group, name, lowest level, description, permissions, types of resource it can be limited to. */
type Row = [number, Group, string, Level, string, string[], string[]?];

// The first four SIDs are those of Twilio's error dictionary; the other roles are fictional.
// Two groups have a "Viewer", as an example of an ambiguous name.
const rows: Row[] = [
  [102, 'general', 'Admin', 'SUB_ACCOUNT', 'Full access to everything in scope', ['/twilio/*']],
  [
    103,
    'general',
    'Developer',
    'SUB_ACCOUNT',
    'Build and run applications',
    ['/twilio/*/read', '/twilio/*/write'],
  ],
  [104, 'general', 'Billing', 'ACCOUNT', 'Pay, and see what is paid for', ['/twilio/billing/*']],
  [
    105,
    'general',
    'Support',
    'SUB_ACCOUNT',
    'Look at logs and talk to support',
    ['/twilio/*/read', '/twilio/support/*'],
  ],
  [106, 'general', 'Viewer', 'SUB_ACCOUNT', 'Look at everything, change nothing', ['/twilio/*/read']],
  [
    107,
    'general',
    'Organization Admin',
    'ORGANIZATION',
    'Manage the organization itself',
    ['/twilio/organization/*'],
  ],
  [
    201,
    'iam',
    'User Admin',
    'ORGANIZATION',
    'Create, change and deactivate users',
    ['/twilio/iam/managed-users/*'],
  ],
  [202, 'iam', 'User Viewer', 'ORGANIZATION', 'Look at users', ['/twilio/iam/managed-users/read']],
  [203, 'iam', 'Role Admin', 'ORGANIZATION', 'Give and take roles', ['/twilio/iam/role-assignments/*']],
  [204, 'iam', 'SSO Admin', 'ORGANIZATION', 'Set up single sign-on', ['/twilio/iam/sso/*']],
  [205, 'iam', 'Domain Admin', 'ORGANIZATION', 'Verify e-mail domains', ['/twilio/iam/domains/*']],
  [206, 'iam', 'API Key Admin', 'SUB_ACCOUNT', 'Create and revoke API keys', ['/twilio/iam/keys/*']],
  [
    207,
    'iam',
    'Security Auditor',
    'ORGANIZATION',
    'Read audit events',
    ['/twilio/iam/*/read', '/twilio/audit/read'],
  ],
  [
    301,
    'billing',
    'Billing Group Manager',
    'ACCOUNT',
    'Manage a group of invoices',
    ['/twilio/billing/groups/*'],
    ['billing_group'],
  ],
  [
    302,
    'billing',
    'Billing Group Viewer',
    'ACCOUNT',
    'Look at a group of invoices',
    ['/twilio/billing/groups/read'],
    ['billing_group'],
  ],
  [
    303,
    'billing',
    'Invoice Recipient',
    'ORGANIZATION',
    'Receive invoices by e-mail',
    ['/twilio/billing/invoices/read'],
  ],
  [304, 'billing', 'Viewer', 'ACCOUNT', 'Look at usage and invoices', ['/twilio/billing/*/read']],
  [
    401,
    'messaging',
    'Messaging Admin',
    'SUB_ACCOUNT',
    'Manage senders and services',
    ['/twilio/messaging/*'],
  ],
  [
    402,
    'messaging',
    'Messaging Developer',
    'SUB_ACCOUNT',
    'Send messages, change services',
    ['/twilio/messaging/*/write'],
    ['messaging_service'],
  ],
  [
    403,
    'messaging',
    'Messaging Log Reader',
    'SUB_ACCOUNT',
    'Read message logs',
    ['/twilio/messaging/logs/read'],
  ],
  [
    404,
    'messaging',
    'Compliance Manager',
    'ACCOUNT',
    'Register brands and campaigns',
    ['/twilio/messaging/compliance/*'],
  ],
  [
    405,
    'messaging',
    'Content Editor',
    'SUB_ACCOUNT',
    'Write message templates',
    ['/twilio/messaging/content/*'],
    ['messaging_service'],
  ],
  [501, 'voice', 'Voice Admin', 'SUB_ACCOUNT', 'Manage everything about calls', ['/twilio/voice/*']],
  [
    502,
    'voice',
    'Voice Developer',
    'SUB_ACCOUNT',
    'Make calls, change call flows',
    ['/twilio/voice/*/write'],
  ],
  [
    503,
    'voice',
    'Recording Reviewer',
    'SUB_ACCOUNT',
    'Listen to recordings',
    ['/twilio/voice/recordings/read'],
  ],
  [
    504,
    'voice',
    'SIP Manager',
    'SUB_ACCOUNT',
    'Manage SIP trunks and domains',
    ['/twilio/voice/sip/*'],
    ['sip_trunk'],
  ],
  [
    601,
    'phone_numbers',
    'Number Manager',
    'SUB_ACCOUNT',
    'Buy, release and set up numbers',
    ['/twilio/numbers/*'],
  ],
  [602, 'phone_numbers', 'Number Viewer', 'SUB_ACCOUNT', 'Look at numbers', ['/twilio/numbers/read']],
  [
    603,
    'phone_numbers',
    'Porting Manager',
    'ACCOUNT',
    'Move numbers in and out',
    ['/twilio/numbers/porting/*'],
  ],
  [
    604,
    'phone_numbers',
    'Regulatory Manager',
    'ACCOUNT',
    'Keep addresses and bundles',
    ['/twilio/numbers/regulatory/*'],
  ],
  [
    701,
    'studio',
    'Studio Editor',
    'SUB_ACCOUNT',
    'Change and publish flows',
    ['/twilio/studio/*'],
    ['studio_flow'],
  ],
  [
    702,
    'studio',
    'Studio Viewer',
    'SUB_ACCOUNT',
    'Look at flows and executions',
    ['/twilio/studio/read'],
    ['studio_flow'],
  ],
  [
    801,
    'verify',
    'Verify Admin',
    'SUB_ACCOUNT',
    'Manage verification services',
    ['/twilio/verify/*'],
    ['verify_service'],
  ],
  [
    802,
    'verify',
    'Verify Analyst',
    'SUB_ACCOUNT',
    'Look at verification figures',
    ['/twilio/verify/insights/read'],
  ],
  [901, 'flex', 'Flex Admin', 'ACCOUNT', 'Set up the contact center', ['/twilio/flex/*']],
  [902, 'flex', 'Flex Supervisor', 'ACCOUNT', 'Watch and coach agents', ['/twilio/flex/teams/*']],
  [903, 'flex', 'Flex Agent', 'ACCOUNT', 'Take calls and chats', ['/twilio/flex/tasks/*']],
  [
    1001,
    'monitoring',
    'Alert Manager',
    'SUB_ACCOUNT',
    'Define and mute alerts',
    ['/twilio/monitor/alerts/*'],
  ],
  [
    1002,
    'monitoring',
    'Event Reader',
    'SUB_ACCOUNT',
    'Read audit and debugger events',
    ['/twilio/monitor/events/read'],
  ],
  [
    1003,
    'monitoring',
    'Usage Analyst',
    'ACCOUNT',
    'Read usage and quality figures',
    ['/twilio/insights/read'],
  ],
];

/** The 40 roles of every sandbox, independent of its seed. All are built-in. */
export const roles: readonly Role[] = rows.map(
  ([number, group, name, level, description, allow, resources]) => ({
    sid: `IX${String(number).padStart(32, '0')}`,
    friendly_name: name,
    external_description: description,
    product_group: group,
    lowest_level: level,
    role_product_group: { product_group: group, friendly_name: groups[group] },
    policy: { allow, deny: name === 'Support' ? ['/twilio/iam/*'] : null, format: 1 },
    resource_types: resources ?? null,
    date_created: '2023-03-01T09:00:00Z',
    date_updated: '2024-06-12T14:30:00Z',
  }),
);

const bySid = new Map(roles.map((role) => [role.sid, role]));

export function roleBySid(sid: string): Role | undefined {
  return bySid.get(sid);
}
