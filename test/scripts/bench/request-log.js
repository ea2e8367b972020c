/**
 * Readings of a log of requests. All functions are pure.
 *
 * @typedef {{ method: string, path: string, client: string, startMs: number, endMs: number, status: number }} LoggedRequest
 */

/** The number of round trips in a row: the longest chain of requests that each begin after the response to the one before. */
export function roundTrips(log) {
  let count = 0;
  let endMs = -Infinity;
  for (const request of log.toSorted((a, b) => a.endMs - b.endMs)) {
    if (request.startMs < endMs) continue;
    count += 1;
    endMs = request.endMs;
  }
  return count;
}

export const isRead = ({ method }) => method === 'GET';
export const isWrite = ({ method, path }) => method !== 'GET' && path !== '/v2/token';
const isAccepted = ({ status }) => status !== 429;

/** The writes that were accepted a second, and the fraction of all that was refused. */
export function paceOf(log) {
  const writes = log.filter(isWrite);
  const accepted = writes.filter(isAccepted).map(({ startMs }) => startMs);
  const seconds = (Math.max(...accepted) - Math.min(...accepted)) / 1000;
  return { perSecond: (accepted.length - 1) / seconds, refused: 1 - accepted.length / writes.length };
}

/**
 * The seconds from a change of the limit until the client keeps to the new one: until the first moment from which,
 * for three seconds, at least nine tenths of the limit are accepted and at most a tenth is refused. Infinity when it
 * never does.
 */
export function secondsToFind(log, changedMs, limit) {
  const windowMs = 3000;
  const writes = log.filter(isWrite);
  const lastMs = Math.max(...writes.map(({ startMs }) => startMs));
  for (let fromMs = changedMs; fromMs + windowMs <= lastMs; fromMs += 100) {
    const within = writes.filter(({ startMs }) => startMs >= fromMs && startMs < fromMs + windowMs);
    const accepted = within.filter(isAccepted).length;
    if (accepted >= (0.9 * limit * windowMs) / 1000 && within.length - accepted <= within.length / 10) {
      return (fromMs - changedMs) / 1000;
    }
  }
  return Infinity;
}

/** Two clients on one limit, while both are at work: what both get a second, and how many times the one gets what the other gets. */
export function sharedPace(log) {
  const accepted = log.filter((request) => isWrite(request) && isAccepted(request));
  const names = [...new Set(accepted.map(({ client }) => client))];
  const clients = names.map((name) =>
    accepted.filter(({ client }) => client === name).map(({ startMs }) => startMs),
  );
  const fromMs = Math.max(...clients.map((starts) => Math.min(...starts)));
  const toMs = Math.min(...clients.map((starts) => Math.max(...starts)));
  const counts = clients.map((starts) => starts.filter((ms) => ms >= fromMs && ms <= toMs).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    perSecond: (total * 1000) / (toMs - fromMs),
    unfairness: Math.max(...counts) / Math.min(...counts),
  };
}
