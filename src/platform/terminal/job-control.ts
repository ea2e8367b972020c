/** Handles a question while the shell stops and continues the program. */
export interface JobControl {
  /** Stops the whole job, as a terminal that is not in raw mode does at Ctrl-Z. */
  suspend(): void;
  /** Calls these around each stop, whatever caused it, until the returned function is called. */
  watch(question: {
    /** The shell is about to get the terminal. */
    stops(): void;
    /** The program has the terminal again. Also called when the stop had no effect. */
    resumes(): void;
    /** Draws the question again: the screen may have changed. */
    redraw(): void;
  }): () => void;
}

/** Undefined on Windows, which has no job control. */
export function createJobControl(process: NodeJS.Process): JobControl | undefined {
  if (process.platform === 'win32') return undefined;
  return {
    // The other processes of the job, such as a wrapper that waits for this program, have to stop as well.
    suspend: () => void process.kill(0, 'SIGTSTP'),
    watch({ stops, resumes, redraw }) {
      const onStop = (): void => {
        stops();
        // Not SIGSTOP: without a shell that could continue the program, the system ignores SIGTSTP, but not SIGSTOP.
        process.off('SIGTSTP', onStop);
        process.kill(process.pid, 'SIGTSTP');
        process.on('SIGTSTP', onStop);
        resumes();
      };
      const onContinue = (): void => {
        resumes();
        redraw();
      };
      process.on('SIGTSTP', onStop).on('SIGCONT', onContinue);
      return () => void process.off('SIGTSTP', onStop).off('SIGCONT', onContinue);
    },
  };
}
