import type { KnownScopes } from '../../organization/references.ts';
import { AppError } from '../../platform/core/errors.ts';
import { pluralize } from '../../platform/core/text.ts';
import { inputErrorHandler } from '../../platform/fs/errors.ts';
import { openRegularFile } from '../../platform/fs/private-files.ts';
import type { FileProblem } from '../declared/model.ts';
import { formatProblem, inFileOrder } from '../declared/problems.ts';
import { decodeText, parseYaml } from '../declared/read-yaml.ts';
import { YamlReader } from '../declared/yaml-reader.ts';
import { emptyRulesFile, type LintRulesFile } from './model.ts';
import { parseRulesFile } from './parse.ts';

/**
 * Reads a file of rules for `access lint`.
 *
 * @throws usage where it can't be read, or with everything that is wrong in it
 */
export async function loadRulesFile(file: string, scopes: KnownScopes): Promise<LintRulesFile> {
  const handle = await openRegularFile(file).catch(inputErrorHandler(file));
  const bytes = await handle.readFile().finally(() => handle.close());
  const problems: FileProblem[] = [];
  const text = decodeText(bytes, file, problems);
  const yaml = text === undefined ? undefined : await parseYaml(text, file, problems);
  let rules = emptyRulesFile();
  if (yaml !== undefined) {
    const reader = new YamlReader(
      await import('yaml'),
      yaml.positionOf,
      problems,
      new Map(),
      'Write the text again',
    );
    rules = parseRulesFile(reader, yaml.root, scopes);
  }
  refuseRuleProblems(file, problems);
  return rules;
}

/** @throws usage with every problem, a line for each */
export function refuseRuleProblems(file: string, problems: readonly FileProblem[]): void {
  if (problems.length === 0) return;
  const lines = inFileOrder(problems).map(formatProblem);
  const summary = `${pluralize(problems.length, 'error')} in ${file}, so nothing was checked`;
  const [only = ''] = lines;
  throw new AppError('usage', lines.length === 1 ? only : `${summary}: ${lines.join('; ')}`, {
    hint: 'Correct the file, then run the same command again',
    ...(lines.length > 1 && { listed: { summary, lines } }),
  });
}
