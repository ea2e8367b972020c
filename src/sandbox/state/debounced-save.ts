/** Saves once for many changes: at most one save runs, and one follows it if there were changes meanwhile. */
export interface DebouncedSave {
  /** There is something to save; it happens within `delay` milliseconds. */
  changed(): void;
  /** Saves now. Rejects if that fails; a failed save in between is tried again here. */
  flush(): Promise<void>;
}

export function createSaver(save: () => Promise<void>, delay = 200): DebouncedSave {
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
      timer ??= setTimeout(() => void start().catch(() => undefined), delay);
    },
    flush: start,
  };
}
