import { type KnownScopes, resolveScope } from '../../organization/references.ts';
import { changeRows, collectRows, type Rows } from '../../platform/terminal/rows.ts';
import type { View } from '../../platform/terminal/view.ts';
import type { selectionFlags } from '../common-flags.ts';
import type { CompiledOrder } from '../filter/order.ts';
import type { FlagsOf } from '../flag-spec.ts';

/** The rows that `--filter` selects, in the order of `--sort`. */
export interface Selection {
  /** The paths that filter and order look at. */
  readonly fields: readonly string[];
  /** @param onExcluded called for each row that does not fit the filter */
  of(rows: Rows, onExcluded: () => void): Rows;
}

/**
 * Reads `--filter` and `--sort`; call it before any request. Undefined without these flags.
 *
 * @param scopes the names of scopes, read only for a filter that may name one
 * @throws usage for a mistake in them
 */
export async function readSelection(
  view: View,
  { filter, sort }: FlagsOf<typeof selectionFlags>,
  scopes?: () => Promise<KnownScopes>,
): Promise<Selection | undefined> {
  if (filter === undefined && sort === undefined) return undefined;
  const [{ compileFilter }, { compileOrder }] = await Promise.all([
    import('../filter/predicate.ts'),
    import('../filter/order.ts'),
  ]);
  const known = /scope/.test(filter ?? '') ? await scopes?.() : undefined;
  const condition =
    filter === undefined
      ? undefined
      : compileFilter(view, filter, known && ((written) => resolveScope(written, known)));
  const order = sort === undefined ? undefined : compileOrder(view, sort);

  return {
    fields: [...(condition?.fields ?? []), ...(order?.fields ?? [])],
    of(rows, onExcluded) {
      const selected =
        condition === undefined
          ? rows
          : changeRows(rows, (row) => (condition.matches(row) ? row : onExcluded()));
      return order === undefined ? selected : { pages: inOrder(selected, order) };
    },
  };
}

/** All rows as a page. When the source fails, those before the failure come first, in order as well. */
async function* inOrder(rows: Rows, order: CompiledOrder): AsyncGenerator<readonly unknown[]> {
  const { collected, failure } = await collectRows(rows);
  yield order.sorted(collected);
  if (failure !== undefined) throw failure.error;
}
