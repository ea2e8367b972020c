import {
  initialState,
  nextSlotAt,
  onResponse,
  onSend,
  onThrottle,
} from '../../src/platform/http/rate-limiter.ts';
import { retryDelay } from '../../src/platform/http/retry.ts';
import { seededRandom } from '../../src/sandbox/state/random.ts';

/** Decides about a request at that time: undefined to accept it, else the seconds until another may be accepted. */
export type Server = (now: number, limit: number) => number | undefined;

/** Requests that were accepted in any second before this one. */
export function slidingWindow(): Server {
  const accepted: number[] = [];
  return (now, limit) => {
    while (accepted.length > 0 && (accepted[0] ?? 0) <= now - 1000) accepted.shift();
    if (accepted.length >= limit) return 1;
    accepted.push(now);
    return undefined;
  };
}

export interface SimulationOptions {
  server: Server;
  /** Requests per second at that time. */
  limit: (now: number) => number;
  retryAfter: boolean;
  seed: number;
  /** Milliseconds from sending to the response; each request takes up to 15 % more or less. */
  latency?: number;
  concurrency?: number;
  /** The start of each client, in milliseconds. */
  starts?: readonly number[];
  /** Requests per client; unlimited when absent. */
  count?: number;
  seconds?: number;
  maxRate?: number;
}

export interface SimulatedClient {
  accepted: number[];
  refused: number[];
  failed: number;
}

/** Runs clients against one server in virtual time, with workers and retries as a run has them. */
export function simulate(options: SimulationOptions): SimulatedClient[] {
  const { server, limit, retryAfter, seed, latency = 50, concurrency = 8, starts = [0] } = options;
  const { count = Number.POSITIVE_INFINITY, seconds = 300, maxRate } = options;
  const random = seededRandom(seed);
  const { after, run } = timeline(seconds * 1000);
  const halfway = () => (latency / 2) * (0.85 + 0.3 * random());

  function client(start: number): SimulatedClient {
    const seen: SimulatedClient = { accepted: [], refused: [], failed: 0 };
    let state = initialState(maxRate);
    let begun = 0;
    let timer = 0;
    const queue: ((sentAt: number) => void)[] = [];
    function release(): void {
      const own = ++timer;
      for (let next = queue[0]; next !== undefined; next = queue[0]) {
        const wait = nextSlotAt(state, run.now) - run.now;
        // As timers are: never early, and late by a little.
        if (wait > 0) {
          after(Math.max(1, Math.ceil(wait)) + random() / 2, () => own === timer && release());
          return;
        }
        state = onSend(state, run.now);
        queue.shift();
        next(run.now);
      }
    }
    function attempt(tries: number): void {
      queue.push((sentAt) =>
        after(halfway(), () => {
          const wait = server(run.now, limit(run.now));
          after(halfway(), () => (wait === undefined ? accept(sentAt) : refuse(sentAt, wait, tries)));
        }),
      );
      release();
    }
    function accept(sentAt: number): void {
      seen.accepted.push(run.now);
      state = onResponse(state, sentAt, run.now);
      release();
      work();
    }
    function refuse(sentAt: number, wait: number, tries: number): void {
      seen.refused.push(run.now);
      state = onThrottle(state, sentAt, retryAfter ? wait * 1000 : undefined, run.now);
      release();
      const outcome = { status: 429, retryAfter: retryAfter ? String(wait) : null };
      const delay = retryDelay(outcome, tries, { repeatable: false, maxRetries: 4 }, run.now, random());
      if (delay === undefined) {
        seen.failed += 1;
        work();
      } else {
        after(delay, () => attempt(tries + 1));
      }
    }
    function work(): void {
      if (begun++ < count) after(random() * 2, () => attempt(1));
    }
    after(start, () => {
      for (let worker = 0; worker < concurrency; worker += 1) work();
    });
    return seen;
  }

  const clients = starts.map(client);
  run.untilEnd();
  return clients;
}

/** Events in virtual time. */
function timeline(end: number) {
  interface Event {
    at: number;
    happen: () => unknown;
  }
  const heap: Event[] = [];
  const at = (index: number) => heap[index]?.at ?? Number.POSITIVE_INFINITY;
  function swap(a: number, b: number): void {
    [heap[a], heap[b]] = [heap[b] as Event, heap[a] as Event];
  }
  function add(event: Event): void {
    let index = heap.push(event) - 1;
    for (let up = (index - 1) >> 1; index > 0 && at(index) < at(up); up = (index - 1) >> 1) {
      swap(index, up);
      index = up;
    }
  }
  function next(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    heap[0] = last;
    for (let index = 0; ; ) {
      const down = at(2 * index + 1) < at(2 * index + 2) ? 2 * index + 1 : 2 * index + 2;
      if (at(down) >= at(index)) return first;
      swap(index, down);
      index = down;
    }
  }
  const run = {
    now: 0,
    untilEnd() {
      for (let event = next(); event !== undefined && event.at <= end; event = next()) {
        run.now = event.at;
        event.happen();
      }
    },
  };
  return { run, after: (ms: number, happen: () => unknown): void => add({ at: run.now + ms, happen }) };
}

/** Accepted requests per second between two times in seconds. */
export function rateBetween({ accepted }: SimulatedClient, from: number, to: number): number {
  return accepted.filter((at) => at >= from * 1000 && at < to * 1000).length / (to - from);
}

/** Accepted requests per second from the first to the last. */
export function overallRate({ accepted }: SimulatedClient): number {
  return ((accepted.length - 1) * 1000) / ((accepted.at(-1) ?? 0) - (accepted[0] ?? 0));
}

export function refusedFraction({ accepted, refused }: SimulatedClient): number {
  return refused.length / (accepted.length + refused.length);
}
