import type { Env } from './cli.ts';
import { withProfiles } from './profiles.ts';

export const organization = `OR${'a'.repeat(32)}`;

/** The profile `default` of the client-credentials app, and how to log in to that app again. */
export async function prepared() {
  const world = await withProfiles();
  await world.plant('default', { grant: 'client-credentials', organization_sid: organization });
  const { client_id, client_secret } = world.sandbox.apps.client_credentials;
  const args = ['auth', 'login', '--grant', 'client-credentials', '--client-secret-stdin', '--client-id'];
  const login = (more: string[] = [], env: Env = {}, id = client_id) =>
    world.call([...args, id, ...more], env, client_secret);
  return { ...world, login, client_id, client_secret };
}
