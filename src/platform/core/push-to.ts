/** Adds a value to the list of a key. It pushes, because a copy for each value would make long lists quadratic. */
export function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
