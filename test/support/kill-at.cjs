// Preloaded into a process: numbers the steps by which it changes the disk, and kills it at the one that the environment names:
// a write after its first half, everything else right before it. At the end of a process that is not killed, writes its steps as
// JSON to the file that is named there.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const killAt = Number(process.env.KILL_AT);
const steps = [];
const paths = new WeakMap();

function step(call, path, data) {
  // A lock is renewed by the clock, so that its steps have no number.
  if (path.includes('.lock')) return;
  steps.push(`${call} ${path}`);
  if (steps.length !== killAt) return;
  if (data !== undefined) data();
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives before anything else is done.
  for (;;);
}

function wrap(holder, name, before) {
  const original = holder[name];
  holder[name] = function (...args) {
    before(this, args);
    return original.apply(this, args);
  };
}

const ofTwo = ['rename', 'link', 'copyFile'];
for (const name of [
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'unlink',
  'writeFile',
  'appendFile',
  'chmod',
  'utimes',
  'link',
]) {
  const before = (_, args) => step(name, ofTwo.includes(name) ? `${args[0]} -> ${args[1]}` : String(args[0]));
  wrap(fs.promises, name, before);
  wrap(fs, `${name}Sync`, before);
}

const { open } = fs.promises;
fs.promises.open = async (...args) => {
  const [file, flags = 'r'] = args;
  if (flags !== 'r') step('open', String(file));
  const handle = await open(...args);
  const prototype = Object.getPrototypeOf(handle);
  if (!Object.hasOwn(prototype, 'isWatched')) watch(prototype);
  paths.set(handle, String(file));
  return handle;
};

function watch(prototype) {
  Object.defineProperty(prototype, 'isWatched', { value: true });
  for (const name of ['writeFile', 'write', 'appendFile']) {
    wrap(prototype, name, (handle, [data]) => {
      const bytes = Buffer.from(data);
      step(name, paths.get(handle) ?? '', () => fs.writeSync(handle.fd, bytes, 0, bytes.length >> 1));
    });
  }
  for (const name of ['sync', 'datasync', 'truncate', 'chmod', 'chown'])
    wrap(prototype, name, (handle) => step(name, paths.get(handle) ?? ''));
}
syncBuiltinESMExports();

const { writeFileSync } = fs;
process.on('exit', () => {
  const found = [...steps];
  writeFileSync(process.env.STEPS_FILE, JSON.stringify(found));
});
