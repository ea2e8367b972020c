import {
  type Baseline,
  type BaselineEntry,
  formatBaseline,
  isOf,
  parseBaseline,
} from '../../../organization/lint/baseline.ts';
import type { Finding } from '../../../organization/lint/finding.ts';
import { AppError, usageError } from '../../../platform/core/errors.ts';
import { createAtomicFile } from '../../../platform/fs/atomic-write.ts';
import { fsErrorHandler, inputErrorHandler, outputFileHint } from '../../../platform/fs/errors.ts';
import { openRegularFile } from '../../../platform/fs/private-files.ts';

/**
 * Reads the file of --baseline.
 *
 * @param organization SID of the organization, where it is known
 * @throws usage where it can't be read, is no baseline, or is one of another organization
 */
export async function readBaseline(file: string, organization: string | undefined): Promise<Baseline> {
  const handle = await openRegularFile(file).catch(inputErrorHandler(file));
  const text = await handle.readFile('utf8').finally(() => handle.close());
  const baseline = parseBaseline(text);
  if ('problem' in baseline)
    throw usageError(
      `${file} ${baseline.problem}`,
      `Write it again: twilio-org access lint --write-baseline FILE`,
    );
  if (isOf(baseline, organization)) return baseline;
  throw usageError(
    `${file} is a baseline of ${baseline.organization}, but this is ${organization}`,
    'Use the same --profile or variables as when it was written',
  );
}

/** A baseline that is being written. It is opened first, so that a file that can't be written is found before any request. */
export interface OpenBaseline {
  write(
    findings: readonly Finding[],
    organization: string | null,
    kept: readonly BaselineEntry[],
  ): Promise<void>;
  /** The content before, if the file was a baseline of this organization. */
  earlier: Baseline | undefined;
  /** Leaves the old file, unless the new one is written. */
  abort(): Promise<void>;
}

export async function openBaseline(file: string, organization: string | undefined): Promise<OpenBaseline> {
  const earlier = await readBaseline(file, organization).catch((error: unknown) => {
    if (error instanceof AppError) return undefined;
    throw error;
  });
  const target = await createAtomicFile(file, outputFileHint);
  return {
    earlier,
    async write(findings, organization, kept) {
      await target.handle
        .writeFile(formatBaseline(findings, organization, kept))
        .catch(fsErrorHandler('write', file, outputFileHint));
      await target.commit();
    },
    abort: target.abort,
  };
}
