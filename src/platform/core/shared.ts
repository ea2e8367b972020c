/**
 * One value for all callers of the process, made anew when it is not usable any more. One is made at a time; a failure
 * is for those who waited for it and no later one.
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
