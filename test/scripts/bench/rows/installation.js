import path from 'node:path';
import { installedSize } from '../installed.js';

/**
 * The installed program, without development dependencies.
 *
 * @type {import('./index.js').Row[]}
 */
export const installation = [
  {
    name: 'installation',
    group: 'installed without development dependencies',
    what: 'installed without development dependencies',
    against: '',
    aims: { packages: { atMost: 60 }, megabytes: { atMost: 16 } },
    quick: true,
    async sample(session, file) {
      const root = path.dirname(path.dirname(file));
      const directory = await session.newEnv();
      return installedSize(root, directory.TWILIO_ORG_CONFIG_DIR, session.signal);
    },
  },
];
