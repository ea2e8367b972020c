import type { StoreDefinition } from '../types.ts';
import { ClosedKeychain } from './closed.ts';

export const keychain: StoreDefinition<'keychain'> = {
  kind: 'keychain',
  description: 'the keychain of the system',
  files: [],
  fallback: {
    kind: 'file',
    question(error) {
      const problem =
        error instanceof ClosedKeychain ? 'The keychain could not be opened.' : 'There is no keychain here.';
      return `${problem} Keep the login in an encrypted file?`;
    },
  },
  open: async (options) => (await import('./store.ts')).keychainStore(options),
};
