// Preloaded into a process: at its end, writes the paths of all files that it opened through `node:fs`, as JSON to the
// file that is named in the environment.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const opened = [];
for (const [holder, name] of [
  [fs, 'openSync'],
  [fs.promises, 'open'],
]) {
  const open = holder[name];
  holder[name] = (file, ...others) => {
    opened.push(String(file));
    return open(file, ...others);
  };
}
syncBuiltinESMExports();

const { writeFileSync } = fs;
process.on('exit', () => writeFileSync(process.env.OPENED_FILE, JSON.stringify([...opened])));
