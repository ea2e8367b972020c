import { updateConfig } from '../../src/login/config/profiles.ts';

// Adds COUNT profiles, one update each: update-program DIR NAME COUNT
const [dir = '', name, count] = process.argv.slice(2);

for (let index = 0; index < Number(count); index += 1) {
  await updateConfig(dir, (config) => {
    config.profiles[`${name}-${index}`] = {
      grant: 'client-credentials',
      client_id: 'OQ',
      api_url: 'https://iam.twilio.com',
      oauth_url: 'https://oauth.twilio.com',
      store: 'file',
    };
    return config;
  });
}
