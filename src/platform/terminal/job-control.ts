/** Handles a question while the shell stops and continues the program. */
export interface JobControl {
  /** Stops the whole job, as the terminal itself does at Ctrl-Z where it is not read key by key. */
  suspend(): void;
  /** Calls these around each stop, from whatever side it comes, until the returned function is called. */
  watch(question: {
    /** The shell is about to get the terminal. */
    stops(): void;
    /** The program has the terminal again, unless nobody could stop it. */
    goesOn(): void;
    /** Draws the question again: the screen may have changed. */
    redraw(): void;
  }): () => void;
}

/** Undefined on Windows, which has no job control. */
export function createJobControl(process: NodeJS.Process): JobControl | undefined {
  if (process.platform === 'win32') return undefined;
  return {
    // The others of the job, such as a wrapper that waits for this program, have to stop as well.
    suspend: () => void process.kill(0, 'SIGTSTP'),
    watch({ stops, goesOn, redraw }) {
      const onStop = (): void => {
        stops();
        // Not SIGSTOP: where no shell could ever continue it, the system ignores SIGTSTP alone.
        process.off('SIGTSTP', onStop);
        process.kill(process.pid, 'SIGTSTP');
        process.on('SIGTSTP', onStop);
        goesOn();
      };
      const onContinue = (): void => {
        goesOn();
        redraw();
      };
      process.on('SIGTSTP', onStop).on('SIGCONT', onContinue);
      return () => void process.off('SIGTSTP', onStop).off('SIGCONT', onContinue);
    },
  };
}
