import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import { lintMarkdown } from '../../../src/reports/lint-markdown.ts';
import { attackingNames, everyFinding, lintFinding, lintResult } from '../../support/lint-result.ts';

const render = (text: string) =>
  micromark(text, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });

test('a report has totals, its source, and a table for each kind of finding', () => {
  expect(lintMarkdown(everyFinding())).toMatchInlineSnapshot(`
    "## Access lint

    **7 new findings: 1 error, 5 warnings, 1 note; 1 undecided, 1 in the baseline, 1 suppressed.**

    - Organization: \`OR00000000000000000000000000000000\`
    - Read from: snapshot \`20261127T100000Z\` of \`https://iam.twilio.com\`
    - State of: 2026-11-27 10:00 UTC
    - Assumed: roles of the organization do not apply in its accounts
    - Entries of the baseline that match nothing any more: 2

    ### Errors (1)

    | Rule | Finding | Fix |
    | --- | --- | --- |
    | \`few-admins\` | 1 person has the role Admin in the organization; the minimum is 2 |  |

    ### Warnings (5)

    | Rule | Finding | Fix |
    | --- | --- | --- |
    | \`many-roles\` | \`ada@example.com\` has 45 of 50 roles; the maximum is 40 | \`twilio-org role-assignments list --user US0123456789abcdef0123456789abcdef\` |
    | \`suppression-unused\` | A suppression matches nothing |  |
    | \`duplicate-role\` | \`ada@example.com\` has 45 of 50 roles; the maximum is 40 | \`twilio-org role-assignments list --user US0123456789abcdef0123456789abcdef\` |
    | \`unknown-role\` | \`ada@example.com\` has 45 of 50 roles; the maximum is 40 | \`twilio-org role-assignments list --user US0123456789abcdef0123456789abcdef\` |
    | \`no-guards\` | \`ada@example.com\` has 45 of 50 roles; the maximum is 40 | \`twilio-org role-assignments list --user US0123456789abcdef0123456789abcdef\` |

    ### Notes (1)

    | Rule | Finding | Fix |
    | --- | --- | --- |
    | \`no-guards\` | The profile default has no guards of its own | \`twilio-org guards set --max-removals 20\` |

    ### Undecided (1)

    | Rule | Finding | Fix |
    | --- | --- | --- |
    | \`separation-of-duties\` | \`ada@example.com\` may both pay and approve |  |

    ### Suppressed (1)

    | Rule | Finding | Because |
    | --- | --- | --- |
    | \`many-roles\` | \`ada@example.com\` has 45 of 50 roles; the maximum is 40 | \`OPS-4711\`: moves in May (until \`2027-05-31\`) |

    ### Not checked

    - \`no-guards\`: A snapshot has no guards
    "
  `);
});

test('a report without findings says so', () => {
  const text = lintMarkdown(lintResult([]));
  expect(text).toContain('**No new findings.**');
  expect(text).not.toMatch(/###|\|/);
});

test('names that attack are shown, and nothing of them is obeyed', () => {
  const findings = attackingNames.map((name) =>
    lintFinding({
      message: `${name} has 45 of 50 roles`,
      fix: `twilio-org users get '${name}'`,
      ...(name.length % 2 === 0 ? { state: 'suppressed', because: name, until: '2027-01-01' } : {}),
    }),
  );
  const html = render(
    lintMarkdown(lintResult(findings, { unchecked: [{ rule: 'x', why: attackingNames.join(' ') }] })),
  );
  const tags = new Set(html.match(/<\/?[a-z0-9]+[^>]*>/g));
  expect(
    [...tags].filter((tag) => !/^<\/?(?:h[23]|p|strong|ul|li|code|table|thead|tbody|tr|t[hd])>$/.test(tag)),
  ).toEqual([]);
  expect(html.match(/<tr>/g)).toHaveLength(findings.length + 2);
  expect(html.replace(/<code>.*?<\/code>/g, '')).not.toMatch(/@|https?:|www|\p{Cf}/u);
});

test('a long report says how many more there are', () => {
  const findings = Array.from({ length: 1000 }, () => lintFinding());
  const text = lintMarkdown(lintResult(findings));
  expect(text.length).toBeLessThanOrEqual(60_000);
  expect(text.length).toBeGreaterThan(59_000);
  const shown = text.match(/^\| `many-roles`/gm)?.length ?? 0;
  expect(text).toContain(`### Warnings (1000)`);
  expect(text).toMatch(
    new RegExp(`\\*\\*And ${1000 - shown} more, for which there is no room here\\.\\*\\*\\n$`),
  );
});
