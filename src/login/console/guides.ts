import type { GrantType } from '../config/profiles.ts';
import { defaultRedirectUri } from '../oauth/callback-server.ts';
import { type ConsoleVersion, consolePage } from './pages.ts';

export type GuideTask = 'create' | 'view' | 'update' | 'delete' | 'authorized' | 'revoke' | 'rotate-secret';

/** A field of a form in the Console. */
export interface FormField {
  name: string;
  /** The text to enter: exactly this for the Redirect URL, a suggestion elsewhere. */
  value: string;
}

/** Instructions for a task in the Console. Source: Twilio, "Organization OAuth apps". */
export interface ConsoleGuide {
  title: string;
  console: ConsoleVersion;
  grant: GrantType;
  /** The page to open. */
  url: string;
  steps: string[];
  /** Fields of the form; empty where there is none. */
  fields: FormField[];
  /** Facts to know before the last click. */
  notes: string[];
}

export const grantTypes = ['authorization-code', 'client-credentials'] as const satisfies GrantType[];

/** The parts in which procedures differ. */
type Written = Pick<ConsoleGuide, 'title' | 'steps'> & Partial<Pick<ConsoleGuide, 'fields' | 'notes'>>;
type Of = { grant: GrantType; console: ConsoleVersion; redirectUri: string };

const openApp = 'Click the name of the app';
const seeAuthorized = 'Find the app; the column "Authorized by" names the person who approved its access';
const onlyNeededScopes =
  'Select only the scopes you need: `twilio-org apps scopes` lists them for each command';

/** The detail page of the legacy Console, as Twilio documents it. */
const legacyUpdate: Record<GrantType, string> = {
  'authorization-code':
    'The page shows Application name, Description of the application, Date created, Created by, Company name, Homepage URL, Terms of service URL, Redirect URL, scopes, Client ID and Authorization URL: change what you need',
  'client-credentials':
    'The page shows App name, Description of the app, Date created, Created by, OAuth scopes and Client ID: change App name, Description of the app and OAuth scopes',
};

const written: Record<GuideTask, (of: Of) => Written> = {
  create: ({ grant, console, redirectUri }) => ({
    title: 'Create an OAuth app',
    steps: [
      console === 'legacy' && grant === 'authorization-code'
        ? 'Click "Create an OAuth app"'
        : 'Click "Create OAuth application"',
      `Choose the grant type "${grant === 'authorization-code' ? 'Authorization code' : 'Client credentials'}"; it can't be changed later`,
      'Fill in the fields below',
      'Under "Scopes & permissions", tick the scopes',
      'On "Copy secret", copy the client id and the client secret, and keep them where nobody else can read them',
      'Tick "Got it!" and click "Finish"',
    ],
    fields: createFields(grant, redirectUri),
    notes: [
      onlyNeededScopes,
      ...(grant === 'authorization-code'
        ? [
            'The Authorization URL on that page is not needed: the login builds its own',
            'The Redirect URL must be exactly the one that the login passes as --redirect-uri',
            'The approval page does not support SSO. Sign in as an organization admin whose SSO is turned off',
            'Approve with a dedicated service account: if the user who approved is deactivated, the app may lose its access',
            'The code from the approval works once and expires after five minutes: the login uses it at once',
          ]
        : []),
    ],
  }),
  view: ({ grant, console }) => ({
    title: 'View an OAuth app',
    steps: [openApp, ...(console === 'legacy' ? [`The page shows ${shown(grant)}`] : tabs(grant))],
  }),
  update: ({ grant, console }) => ({
    title: 'Update an OAuth app',
    steps: [
      openApp,
      ...(console === 'legacy'
        ? [legacyUpdate[grant], 'Click "Save", or "Cancel" to discard the changes']
        : [
            'For names, texts and URLs: on the tab APPLICATION DETAILS click "Edit application details", change them and click "Save"',
            'For scopes: change them on the tab ACCESS SETTINGS',
          ]),
    ],
    notes: [
      onlyNeededScopes,
      'A token keeps the scopes that it was issued with. To get a new one: `twilio-org auth refresh`',
      ...(grant === 'authorization-code'
        ? [
            'If you change the Redirect URL, log in with the new one: `twilio-org auth login --redirect-uri URL`',
          ]
        : []),
    ],
  }),
  delete: ({ grant, console }) => ({
    title: 'Delete an OAuth app',
    steps: [
      `In the row of the app, click "Delete" under ${console === 'legacy' ? 'Actions' : 'Action'}`,
      'Click "Delete" in the confirmation dialog',
    ],
    notes:
      grant === 'authorization-code'
        ? ['Its access is revoked and its access tokens become invalid at once: every login with it ends']
        : [
            'Expect its tokens to become invalid at once and the jobs that use it to fail. Twilio documents this for authorization-code apps only',
          ],
  }),
  authorized: () => ({
    title: 'See which apps were authorized, and by whom',
    steps: [seeAuthorized],
    notes: [
      'An app is listed after a person has approved its access, for example with `twilio-org auth login`',
    ],
  }),
  revoke: () => ({
    title: 'Revoke the access of an authorized app',
    steps: [seeAuthorized, 'Click "Revoke" beside it'],
    notes: ['The app itself stays. To delete it, see `twilio-org apps delete`'],
  }),
  // Twilio documents this for the present Console only.
  'rotate-secret': () => ({
    title: 'Rotate the client secret of an OAuth app',
    steps: [openApp, 'On the tab Credentials, rotate the client secret', 'Copy the new one'],
  }),
};

