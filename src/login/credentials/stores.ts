import type { Env } from '../../platform/core/env.ts';
import { usageError } from '../../platform/core/errors.ts';
import { alternatives } from '../../platform/core/text.ts';
import { file } from './file/index.ts';
import { keychain } from './keychain/index.ts';
import type { CredentialStore, StoreDefinition, StoreOptions } from './types.ts';

/**
 * Every credential store. The schema of config.json, `--store`, TWILIO_ORG_STORE, help, completion, migration and
 * `doctor` follow from this list.
 */
const definitions = [keychain, file] as const;

export type StoreKind = (typeof definitions)[number]['kind'];

/** The store of a login that names none. */
export const defaultStore: StoreKind = 'keychain';

export const stores: readonly StoreDefinition<StoreKind>[] = definitions;

export const storeKinds: readonly StoreKind[] = stores.map(({ kind }) => kind);

/** A store with its name in the configuration. */
export interface OpenStore extends CredentialStore {
  readonly kind: StoreKind;
}

/** Opens the store of that kind. It reads, asks and loads nothing before its first use. */
export async function openStore(kind: StoreKind, options: StoreOptions): Promise<OpenStore> {
  return { ...(await storeOfKind(kind).open(options)), kind };
}

/** The alternative when the store of that kind does not work; undefined when there is none. */
export function fallbackOf(kind: StoreKind): Fallback | undefined {
  const { fallback } = storeOfKind(kind);
  const definition = stores.find((store) => store.kind === fallback?.kind);
  return fallback && definition && { kind: definition.kind, question: fallback.question };
}

interface Fallback {
  kind: StoreKind;
  question: NonNullable<StoreDefinition['fallback']>['question'];
}

/**
 * The store that TWILIO_ORG_STORE names; undefined when it is not set. Throws `usage` for another text, without showing
 * it: it may be the passphrase, set in the wrong variable.
 */
export function storeInEnvironment({ TWILIO_ORG_STORE: name }: Env): StoreKind | undefined {
  if (!name) return undefined;
  const store = stores.find(({ kind }) => kind === name);
  if (store === undefined)
    throw usageError('TWILIO_ORG_STORE names no store', `Set it to ${alternatives(storeKinds)}, or unset it`);
  return store.kind;
}

function storeOfKind(kind: StoreKind): StoreDefinition<StoreKind> {
  return stores.find((store) => store.kind === kind) ?? keychain;
}
