import { describe, expect, test } from '@jest/globals';
import { type Answer, nextAttemptAt, outcomeOf } from './retry-plan.js';

const NOW = new Date('2026-11-01T10:00:00Z');
const answer = (code: number | null, retryAfter: string | null = null): Answer => ({ code, ms: 1, text: '', retryAfter });
const waitS = (attempt: number, random: number, retryAfter: string | null = null) => {
  const at = nextAttemptAt(attempt, answer(503, retryAfter), NOW, random);
  return at && (at.getTime() - NOW.getTime()) / 1000;
};

describe('what an answer means', () => {
  test.each([
    ['DELIVERED', [200, 201, 204]],
    ['RETRY', [null, 408, 429, 500, 503, 301, 302, 307]],
    ['DEAD', [400, 401, 404, 422]],
    ['GONE', [410]],
  ])('%s', (outcome, codes) => {
    expect(codes.map((code) => outcomeOf(answer(code)))).toEqual(codes.map(() => outcome));
  });
});

describe('the next attempt', () => {
  test('comes within 5 s, 1 m, 5 m, 30 m, 2 h, 8 h, 24 h, and then not any more', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => waitS(attempt, 1))).toEqual([5, 60, 300, 1800, 7200, 28_800, 86_400, null]);
    expect([1, 7].map((attempt) => waitS(attempt, 0.5))).toEqual([2.5, 43_200]);
  });

  test('comes no sooner than the endpoint asks, in seconds or as a date, and a day later at most', () => {
    expect(waitS(1, 1, '120')).toBe(120);
    expect(waitS(2, 1, '30')).toBe(60);
    expect(waitS(1, 0, 'Sun, 01 Nov 2026 10:10:00 GMT')).toBe(600);
    expect(waitS(1, 0, 'Sun, 01 Nov 2020 10:10:00 GMT')).toBe(0);
    expect(waitS(1, 1, '99999999999')).toBe(86_400);
    expect(waitS(1, 1, 'tomorrow')).toBe(5);
  });
});
