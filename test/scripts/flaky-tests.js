import { relative } from 'node:path';

/** Names the tests that failed and then passed: each has a race, in itself or in the program. */
export default class {
  onTestRunEnd(modules) {
    for (const { moduleId, children } of modules)
      for (const test of children.allTests())
        if (test.diagnostic()?.flaky) {
          const [error] = test.result().errors ?? [];
          process.stdout.write(
            `Passed only when run again: ${relative('', moduleId)} > ${test.fullName}\n${error?.stack ?? error?.message}\n`,
          );
        }
  }
}
