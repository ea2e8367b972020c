import { type Pace, sleep } from '../api/http.ts';

/** What a pace knows. Times are in milliseconds, rates in requests a second. */
export interface PaceState {
  /** Undefined while nothing has shown that there is a limit. */
  rate: number | undefined;
  /** The rate at which the last 429 came: near it the pace quickens slowly. */
  ceiling: number | undefined;
  /** Before this time nothing is sent. */
  notBefore: number;
  /** When the last few answers that were no 429 came. */
  answers: number[];
  /** When the rate was last lowered: one burst of 429s counts once. */
  slowedAt: number;
}

/** How far back the rate is measured; milliseconds. */
const window = 2_000;
/** A wait after a 429 that does not say how long. */
const shortWait = 1_000;
/** A 429 lowers the rate to this part of what got through. */
const slower = 0.95;

export function startPace(rate: number | undefined): PaceState {
  return { rate, ceiling: rate, notBefore: 0, answers: [], slowedAt: Number.NEGATIVE_INFINITY };
}

/** After a 429: what got through in the last seconds is what the service takes. */
export function afterRefusal(state: PaceState, after: number | undefined, now: number): PaceState {
  const notBefore = Math.max(state.notBefore, now + (after ?? shortWait));
  if (now - state.slowedAt < window) return { ...state, notBefore };
  const got = state.answers.filter((at) => at > now - window);
  const since = got[0] === undefined ? window : Math.max(now - got[0], 250);
  const measured = (got.length * 1000) / since;
  const rate = Math.max(0.5, Math.min(state.rate ?? Number.POSITIVE_INFINITY, measured) * slower);
  return { ...state, rate, ceiling: rate, notBefore, slowedAt: now };
}

/** After any other answer: quicker by little near the last limit, and by more beyond it. @param most what --rate says */
export function afterAnswer(state: PaceState, now: number, most: number | undefined): PaceState {
  const answers = [...state.answers.filter((at) => at > now - window), now];
  if (state.rate === undefined || now - state.slowedAt < window) return { ...state, answers };
  const nearLimit = state.ceiling !== undefined && state.rate < state.ceiling * 1.02;
  // A hundredth of a request a second for each answer near the limit: a refusal now and then, not one after the other.
  const rate = state.rate + (nearLimit ? 0.002 : 0.01) * Math.min(state.rate / 10, 1);
  return { ...state, answers, rate: most === undefined ? rate : Math.min(rate, most) };
}

/** The time to send the next request, and the state that counts it as sent. */
export function nextSlot(state: PaceState, now: number): { at: number; state: PaceState } {
  const at = Math.max(now, state.notBefore);
  const gap = state.rate === undefined ? 0 : 1000 / state.rate;
  return { at, state: { ...state, notBefore: at + gap } };
}

/** Keeps all requests of a run at the pace that Twilio takes, which it finds by itself, or that --rate says. */
export function createPace(
  rate: number | undefined,
  { now, signal }: { now: () => number; signal: AbortSignal },
): Pace {
  let state = startPace(rate);
  return {
    async ready() {
      const slot = nextSlot(state, now());
      state = slot.state;
      const wait = slot.at - now();
      if (wait <= 0) return;
      await sleep(wait, signal);
    },
    refused(after) {
      state = afterRefusal(state, after, now());
    },
    accepted() {
      state = afterAnswer(state, now(), rate);
    },
  };
}
