/** Saves many changes at once. One save runs at a time; another follows it if there were changes meanwhile. */
export interface DebouncedSave {
  /** Schedules a save, within `delayMs`. */
  changed(): void;
  /** Saves now. Rejects if that fails. This also retries a scheduled save that failed. */
  flush(): Promise<void>;
}

export function createSaver(save: () => Promise<void>, delayMs = 200): DebouncedSave {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function start(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const result = running.then(save);
    running = result.catch(() => undefined);
    return result;
  }

  return {
    changed() {
      timer ??= setTimeout(() => void start().catch(() => undefined), delayMs);
    },
    flush: start,
  };
}
