import type { StoreDefinition } from '../types.ts';

export const file: StoreDefinition<'file'> = {
  kind: 'file',
  description: 'a file, encrypted with a passphrase or a random key',
  files: ['credentials.enc'],
  open: async (options) => (await import('./store.ts')).fileStore(options),
};
