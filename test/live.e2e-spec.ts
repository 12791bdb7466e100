import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PlatformRole } from '../src/policy/roles.js';
import { RoomChanged } from '../src/rooms/room/room.entity.js';
import { RoomChangedResolver } from '../src/rooms/room-events.resolver.js';
import type { Heard } from './support/client.js';
import { inBothModes, LAST } from './support/modes.js';
import { type Message, type Person, type Room, type World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;
let room: Room;

const EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
  __typename
  ... on MessageAdded { revision message { sequence content kind metadata sender { displayName } } }
  ... on MessageChanged { revision message { sequence content deletedAt editedAt reactions { emoji count } } }
  ... on ParticipantChanged { userId participant { role status user { displayName } } }
  ... on ReceiptAdvanced { userId lastReadSequence lastDeliveredSequence }
  ... on RoomChanged { room { title status viewer { can } } }
} }`;

interface Event {
  __typename: string;
  revision?: number;
  message?: Message;
  [field: string]: unknown;
}

type Events = Heard<{ roomEvents: Event }>;

/** A fresh room, and somebody who has heard all that there is. */
async function listening(listener: (people: { ada: Person; ben: Person }) => Person = ({ ben }) => ben): Promise<Events> {
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  room = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
    [staff, 'SUPPORT_STAFF'],
  ]);
  await world.send(room, ada, 'first');
  const heard: Events = world.as(listener({ ada, ben }), LAST).subscribe(EVENTS, { roomId: room.id, after: 0 });
  // The positions of all three come last, when the stream is live.
  const positions = new Set<unknown>();
  await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced' && positions.add(roomEvents.userId).size === 3);
  return heard;
}

/** What comes next, whoever comes online meanwhile. */
const next = async (heard: Events): Promise<Event> => {
  const event = await heard.next();
  if (typeof event === 'string') throw new Error(`the stream ${event}`);
  return event.roomEvents.__typename === 'PresenceChanged' ? next(heard) : event.roomEvents;
};

inBothModes((start) => {
  beforeAll(async () => {
    world = await start();
  });

  afterAll(() => world.stop());

  describe('who listens hears', () => {
    test('what is said, edited, reacted to and deleted, as it is now', async () => {
      const heard = await listening();
      const sent = await world.send(room, ada, 'hello');
      expect(await next(heard)).toMatchObject({
        __typename: 'MessageAdded',
        revision: sent.revision,
        message: { content: 'hello', sender: { displayName: 'ada' } },
      });
      await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content: 'hello!' });
      expect(await next(heard)).toMatchObject({
        __typename: 'MessageChanged',
        revision: sent.revision + 1,
        message: { content: 'hello!', editedAt: expect.any(String) },
      });
      await world.act(staff, 'addReaction', { roomId: room.id, messageId: sent.id, emoji: '🎉' });
      expect(await next(heard)).toMatchObject({ __typename: 'MessageChanged', message: { reactions: [{ emoji: '🎉', count: 1 }] } });
      await world.act(ada, 'deleteMessage', { roomId: room.id, messageId: sent.id });
      expect(await next(heard)).toMatchObject({
        __typename: 'MessageChanged',
        message: { content: null, deletedAt: expect.any(String), reactions: [] },
      });
      await heard.leave();
    });

    test('who has received and read how far', async () => {
      const heard = await listening();
      await world.act(staff, 'markDelivered', { roomId: room.id, upToSequence: 1 });
      expect(await next(heard)).toEqual({ __typename: 'ReceiptAdvanced', userId: staff.id, lastReadSequence: 0, lastDeliveredSequence: 1 });
      await world.act(staff, 'markRead', { roomId: room.id, upToSequence: 2 });
      expect(await next(heard)).toEqual({ __typename: 'ReceiptAdvanced', userId: staff.id, lastReadSequence: 2, lastDeliveredSequence: 2 });
      await world.act(staff, 'markRead', { roomId: room.id, upToSequence: 1 });
      await world.send(room, ada, 'a mark that moves nothing is not told');
      expect(await next(heard)).toMatchObject({ __typename: 'MessageAdded' });
      await heard.leave();
    });

    test('who comes, goes, and may do what, before the notice of it', async () => {
      const heard = await listening();
      const { cy } = await world.people('cy');
      await world.act(staff, 'addParticipant', { roomId: room.id, userId: cy.id, role: 'CLIENT' });
      expect(await next(heard)).toMatchObject({
        __typename: 'ParticipantChanged',
        userId: cy.id,
        participant: { status: 'ACTIVE', user: { displayName: 'cy' } },
      });
      expect(await next(heard)).toMatchObject({
        __typename: 'MessageAdded',
        message: { kind: 'SYSTEM', content: 'staff added cy', metadata: { event: 'participant.added' } },
      });
      await world.act(staff, 'muteParticipant', { roomId: room.id, userId: cy.id });
      expect(await next(heard)).toMatchObject({ __typename: 'ParticipantChanged', participant: { status: 'MUTED' } });
      expect(await next(heard)).toMatchObject({ message: { content: 'staff muted cy' } });
      await world.act(staff, 'closeRoom', { roomId: room.id });
      expect(await next(heard)).toMatchObject({
        __typename: 'RoomChanged',
        room: { status: 'CLOSED', viewer: { can: expect.not.arrayContaining(['message.send']) } },
      });
      expect(await next(heard)).toMatchObject({ message: { content: 'staff closed the room' } });
      await heard.leave();
    });
  });

  describe('a stream ends before anything later when its listener', () => {
    const steps: [string, (loser: Person) => Promise<void>][] = [
      ['is removed', (loser) => world.act(staff, 'removeParticipant', { roomId: room.id, userId: loser.id })],
      ['is blocked', (loser) => world.act(staff, 'blockParticipant', { roomId: room.id, userId: loser.id })],
      ['leaves', (loser) => world.act(loser, 'leaveRoom', { roomId: room.id })],
      ['loses the room', async () => world.act(await world.person('Root', 'ADMIN'), 'deleteRoom', { roomId: room.id })],
    ];

    test.each(steps)('%s', async (_name, lose) => {
      const heard = await listening();
      await world.send(room, ada, 'before');
      await lose(ben);
      await world.send(room, ada, 'after').catch(() => undefined);
      const rest = await heard.rest();
      expect(rest.map(({ roomEvents }) => roomEvents.message?.content).filter((content) => content !== undefined)).toEqual(['before']);
      const again: Events = world.as(ben, LAST).subscribe(EVENTS, { roomId: room.id, after: 0 });
      expect(await again.next()).toBe('NOT_FOUND');
    });

    test('is removed and added again: the old stream is over, a new one tells what was said meanwhile', async () => {
      const heard = await listening();
      await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
      await world.send(room, ada, 'meanwhile');
      await world.act(staff, 'addParticipant', { roomId: room.id, userId: ben.id, role: 'RIDER' });
      await world.send(room, ada, 'welcome back');
      expect((await heard.rest()).some(({ roomEvents }) => roomEvents.message)).toBe(false);
      const again: Events = world.as(ben, LAST).subscribe(EVENTS, { roomId: room.id, after: 2 });
      const events = await again.until(({ roomEvents }) => roomEvents.message?.content === 'welcome back');
      expect(events.flatMap(({ roomEvents }) => (roomEvents.message ? [roomEvents.message.content] : []))).toEqual([
        'staff removed ben',
        'meanwhile',
        'staff added ben',
        'welcome back',
      ]);
      await again.leave();
    });
  });

  describe('a person', () => {
    test('does not see in a stream what was said before a history that was not shared', async () => {
      await listening();
      const { cy } = await world.people('cy');
      await world.send(room, ada, 'secret');
      await world.act(staff, 'addParticipant', { roomId: room.id, userId: cy.id, role: 'CLIENT', shareHistory: false });
      const reply = await world.send(room, ada, 'hello cy');
      const heard: Events = world.as(cy, LAST).subscribe(EVENTS, { roomId: room.id, after: 0 });
      const events = await heard.until(({ roomEvents }) => roomEvents.revision === reply.revision);
      expect(events.flatMap(({ roomEvents }) => (roomEvents.message ? [roomEvents.message.content] : []))).toEqual([
        'staff added cy',
        'hello cy',
      ]);
      await heard.leave();
    });
  });

  describe('platform staff who look in without a seat', () => {
    test('hear nothing once they are blocked', async () => {
      await listening();
      const helper = await world.person('Helper', 'SUPPORT');
      await world.act(staff, 'addParticipant', { roomId: room.id, userId: helper.id, role: 'CLIENT' });
      await world.act(helper, 'leaveRoom', { roomId: room.id });
      const heard: Events = world.as(helper, LAST).subscribe(EVENTS, { roomId: room.id });
      await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced');
      await world.act(staff, 'blockParticipant', { roomId: room.id, userId: helper.id });
      await world.send(room, ada, 'after');
      expect((await heard.rest()).some(({ roomEvents }) => roomEvents.message)).toBe(false);
    });
  });

  test('an event that waited for its listener tells nothing of a room that they have lost meanwhile', async () => {
    await listening();
    const lookUp = () => {
      const viewer = { userId: ben.id, platformRole: PlatformRole.USER, sessionId: null, expiresAt: new Date() };
      return world.nodes[0]?.app
        .get(RoomChangedResolver, { strict: false })
        .room(new RoomChanged(room.id), { viewer, address: '', traceId: '' });
    };
    expect(await lookUp()).toMatchObject({ id: room.id });
    await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
    expect(await lookUp()).toBeNull();
  });
});
