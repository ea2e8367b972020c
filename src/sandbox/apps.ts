import type { Settings } from './settings.ts';

/** An OAuth app, as it was made in the Console. */
export interface SandboxApp {
  readonly client_id: string;
  readonly client_secret: string;
  readonly redirect_uri: string | null;
  readonly scopes: string[];
}

export type GrantType = 'authorization_code' | 'client_credentials';

export type SandboxApps = Readonly<Record<GrantType, SandboxApp>>;

/** The two apps of every sandbox. Their ids and secrets are the same everywhere and open nothing but a sandbox. */
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
  };
}

/** The app with this id and the grant type that it holds. */
export function findApp(
  apps: SandboxApps,
  clientId: string | undefined,
): { app: SandboxApp; grantType: GrantType } | undefined {
  const { authorization_code, client_credentials } = apps;
  if (clientId === authorization_code.client_id)
    return { app: authorization_code, grantType: 'authorization_code' };
  if (clientId === client_credentials.client_id)
    return { app: client_credentials, grantType: 'client_credentials' };
  return undefined;
}
