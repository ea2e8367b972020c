// Preloaded into a measured process: at its end, writes the most memory that it held, in bytes, and the CPU time that it
// took, in seconds, as JSON to its fourth stream, or to the file that is named in the environment.
const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
  writeFileSync(process.env.USAGE_FILE ?? 3, JSON.stringify({ peakBytes: peak(), cpuSeconds }));
});

function peak() {
  try {
    // On Linux, maxRSS begins with what the parent held when it made the process; this figure does not.
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
