/** Shows what the program waits for. */
export interface Activity {
  /**
   * Begins a wait. The latest one that is not over is shown.
   *
   * @param what the beginning of a sentence, such as `Reading users`
   * @param until time when the wait will be over, for a countdown; milliseconds of the clock
   * @returns call it when the wait is over
   */
  begin(what: string, until?: number): () => void;
}
