/** What was started, to be stopped in reverse. */
export type Closing = ReturnType<typeof closeInReverse>;

export function closeInReverse() {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    add: (step: () => Promise<void> | void) => {
      steps.push(step);
    },
    /** Every step is tried, whatever the others did. */
    async all() {
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          process.stderr.write(
            `commonwright: while stopping: ${error instanceof Error ? error.message : String(error)}\n`,
          );
        }
      }
    },
  };
}
