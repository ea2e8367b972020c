import type { Context } from '../../../cli/context.ts';
import type { LintResult } from '../../../organization/lint/finding.ts';
import type { Linted } from '../../../organization/lint/lint.ts';
import type { DocumentName } from '../../../platform/terminal/documents.ts';

/** Prints what was found as a document, with its source. */
export async function printLintDocument(
  ctx: Context,
  document: DocumentName,
  { fixable: _, ...linted }: Linted,
): Promise<void> {
  const { organizationSid, apiUrl } = await ctx.settings();
  const result: LintResult = {
    ...linted,
    organization: organizationSid ?? null,
    at: ctx.snapshot?.id ?? null,
    api_url: apiUrl,
    time: new Date(ctx.now()).toISOString(),
  };
  await ctx.out.printDocument(await documentText(document, result, ctx.version));
}

/** Only the document that is wanted is loaded. */
async function documentText(document: DocumentName, result: LintResult, version: string): Promise<string> {
  if (document === 'html') return (await import('../../../reports/html/lint.ts')).lintHtml(result, version);
  if (document === 'sarif')
    return (await import('../../../reports/lint-sarif.ts')).lintSarif(result, version);
  return (await import('../../../reports/lint-markdown.ts')).lintMarkdown(result);
}
