import type { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import type { Warn } from '../../platform/fs/private-files.ts';
import type { Cost } from './file/envelope.ts';
import type { Keytar } from './keychain/helper-process.ts';

/** Describes a kind of credential store. */
export interface StoreDefinition<Kind extends string = string> {
  /** The value of `--store`, of TWILIO_ORG_STORE, and of `store` in config.json. */
  readonly kind: Kind;
  /** Shown when the user chooses a store. */
  readonly description: string;
  /** Files with secrets in the configuration directory. `doctor` checks that other users can't open them. */
  readonly files: readonly string[];
  /** The store to offer when this one does not work. */
  readonly fallback?: {
    readonly kind: string;
    /** The question after a failed `probe`. */
    question(error: AppError): string;
  };
  /** Opens the store. Its modules are loaded here, and not with the list of stores. */
  open(options: StoreOptions): Promise<CredentialStore>;
}

/** Keeps secrets between runs, separately for each configuration directory. An account is the name of a profile. */
export interface CredentialStore {
  /** Used in messages: "the system keychain", or the file's path. */
  readonly displayName: string;
  /**
   * Tests the store: writes, reads and deletes a random value under its own name. Throws `failure`, with alternatives
   * as its hint.
   */
  probe(): Promise<void>;
  /** The complete stored secret of the account; `undefined` when there is none. */
  get(account: string): Promise<Secret | undefined>;
  /** Replaces the stored secret. When it throws, the old secret is still there. */
  set(account: string, secret: Secret): Promise<void>;
  /** Removes all parts of the stored secret. Resolves to true when there were any. */
  delete(account: string): Promise<boolean>;
  /** The encryption of the store; absent where the system encrypts it. */
  readonly encryption?: {
    /** True while the secrets are encrypted with a passphrase although there is a random key. */
    isOutdated(): Promise<boolean>;
    /** Encrypts all secrets as those of a new store. */
    renew(): Promise<void>;
  };
  /** Slots of older versions, which all directories shared; absent when the directory still uses the same slot. */
  readonly shared?: SharedSlots;
  /**
   * Moves a secret that another directory may need to a separate name. Present when the account's own slot was shared.
   */
  setAside?(account: string, secret: Secret): Promise<void>;
}

/** Slots that may belong to several configuration directories. */
export interface SharedSlots {
  /** The directory that the slots belong to now. */
  readonly owner: string;
  /** Reads the stored secret and those that were set aside. */
  get(account: string): Promise<Secret[]>;
  /** Removes the stored secret if it still equals `seen`. Resolves to true when it did. */
  delete(account: string, seen: Secret): Promise<boolean>;
}

export interface StoreOptions {
  /** The directory of the encrypted file, and of the lock under which a store is changed. */
  configDir: string;
  /** The directory that owns the keychain's plain accounts; default: `configDir`. */
  usualConfigDir?: string | undefined;
  /** Gets the passphrase of an existing or a new file. A store calls it at most once. */
  passphrase: (file: 'known' | 'new') => Promise<Secret>;
  /** A key of 32 random bytes in base64, instead of a passphrase for a new file. */
  randomKey?: Secret | undefined;
  /** Cost of the key derivation for a newly written file; lower in tests. */
  keyCost?: Cost | undefined;
  /** A second passphrase for an existing file: older versions kept the line end. */
  olderPassphrase?: Secret | undefined;
  /** Replaces the system's keychain. */
  loadKeytar?: () => Promise<Keytar>;
  /** Time limit of one call of the keychain; milliseconds; default: 3,000. */
  keychainTimeout?: number;
  /** Called when a call takes so long that the keychain may be asking the user. */
  keychainWaits?: () => void;
  /** Aborts a pending call, with its reason. */
  signal?: AbortSignal;
  /** Called when the file or its directory was accessible to others. */
  warn?: Warn;
}
