import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { measure } from './measure.js';
import { end, program, startSandbox } from './servers.js';

const concurrency = 8;
const latency = 50;
const limit = 20;

/** Imports so many people into a new sandbox; gives time and memory, the rate of its writes, and what part was refused. */
async function imported(rows, flags, folder, clean) {
  const home = await mkdtemp(path.join(folder, 'import-'));
  const file = path.join(home, 'people.csv');
  const lines = Array.from(
    { length: rows },
    (_, n) => `person${n}@example.com,Given${n},Family${n},ext-${n}`,
  );
  await writeFile(file, ['email,givenName,familyName,externalId', ...lines, ''].join('\n'));
  const { server, env } = await startSandbox(flags, { ...clean, TWILIO_ORG_CONFIG_DIR: home });
  try {
    const args = [program, 'users', 'import', file, '--yes', '--debug'];
    // --debug prints the refusals. It is left out where memory is measured.
    const wanted = rows > 1000 || flags.length === 0 ? args.slice(0, -1) : args;
    const { time, memory, stderr } = await measure(wanted, env);
    const journal = path.join(home, 'runs');
    const [run] = await readdir(journal);
    const stamps = [...(await readFile(path.join(journal, run), 'utf8')).matchAll(/"at":"([^"]+)"/g)];
    const [first, last] = [stamps[0], stamps.at(-1)].map(([, at]) => Date.parse(at));
    const refused = (stderr.match(/^< 429/gm) ?? []).length;
    return { time, memory, rate: (rows * 1000) / (last - first), refused: refused / (rows + refused) };
  } finally {
    await end(server);
  }
}

/** Times of bulk changes, as rows of the report: label, ours, bare, ratio, target, and whether the target is met. */
export async function bulk(folder, clean) {
  const limited = await imported(1000, ['--rate-limit', String(limit)], folder, clean);
  const slow = await imported(1000, ['--latency', String(latency)], folder, clean);
  const possible = (concurrency * 1000) / latency;
  const few = await imported(1000, [], folder, clean);
  const many = await imported(50_000, [], folder, clean);
  return [
    [
      `1,000 creations, ${limit} a second allowed`,
      limited.rate,
      limit,
      limited.rate / limit,
      0.9,
      limited.rate >= limit * 0.9,
    ],
    ['  of them refused', limited.refused, 1, limited.refused, 0.05, limited.refused <= 0.05],
    [
      `1,000 creations, ${latency} ms latency`,
      slow.rate,
      possible,
      slow.rate / possible,
      0.9,
      slow.rate >= possible * 0.9,
    ],
    [
      '50,000 rows against 1,000: peak memory',
      many.memory,
      few.memory,
      many.memory / few.memory,
      1.3,
      many.memory <= few.memory * 1.3,
    ],
  ];
}
