import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NOTIFICATION_CHANNELS, NotificationLevel } from '../../participants/notification-preferences.inputs.js';
import { RoomKind } from '../../rooms/room/room.entity.js';
import { MessageKind } from '../../timeline/log/message.entity.js';
import { concerns, DEFAULT_RULE, readPreferences, readRoomPreferences, ruleFor } from './notification-rule.js';

const rule = fc.record(
  {
    level: fc.constantFrom(null, ...Object.values(NotificationLevel)),
    channels: fc.option(fc.subarray([...NOTIFICATION_CHANNELS])),
    kinds: fc.option(fc.subarray(Object.values(MessageKind))),
    showsContent: fc.option(fc.boolean()),
  },
  { requiredKeys: [] },
);

describe('rules', () => {
  test('of the room come before those of its kind, and these before those of all rooms, field by field', () => {
    fc.assert(
      fc.property(rule, rule, rule, rule, (everywhere, ofKind, ofAnotherKind, ofRoom) => {
        const said = { version: 1, everywhere, roomKinds: { ORDER: ofKind, JOB: ofAnotherKind } };
        const merged = ruleFor(readPreferences(said), RoomKind.ORDER, readRoomPreferences({ version: 1, ...ofRoom }));
        for (const field of ['level', 'channels', 'kinds', 'showsContent'] as const) {
          expect(merged[field]).toEqual(ofRoom[field] ?? ofKind[field] ?? everywhere[field] ?? DEFAULT_RULE[field]);
        }
      }),
    );
  });

  test('bring no e-mail to who has refused them', () => {
    const said = readPreferences({ isEmailAllowed: false, roomKinds: { ORDER: { channels: ['EMAIL'] } } });
    expect(ruleFor(said, RoomKind.ORDER, readRoomPreferences({ channels: ['PUSH', 'EMAIL'] })).channels).toEqual(['PUSH']);
  });

  test.each([null, 7, 'rubbish', [], { level: 'LOUD', channels: 'PUSH', kinds: [7], showsContent: 'no' }])(
    'that cannot be read (%j) say nothing',
    (stored) => {
      expect(ruleFor(readPreferences({ everywhere: stored }), RoomKind.GROUP, readRoomPreferences(stored))).toEqual(DEFAULT_RULE);
    },
  );
});

test('nobody hears of what they wrote or did, and of mentions only where they are named', () => {
  const message = { kind: MessageKind.TEXT, senderId: 'ada', actorId: null, names: ['bo'] };
  const mentions = { ...DEFAULT_RULE, level: NotificationLevel.MENTIONS };
  expect(['ada', 'bo', 'cy'].map((who) => concerns(DEFAULT_RULE, message, who))).toEqual([false, true, true]);
  expect(['ada', 'bo', 'cy'].map((who) => concerns(mentions, message, who))).toEqual([false, true, false]);
  expect(concerns(DEFAULT_RULE, { ...message, senderId: null, actorId: 'bo' }, 'bo')).toBe(false);
});
