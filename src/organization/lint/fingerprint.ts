import { getBuiltinModule } from 'node:process';
import { canonicalSid } from '../../twilio/sids.ts';

/** The form in which fingerprints are written; another form of them needs another number. */
const form = 1;

/** The parts that tell a finding apart. Names are no part of it, because they change. */
export interface Identity {
  rule: string;
  person?: string | undefined;
  role?: string | undefined;
  scope?: string | undefined;
  key: readonly string[];
}

/** The same text in each run that finds the same, and another one for anything else. */
export function fingerprintOf({ rule, person = '', role = '', scope = '', key }: Identity): string {
  const parts = [form, rule, canonicalSid(person), canonicalSid(role), canonicalSid(scope), ...key];
  // A result may have tens of thousands of findings: an object for each hash would take twice as long.
  return getBuiltinModule('node:crypto').hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}

export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
