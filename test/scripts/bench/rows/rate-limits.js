import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { paceOf, secondsToFind, sharedPace } from '../request-log.js';
import { newToken } from '../servers.js';
import { peopleFile } from './requests.js';

const limiters = {
  bucket: ['a token bucket', []],
  window: ['a fixed one-second window', ['--rate-limit-window']],
};
const signals = { told: ['with `Retry-After`', []], untold: ['without `Retry-After`', ['--no-retry-after']] };
const share = { atLeast: 0.92 };
const changeAfterMs = 15_000;

/**
 * Imports under limits of several kinds. The gateway in front of the sandbox counts what is accepted.
 *
 * @type {import('./index.js').Row[]}
 */
export const rateLimits = [
  ...Object.keys(limiters).flatMap((limiter) =>
    Object.keys(signals).flatMap((signal) => [20, 100].map((limit) => steady(limiter, signal, limit))),
  ),
  ...Object.keys(limiters).flatMap((limiter) => [changed(limiter, 20, 100), changed(limiter, 100, 20)]),
  ...Object.keys(limiters).map(shared),
  {
    name: 'pace.latency',
    group: '32 at a time at 50 ms latency',
    what: '`users import` of 3,000, 32 at a time, 50 ms latency',
    against: 'a bare script at the same concurrency',
    aims: { rate: { atLeast: 0.85 } },
    byClock: true,
    quick: true,
    repeat: 3,
    async sample(session, file) {
      const count = session.quick ? 1000 : 3000;
      const rateOf = async (argv) => {
        const sandbox = await session.loggedSandbox(['--latency', '50']);
        await session.measure({ argv: await argv(sandbox), env: sandbox.env });
        const { perSecond } = paceOf(sandbox.log);
        await session.closeOpened();
        return perSecond;
      };
      const bare = await rateOf(() => session.bareScript('create.mjs', count, 32));
      const ours = await rateOf((sandbox) =>
        importOf(session, file, sandbox, count, ['--concurrency', '32']),
      );
      return { rate: ours / bare };
    },
  },
];

function steady(limiter, signal, limit) {
  return {
    name: `pace.${limiter}.${limit}.${signal}`,
    group: `import against ${limiters[limiter][0]}`,
    what: `\`users import\` against ${limiters[limiter][0]} of ${limit} a second, ${signals[signal][0]}`,
    against: 'the limit',
    aims: { rate: share, refused: { atMost: 0.04 } },
    byClock: true,
    quick: limiter === 'window' && limit === 100 && signal === 'told',
    async sample(session, file) {
      const seconds = session.quick ? 8 : limit === 20 ? 45 : 30;
      const flags = ['--rate-limit', String(limit), ...limiters[limiter][1], ...signals[signal][1]];
      const sandbox = await session.loggedSandbox(flags);
      const argv = await importOf(session, file, sandbox, limit * seconds);
      await session.measure({ argv, env: sandbox.env });
      const { perSecond, refused } = paceOf(sandbox.log);
      return { rate: perSecond / limit, refused };
    },
  };
}

function changed(limiter, from, to) {
  const seconds = 25;
  return {
    name: `pace.${limiter}.${from}-to-${to}`,
    group: 'limit changed in the middle',
    what: `${limiters[limiter][0]} ${to > from ? 'raised' : 'lowered'} from ${from} to ${to} a second: time until it is found`,
    against: '10 seconds',
    aims: { seconds: { atMost: 10 } },
    byClock: true,
    quick: false,
    async sample(session, file) {
      const sandbox = await session.loggedSandbox(['--rate-limit', String(from), ...limiters[limiter][1]]);
      const count = (from * changeAfterMs) / 1000 + to * seconds;
      const importing = session.measure({
        argv: await importOf(session, file, sandbox, count),
        env: sandbox.env,
      });
      // A failure is reported below.
      importing.catch(() => undefined);
      await delay(changeAfterMs);
      const changedMs = performance.now();
      await fetch(`${sandbox.about.api_url}/sandbox/rate-limit`, { method: 'PUT', body: String(to) });
      await importing;
      return { seconds: secondsToFind(sandbox.log, changedMs, to) };
    },
  };
}

function shared(limiter) {
  const [limit, seconds] = [40, 40];
  return {
    name: `pace.${limiter}.two`,
    group: 'two processes on one limit',
    what: `two imports on ${limiters[limiter][0]} of ${limit} a second`,
    against: 'the limit; one another',
    aims: { rate: { atLeast: 0.9 }, unfairness: { atMost: 1.15 } },
    byClock: true,
    quick: false,
    async sample(session, file) {
      const sandbox = await session.loggedSandbox(['--rate-limit', String(limit), ...limiters[limiter][1]]);
      const start = async (prefix) => {
        const { access_token } = await newToken(sandbox.about);
        const { TWILIO_ORG_CONFIG_DIR: _, ...pointed } = sandbox.env;
        const env = await session.newEnv({ ...pointed, TWILIO_ORG_ACCESS_TOKEN: access_token });
        const argv = await importOf(session, file, { env }, (limit * seconds) / 2, [], prefix);
        return session.measure({ argv, env });
      };
      await Promise.all([start('one'), start('two')]);
      const { perSecond, unfairness } = sharedPace(sandbox.log);
      return { rate: perSecond / limit, unfairness };
    },
  };
}

async function importOf(session, file, { env }, count, flags = [], prefix = 'new') {
  const people = path.join(env.TWILIO_ORG_CONFIG_DIR, `${prefix}.csv`);
  await writeFile(people, peopleFile(count, prefix));
  return [session.node, file, 'users', 'import', people, '--yes', ...flags];
}
