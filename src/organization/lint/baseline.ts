import { isObject } from '../../platform/core/json.ts';
import { equalsIgnoreCase } from '../../twilio/decode.ts';
import type { Finding } from './finding.ts';
import { isFingerprint } from './fingerprint.ts';

/** The member that tells a baseline from other JSON, and its form. */
const mark = 'twilio_org_lint_baseline';
const form = 1;

/** An entry of a baseline; members besides its fingerprint are for people, and for entries that are kept. */
export interface BaselineEntry extends Partial<Record<'person' | 'role' | 'scope', unknown>> {
  fingerprint: string;
  /** Empty where the file does not say it. */
  rule: string;
}

export interface Baseline {
  entries: readonly BaselineEntry[];
  /** SID of the organization; null where it was not known. */
  organization: string | null;
}

/**
 * The findings as a baseline, without those that are suppressed. It has SIDs and no names, so that it holds no personal
 * data, and in git it changes only where a finding does.
 *
 * @param kept further entries
 */
export function formatBaseline(
  findings: readonly Finding[],
  organization: string | null,
  kept: readonly BaselineEntry[] = [],
): string {
  const found = findings
    .filter(({ state }) => state !== 'suppressed')
    .map(({ fingerprint, rule, person, role, scope }): BaselineEntry => {
      return { fingerprint, rule, person: person?.sid, role: role?.sid, scope };
    });
  const entries = [...found, ...kept].sort((a, b) =>
    a.rule === b.rule ? compare(a.fingerprint, b.fingerprint) : compare(a.rule, b.rule),
  );
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  const list = lines === '' ? '[]' : `[\n${lines}\n  ]`;
  return `{\n  "${mark}": ${form},\n  "organization": ${JSON.stringify(organization)},\n  "findings": ${list}\n}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Reads a baseline. A problem is the end of a sentence about the file. */
export function parseBaseline(text: string): Baseline | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { problem: 'is not JSON' };
  }
  if (!isObject(value) || value[mark] === undefined) return { problem: 'is not a baseline' };
  if (value[mark] !== form) return { problem: 'was written by a newer version of twilio-org' };
  const { findings, organization = null } = value;
  if (!Array.isArray(findings)) return { problem: 'has no list "findings"' };
  if (organization !== null && typeof organization !== 'string')
    return { problem: 'has an "organization" that is no text' };
  const entries: BaselineEntry[] = [];
  for (const [index, entry] of findings.entries()) {
    const { fingerprint, rule, person, role, scope }: Record<string, unknown> = isObject(entry) ? entry : {};
    if (typeof fingerprint !== 'string' || !isFingerprint(fingerprint))
      return { problem: `has no fingerprint in entry ${index + 1}` };
    entries.push({ fingerprint, rule: typeof rule === 'string' ? rule : '', person, role, scope });
  }
  return { entries, organization };
}

/** False where the baseline certainly is of another organization. */
export function isOf({ organization }: Baseline, sid: string | undefined): boolean {
  return organization === null || sid === undefined || equalsIgnoreCase(organization, sid);
}
