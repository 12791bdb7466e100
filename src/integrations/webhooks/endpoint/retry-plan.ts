const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest wait after each attempt that failed. */
const WAITS_MS = [5 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS, 24 * HOUR_MS];
const MAX_WAIT_MS = 24 * HOUR_MS;

/** An event waits for the one before it in its room for as long as this; then the room goes on without it. */
export const HEAD_OF_LINE_MS = 6 * HOUR_MS;

/** What came back: a status of HTTP, or why there is none. */
export interface Answer {
  code: number | null;
  ms: number;
  /** The beginning of what was said, or what went wrong. */
  text: string;
  /** As the header says it. */
  retryAfter: string | null;
}

export type Outcome = 'DELIVERED' | 'RETRY' | 'DEAD' | 'GONE';

/** A redirect is not followed and is no acceptance; whoever set it up may take it back, so it is tried again. */
export function outcomeOf({ code }: Answer): Outcome {
  if (code === null || code === 408 || code === 429 || code < 200 || code >= 500) return 'RETRY';
  if (code < 300) return 'DELIVERED';
  if (code < 400) return 'RETRY';
  return code === 410 ? 'GONE' : 'DEAD';
}

/** @see RFC 9110, 10.2.3: seconds or a date */
function askedFor(retryAfter: string | null, now: Date): number {
  if (retryAfter === null) return 0;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * SECOND_MS : Date.parse(retryAfter) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_WAIT_MS) : 0;
}

/**
 * When to try again after the nth attempt; null after the last one. Any moment within the wait is as good as another ("full jitter"), so
 * that all the rooms of an endpoint that comes back do not come at once.
 */
export function nextAttemptAt(attempt: number, answer: Answer, now: Date, random = Math.random()): Date | null {
  const wait = WAITS_MS[attempt - 1];
  if (wait === undefined) return null;
  return new Date(now.getTime() + Math.max(wait * random, askedFor(answer.retryAfter, now)));
}
