import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding, LintResult, RuleInfo, Unchecked } from '../organization/lint/finding.ts';
import { escapeControl } from '../platform/terminal/escape.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** The rule's priority among alerts that are no vulnerabilities, in GitHub's words. */
const priorities = { error: 'error', warning: 'warning', note: 'recommendation' } as const;

/**
 * The findings as SARIF 2.1.0. A person and a role are in no file, but GitHub refuses a whole upload in which one result
 * has no file: the path of such a result is made of SIDs, so that it stays the same when names change.
 *
 * @param version of this program
 */
export function lintSarif(result: LintResult, version: string): string {
  const { organization, at, time, assumed_inheritance, counts, rules, findings, unchecked } = result;
  const run = {
    tool: { driver: { name: 'twilio-org', version, rules: rules.map(ruleOf) } },
    automationDetails: { id: `twilio-org/access-lint/${organization ?? 'organization'}/` },
    invocations: [
      {
        executionSuccessful: true,
        endTimeUtc: time,
        toolExecutionNotifications: unchecked.map(notificationOf),
      },
    ],
    results: findings.map((finding) => resultOf(finding, result)),
    properties: { organization, at, assumed_inheritance, counts },
  };
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

function ruleOf({ id, summary, help, severity }: RuleInfo) {
  return {
    id,
    shortDescription: textOf(summary),
    fullDescription: textOf(help),
    help: textOf(help),
    defaultConfiguration: { level: severity },
    properties: { tags: ['access'], 'problem.severity': priorities[severity] },
  };
}

function resultOf(finding: Finding, { organization, rules }: LintResult) {
  const { rule, severity, message, answer, doubts, fix, fingerprint, state, because, until } = finding;
  const ruleIndex = rules.findIndex(({ id }) => id === rule);
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return {
    ruleId: rule,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    // A level belongs to a failure alone.
    ...(answer === 'undecided' ? { kind: 'open', level: 'none' } : { level: severity }),
    message: textOf(fix === null ? sentence : `${sentence} To fix it: ${fix}`),
    locations: [
      { physicalLocation: fileOf(finding, organization), logicalLocations: logicalLocationsOf(finding) },
    ],
    // GitHub compares the first of them between runs, and no other.
    partialFingerprints: { primaryLocationLineHash: fingerprint, 'finding/v1': fingerprint },
    suppressions: state === 'suppressed' ? [suppressionOf(because, until)] : [],
    ...(state === 'suppressed' ? {} : { baselineState: state === 'baseline' ? 'unchanged' : 'new' }),
    properties: {
      assignment_sids: finding.assignment_sids,
      fix,
      ...(doubts === undefined ? {} : { doubts }),
    },
  };
}

function suppressionOf(justification: string | undefined, until: string | undefined) {
  return {
    kind: 'external',
    status: 'accepted',
    ...(justification === undefined ? {} : { justification }),
    ...(until === undefined ? {} : { properties: { until } }),
  };
}

function fileOf({ place, person, role, scope, assignment_sids }: Finding, organization: string | null) {
  if (place !== undefined) {
    const { file, line: startLine, column: startColumn } = place;
    return { artifactLocation: { uri: uriOf(file) }, region: { startLine, startColumn } };
  }
  const [assignment] = assignment_sids;
  const below =
    person !== undefined
      ? ['users', person.sid]
      : assignment !== undefined
        ? ['role-assignments', assignment]
        : role !== undefined
          ? ['roles', role.sid]
          : scope !== undefined
            ? ['scopes', scope]
            : [];
  const segments = ['twilio', organization ?? 'organization', ...below];
  return { artifactLocation: { uri: segments.map(encodeURIComponent).join('/') }, region: { startLine: 1 } };
}

/** A relative path stays one, so that GitHub finds the file in the repository. */
function uriOf(file: string): string {
  if (path.isAbsolute(file)) return pathToFileURL(file).href;
  const segments = path.normalize(file).split(path.sep);
  return segments.map(encodeURIComponent).join('/');
}

/** SARIF has no kinds for these, and allows other words. */
function logicalLocationsOf({ person, role, scope, scope_name }: Finding) {
  return [
    ...(person === undefined ? [] : [logicalLocation('person', person.sid, person.userName)]),
    ...(role === undefined ? [] : [logicalLocation('role', role.sid, role.name)]),
    ...(scope === undefined ? [] : [logicalLocation('scope', scope, scope_name)]),
  ];
}

function logicalLocation(kind: string, fullyQualifiedName: string, name: string | null | undefined) {
  return { kind, fullyQualifiedName, ...(name == null ? {} : { name }) };
}

function notificationOf({ rule, why }: Unchecked) {
  return { level: 'warning', message: textOf(`Not checked: ${why}`), associatedRule: { id: rule } };
}

/** A message, in which `[text](place)` would be a link and `{0}` would stand for an argument. */
function textOf(text: string) {
  return {
    text: escapeControl(text)
      .replaceAll('](', '] (')
      .replace(/\{(\d+)\}/g, '{{$1}}'),
  };
}