function createFields(grant: GrantType, redirectUri: string): FormField[] {
  return [
    { name: 'Application name', value: 'twilio-org' },
    { name: 'Application description', value: 'Users, roles and role assignments from the command line' },
    ...(grant === 'client-credentials'
      ? []
      : [
          { name: 'Company name', value: 'the name of your company' },
          { name: 'Images for the application', value: 'your logo' },
          { name: 'Homepage URL', value: 'the web site of your company' },
          { name: 'Terms of service URL', value: 'the terms of your company' },
          { name: 'Redirect URL', value: redirectUri },
        ]),
  ];
}

function shown(grant: GrantType): string {
  const more =
    grant === 'authorization-code'
      ? ', the company, the homepage, terms and Redirect URLs, the Authorization URL'
      : '';
  return `name, description, date and maker of the app, its scopes and its client id${more}`;
}

function tabs(grant: GrantType): string[] {
  const person = grant === 'authorization-code';
  return [
    `APPLICATION DETAILS shows its name and description, when it was made and by whom${person ? ', the company, and the homepage, terms and Redirect URLs' : ''}`,
    'ACCESS SETTINGS shows its scopes',
    `Credentials shows its client id${person ? ' and its Authorization URL' : ''}, and is where the client secret is rotated`,
  ];
}

/** The instructions for a task in that Console, with an app of that grant type. */
export function consoleGuide(
  task: GuideTask,
  grant: GrantType,
  console: ConsoleVersion,
  redirectUri: string = defaultRedirectUri,
): ConsoleGuide {
  const { title, steps, fields = [], notes = [] } = written[task]({ grant, console, redirectUri });
  const page = task === 'authorized' || task === 'revoke' ? 'authorized-apps' : 'app';
  const { url, way } = consolePage(page, console);
  return { title, console, grant, url, steps: [way, ...steps], fields, notes };
}

/** The guide as lines for people: numbered steps, fields and notes. */
export function renderGuide({ title, url, steps, fields, notes }: ConsoleGuide): string[] {
  const width = Math.max(0, ...fields.map(({ name }) => name.length));
  return [
    `${title}:`,
    `  ${url}`,
    '',
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    ...(fields.length > 0 ? [''] : []),
    ...fields.map(({ name, value }) => `   ${name.padEnd(width)}  ${value}`),
    ...(notes.length > 0 ? [''] : []),
    ...notes,
  ];
}
