// Preloaded into a measured process: at its end, writes the most memory it ever held, in bytes, to its fourth stream, or
// to the file that is named in the environment.
const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE ?? 3, String(peak())));

function peak() {
  try {
    // On Linux, maxRSS begins with what the parent held when it made the process; this figure does not.
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
