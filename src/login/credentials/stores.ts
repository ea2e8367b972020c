import type { StoreKind } from '../config/schema.ts';
import type { CredentialStore, StoreOptions } from './types.ts';

/** The store of that kind. Nothing is read, asked or loaded until it is used. */
export async function openStore(kind: StoreKind, options: StoreOptions): Promise<CredentialStore> {
  if (kind === 'file') return (await import('./file/store.ts')).fileStore(options);
  return (await import('./keychain/store.ts')).keychainStore(options);
}
