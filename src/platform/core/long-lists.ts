import { setFlagsFromString } from 'node:v8';

/**
 * Tunes V8 for lists of many rows.
 *
 * - Garbage is collected earlier: by default the heap grows to four times the memory in use before a collection, and rows
 *   are short-lived. The cost in time is negligible here.
 * - Functions are optimized later: a list of 100,000 rows is over before the machine code for half of them has paid off.
 *
 * Short lists do without: the stored code of Node's own modules belongs to the flags it was made with, so Node compiles
 * each module anew that it loads afterwards.
 */
export function prepareForLongLists(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
  setFlagsFromString('--max-semi-space-size=4');
  // Newer versions have no such flag, and V8 would say so on stderr.
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=500000');
}

let growingPercent = 50;

/** Collects garbage still earlier in long lists, for a command that holds several of them at once. */
export function spareMemory(): void {
  growingPercent = 10;
  if (received >= longListBytes) prepareForLongLists();
}

/** Size of all responses and files together that makes a list a long one: some 2,000 users. */
const longListBytes = 1024 * 1024;

let received = 0;

/** Prepares for long lists once that much was received. */
export function countReceived(bytes: number): void {
  const before = received;
  received += bytes;
  if (before < longListBytes && received >= longListBytes) prepareForLongLists();
}
