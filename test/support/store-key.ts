/**
 * A random key for the credential file, which opens it at once: each process that stretches a passphrase takes a third of a
 * second of CPU time. For tests that are about something else than the passphrase.
 */
export const storeKey = Buffer.from('canary of a random key: 32 bytes').toString('base64');
