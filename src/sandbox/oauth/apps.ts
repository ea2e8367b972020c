import type { Settings } from '../state/settings.ts';

/** An OAuth app, as the Console creates it. */
export interface SandboxApp {
  readonly client_id: string;
  readonly client_secret: string;
  readonly redirect_uri: string | null;
  readonly scopes: string[];
}

/** An authorization-code app without a secret: a public client (RFC 6749, section 2.1), which must use PKCE. */
export type PublicSandboxApp = Omit<SandboxApp, 'client_secret'>;

export type GrantType = 'authorization_code' | 'client_credentials';

export type SandboxApps = Readonly<Record<GrantType, SandboxApp> & { public: PublicSandboxApp }>;

/** The apps of every sandbox. Their ids and secrets are the same everywhere and give access to sandboxes only. */
export function createApps({ redirectUri, scopes }: Settings): SandboxApps {
  return {
    authorization_code: {
      client_id: 'OQ000000000000000000000000000000ac',
      client_secret: 'sandbox-only-secret-of-the-authorization-code-app',
      redirect_uri: redirectUri,
      scopes: [...scopes],
    },
    client_credentials: {
      client_id: 'OQ000000000000000000000000000000cc',
      client_secret: 'sandbox-only-secret-of-the-client-credentials-app',
      redirect_uri: null,
      scopes: [...scopes],
    },
    public: {
      client_id: 'OQ000000000000000000000000000000bc',
      redirect_uri: redirectUri,
      scopes: [...scopes],
    },
  };
}

export interface SandboxClient {
  app: PublicSandboxApp;
  grantType: GrantType;
  /** Undefined for a public client. */
  secret: string | undefined;
}

/** The app with this id, its grant type and its secret. */
export function findApp(apps: SandboxApps, clientId: string | undefined): SandboxClient | undefined {
  const { authorization_code, client_credentials, public: withoutSecret } = apps;
  const clients: SandboxClient[] = [
    { app: authorization_code, grantType: 'authorization_code', secret: authorization_code.client_secret },
    { app: client_credentials, grantType: 'client_credentials', secret: client_credentials.client_secret },
    { app: withoutSecret, grantType: 'authorization_code', secret: undefined },
  ];
  return clients.find(({ app }) => app.client_id === clientId);
}
