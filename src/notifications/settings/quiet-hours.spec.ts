import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isTimeZone, quietUntil } from './quiet-hours.js';

const NIGHT = { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' };
const until = (hours: typeof NIGHT, now: string) => quietUntil(hours, new Date(now))?.toISOString() ?? null;

describe('quiet hours', () => {
  test('over midnight end on the next morning, or on this one', () => {
    expect(until(NIGHT, '2026-01-10T21:30:00Z')).toBe('2026-01-11T06:00:00.000Z');
    expect(until(NIGHT, '2026-01-11T03:00:00Z')).toBe('2026-01-11T06:00:00.000Z');
  });

  test('begin at their first minute, and are over at their last', () => {
    expect(until(NIGHT, '2026-01-10T20:59:59Z')).toBeNull();
    expect(until(NIGHT, '2026-01-10T21:00:00Z')).toBe('2026-01-11T06:00:00.000Z');
    expect(until(NIGHT, '2026-01-11T05:59:59Z')).toBe('2026-01-11T06:00:00.000Z');
    expect(until(NIGHT, '2026-01-11T06:00:00Z')).toBeNull();
  });

  test('within a day', () => {
    const siesta = { from: '13:00', to: '15:30', timeZone: 'America/Sao_Paulo' };
    expect(until(siesta, '2026-01-10T16:10:00Z')).toBe('2026-01-10T18:30:00.000Z');
    expect(until(siesta, '2026-01-10T18:30:00Z')).toBeNull();
  });

  test('go by the clocks of the place when these change', () => {
    // In Paris the night of 29 March 2026 is an hour shorter, and that of 25 October an hour longer.
    expect(until(NIGHT, '2026-03-28T21:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
    expect(until(NIGHT, '2026-10-24T20:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  });

  test('of the same beginning and end are all day', () => {
    const always = { from: '08:00', to: '08:00', timeZone: 'UTC' };
    expect(until(always, '2026-01-10T08:00:00Z')).toBe('2026-01-11T08:00:00.000Z');
    expect(until(always, '2026-01-10T07:59:00Z')).toBe('2026-01-10T08:00:00.000Z');
  });

  test('end within a day and an hour, and it is not quiet then unless they last all day', () => {
    const minute = fc
      .integer({ min: 0, max: 24 * 60 - 1 })
      .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`);
    const zone = fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Casablanca');
    const now = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(minute, minute, zone, now, (from, to, timeZone, at) => {
        const end = quietUntil({ from, to, timeZone }, at);
        if (end === null) return;
        expect(end.getTime()).toBeGreaterThan(at.getTime());
        expect(end.getTime() - at.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a time zone is one that IANA knows', () => {
  expect(['UTC', 'Europe/Paris', 'America/Argentina/Ushuaia'].map(isTimeZone)).toEqual([true, true, true]);
  expect(['', 'Paris', 'Europe/Atlantis', 'alert(1)'].map(isTimeZone)).toEqual([false, false, false, false]);
});
