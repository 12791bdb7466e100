import { expect, test } from '@jest/globals';
import { EVENT_PATTERN, wants } from './event-pattern.js';

test('a filter names one type, all of a thing, or everything', () => {
  expect(wants(['message.created'], 'message.created')).toBe(true);
  expect(wants(['message.created'], 'message.updated')).toBe(false);
  expect(wants(['order.*', 'room.closed'], 'order.place')).toBe(true);
  expect(wants(['order.*'], 'orders.place')).toBe(false);
  expect(wants(['*'], 'participant.roleChanged')).toBe(true);
  expect(['*', 'order.*', 'order.approve_rx', 'participant.roleChanged'].every((each) => EVENT_PATTERN.test(each))).toBe(true);
  expect(['', 'order', '*.place', 'order.', 'order.*.x', 'Order.place', 'order.pl ace'].some((each) => EVENT_PATTERN.test(each))).toBe(
    false,
  );
});
