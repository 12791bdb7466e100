import { describe, expect, test } from '@jest/globals';
import { firstIdAt, idsBy, isId, newRoomCode } from './ids.js';

const MANY = 10_000;
const AT = Date.parse('2026-01-02T03:04:05.678Z');

describe('an id', () => {
  test('is a UUIDv7 with the millisecond in which it was made', () => {
    const id = idsBy(() => AT)();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isId(id)).toBe(true);
    expect(id.slice(0, 13)).toBe(firstIdAt(new Date(AT)).slice(0, 13));
    expect(id >= firstIdAt(new Date(AT))).toBe(true);
  });

  test.each([
    ['in one millisecond', () => 0],
    ['while the clock goes on', (count: number) => count],
    ['while the clock is set back', (count: number) => -count],
  ])('comes after those that were made before it %s, and is another', (_, passed) => {
    let count = 0;
    const ids = Array.from(
      { length: MANY },
      idsBy(() => AT + passed(count++)),
    );
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(MANY);
  });
});

test('a room code can be read out', () => {
  expect(newRoomCode('ORD')).toMatch(/^ORD-[0-9A-HJKMNP-TV-Z]{8}$/);
});
