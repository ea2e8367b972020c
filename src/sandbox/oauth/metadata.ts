import type { Hono } from 'hono';
import type { SandboxEnv } from '../environment.ts';

/** The metadata of the authorization server (RFC 8414), which Twilio publishes without credentials. */
export function addMetadataRoute(app: Hono, { settings }: SandboxEnv): void {
  app.get('/.well-known/oauth-authorization-server', (c) => {
    const { origin } = new URL(c.req.url);
    return c.json({
      issuer: settings.issuer ?? origin,
      authorization_endpoint: `${origin}/v2/authorize`,
      token_endpoint: `${origin}/v2/token`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
      ...(settings.issuer === undefined ? {} : { authorization_response_iss_parameter_supported: true }),
    });
  });
}
