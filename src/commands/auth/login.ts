import { defineCommand } from '../../cli/command.ts';
import { grantTypes } from '../../login/console/guides.ts';
import { login } from './shared/login.ts';
import { appFlags, grantFlag, loginFlags } from './shared/login-flags.ts';

export const loginCommand = defineCommand({
  name: 'auth login',
  summary: 'Log in and store the credentials',
  flags: {
    grant: { ...grantFlag, summary: 'grant type of the OAuth app', default: grantTypes[0] },
    ...appFlags,
    ...loginFlags,
  },
  scopes: 'none',
  effect: 'local',
  examples: [
    'twilio-org auth login --client-id OQ0123456789abcdef0123456789abcdef',
    'twilio-org auth login --grant client-credentials --client-id OQ… --client-secret-stdin < secret.txt',
    'twilio-org auth login --public --client-id OQ…',
    'TWILIO_ORG_STORE=file twilio-org auth login --profile staging --no-browser',
  ],
  async run(ctx, { flags }) {
    await login(ctx, flags);
  },
});
