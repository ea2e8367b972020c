import type { AppError } from '../../platform/core/errors.ts';
import type { Secret } from '../../platform/core/secret.ts';
import type { Warn } from '../../platform/fs/private-files.ts';
import type { Cost } from './file/envelope.ts';
import type { Keytar } from './keychain/helper-process.ts';

/** A place where credentials can be kept. */
export interface StoreDefinition<Kind extends string = string> {
  /** The value of `--store`, of TWILIO_ORG_STORE, and of `store` in config.json. */
  readonly kind: Kind;
  /** For a person who chooses. */
  readonly description: string;
  /** Files in the configuration directory that hold secrets: `doctor` checks that nobody else can open them. */
  readonly files: readonly string[];
  /** The store to offer a person where this one does not work. */
  readonly fallback?: {
    readonly kind: string;
    /** The offer, after the failure of `probe`. */
    question(error: AppError): string;
  };
  /** Opens the store. What it needs is loaded here, and not with the list of stores. */
  open(options: StoreOptions): Promise<CredentialStore>;
}

/** Keeps secrets between runs, separately for each configuration directory. An account is a profile's name. */
export interface CredentialStore {
  /** For people: "the system keychain", or the file's path. */
  readonly displayName: string;
  /**
   * Finds out whether the store works: writes, reads and deletes a random value under a name of its own. Throws
   * `failure`, with the ways out as its hint, when it doesn't.
   */
  probe(): Promise<void>;
  /** The stored secret of the account, whole; `undefined` when there is none. */
  get(account: string): Promise<Secret | undefined>;
  /** Replaces what is stored. When it throws, what was there before is still there. */
  set(account: string, secret: Secret): Promise<void>;
  /** Removes every part of what is stored; whether anything was. */
  delete(account: string): Promise<boolean>;
  /** Slots of older versions, which all directories shared; absent where the slot is the same today. */
  readonly shared?: SharedSlots;
  /** Keeps what another directory may need under a name of its own, where the account's own slot was shared once. */
  setAside?(account: string, secret: Secret): Promise<void>;
}

/** Slots that several configuration directories may take for theirs. */
export interface SharedSlots {
  /** The directory that the slots belong to now. */
  readonly owner: string;
  /** Reads the stored secret and those that were set aside. */
  get(account: string): Promise<Secret[]>;
  /** Removes what is stored if it still is what was seen; whether it was. */
  delete(account: string, seen: Secret): Promise<boolean>;
}

export interface StoreOptions {
  /** The directory of the encrypted file, and of the lock under which a store is changed. */
  configDir: string;
  /** The directory that has the keychain's plain accounts for itself; absent: `configDir` has. */
  usualConfigDir?: string | undefined;
  /** Gets the passphrase of an existing or a new file; a store calls it at most once. */
  passphrase: (file: 'known' | 'new') => Promise<Secret>;
  /** Cost of guessing the passphrase of a newly written file; lower in tests. */
  keyCost?: Cost | undefined;
  /** A second passphrase for a file that is there: as versions took it that kept a line end. */
  olderPassphrase?: Secret | undefined;
  /** Another keychain than the system's. */
  loadKeytar?: () => Promise<Keytar>;
  /** Time limit of one call of the keychain; milliseconds (3,000). */
  keychainTimeout?: number;
  /** Told when a call takes longer than a keychain needs that asks nobody. */
  keychainWaits?: () => void;
  /** Ends a call that is under way, with its reason. */
  signal?: AbortSignal;
  /** Told when the file or its directory was open to others. */
  warn?: Warn;
}
