import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Names the tests that failed and then passed: each has a race, in itself or in the program. */
export default class {
  onTestRunEnd(modules) {
    for (const { moduleId, children } of modules)
      for (const test of children.allTests())
        if (test.diagnostic()?.flaky) {
          const [error] = test.result().errors ?? [];
          const lines = [
            `Passed only when run again: ${relative('', moduleId)} > ${test.fullName}`,
            error?.stack,
            error?.diff && stripVTControlCharacters(error.diff),
          ];
          process.stdout.write(`${lines.filter(Boolean).join('\n')}\n`);
        }
  }
}
