import type { Keytar } from '../../src/login/credentials/keychain/helper-process.ts';

export type Method = 'getPassword' | 'setPassword' | 'deletePassword';

export interface FakeKeytar extends Keytar {
  /** The stored passwords, by `service account`. */
  readonly entries: Map<string, string>;
  /** Number of calls so far. */
  calls: number;
  /** Runs before a call, counted from 1. An error it throws fails the call. */
  before: (call: number, method: Method, account: string) => unknown;
}

/** A keychain in memory, as narrow as Windows' Credential Manager: 2,560 bytes of UTF-16 to a secret. */
export function fakeKeytar(
  nameOf = (service: string, account: string) => `${service} ${account}`,
): FakeKeytar {
  const entries = new Map<string, string>();
  const begin = async (method: Method, account: string) => {
    fake.calls += 1;
    // As a real one it answers later, and others get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    await fake.before(fake.calls, method, account);
  };
  const fake: FakeKeytar = {
    entries,
    calls: 0,
    before: () => undefined,
    async getPassword(service, account) {
      await begin('getPassword', account);
      return entries.get(nameOf(service, account)) ?? null;
    },
    async setPassword(service, account, password) {
      await begin('setPassword', account);
      if (Buffer.byteLength(password, 'utf16le') > 2560) throw new Error('The secret is too long');
      // A lone surrogate is lost in UTF-8, as in the library.
      entries.set(nameOf(service, account), Buffer.from(password, 'utf8').toString('utf8'));
    },
    async deletePassword(service, account) {
      await begin('deletePassword', account);
      return entries.delete(nameOf(service, account));
    },
  };
  return fake;
}
