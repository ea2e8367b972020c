import { referenceKey } from '../../organization/references.ts';
import { kindOf } from '../plan/change-kinds.ts';
import type { Item } from '../plan/plan.ts';

/**
 * Keeps items in order that move an address or an external id from one user to another: the user who gets it waits until the one
 * who has it gave it up. All other items run at the same time.
 */
export function createKeyOrder() {
  /** By the keys that items in progress give up, the end of the item. */
  const releasing = new Map<string, Promise<unknown>>();

  /** Begins work that earlier items in progress do not hold back. Has to be called in the order of the items. */
  function inOrder<T>(item: Item, work: () => Promise<T>): Promise<T> {
    const { claims, releases } = keysOf(item);
    const earlier = claims.flatMap((key) => releasing.get(key) ?? []);
    const ended = earlier.length === 0 ? work() : Promise.allSettled(earlier).then(work);
    for (const key of releases) {
      releasing.set(key, ended);
      const forget = () => {
        if (releasing.get(key) === ended) releasing.delete(key);
      };
      ended.then(forget, forget);
    }
    return ended;
  }

  return { inOrder };
}

function keysOf({ steps }: Item): { claims: string[]; releases: string[] } {
  const all = steps.flatMap((step) => kindOf(step).keys?.(step) ?? []);
  return {
    claims: all.flatMap(({ claims }) => claims.map(referenceKey)),
    releases: all.flatMap(({ releases }) => releases.map(referenceKey)),
  };
}
