#!/usr/bin/env node
// A Node that is too old has to be able to read this file to say so: nothing of it may be newer.
const needed = [20, 19];
const found = process.versions.node.split('.').map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  fail(
    `twilio-org needs Node ${needed.join('.')} or newer, and this is Node ${process.versions.node}`,
    'Install a newer Node, then run the same command again',
  );
} else {
  new Promise((resolve) => resolve(require('../dist/entry.js').start(process))).then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    ({ code, message }) => {
      const full = code === 'EMFILE' || code === 'ENFILE';
      const hint = full
        ? 'Raise the limit of open files (ulimit -n)'
        : 'Install it again; a part may be missing';
      // Node adds lines about the files that asked for a missing one.
      fail(`twilio-org could not be started: ${message.split('\n')[0]}`, hint);
    },
  );
}

function fail(message, hint) {
  process.exitCode = 1;
  process.stderr.write(`error: ${message}\n${hint}\n`);
}
