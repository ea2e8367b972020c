/**
 * One value for all callers of the process, made again when it is no longer usable. One is made at a time; a failure
 * reaches the callers that waited for it; the next caller tries again.
 */
export function shared<T>(make: (usable: (value: T) => boolean) => Promise<T>) {
  let current: Promise<T> | undefined;
  return async (usable: (value: T) => boolean): Promise<T> => {
    const seen = current;
    if (seen !== undefined && usable(await seen)) return seen;
    // The first waiting caller makes the new value; the others share it.
    if (current !== undefined && current !== seen) return current;
    const made = make(usable);
    current = made;
    made.catch(() => {
      if (current === made) current = undefined;
    });
    return made;
  };
}
