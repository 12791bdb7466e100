import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Heard } from './support/client.js';
import { inBothModes, LAST } from './support/modes.js';
import { anEndpoint } from './support/hooks.js';
import { Receiver } from './support/receiver.js';
import { type Message, type Person, type Room, World } from './support/world.js';

interface Event {
  __typename: string;
  userId?: string;
  lastReadSequence?: number;
  lastDeliveredSequence?: number;
  message?: Message;
}

const EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) { __typename
  ... on MessageAdded { message { content status readBy { user { id } } } }
  ... on ReceiptAdvanced { userId lastReadSequence lastDeliveredSequence } } }`;
const INBOX = 'subscription { inboxEvents { ... on InboxRoomChanged { roomId room { viewer { unreadCount } } } } }';
const SEEN = `query ($roomId: ID!, $id: ID!) {
  message(roomId: $roomId, id: $id) { status readBy { user { id } } }
  room(id: $roomId) { participants { userId lastReadSequence lastDeliveredSequence } viewer { unreadCount lastReadSequence } } }`;

interface Seen {
  message: { status: string; readBy: { user: { id: string } }[] };
  room: {
    participants: { userId: string; lastReadSequence: number; lastDeliveredSequence: number }[];
    viewer: { unreadCount: number; lastReadSequence: number };
  };
}

let world: World;
let ada: Person, ben: Person, staff: Person;
let room: Room;
let said: Message;

const hide = (person: Person, isHidden = true) => world.do(person, 'updateReceipts', { isHidden }, 'id isReadingHidden');

const read = (person: Person, upToSequence: number) =>
  world.do(person, 'markRead', { roomId: room.id, upToSequence }, 'lastReadSequence lastDeliveredSequence');

const deliver = (person: Person, upToSequence: number) => world.act(person, 'markDelivered', { roomId: room.id, upToSequence });

/** What somebody sees of Ben, on the last node. */
async function seenBy(person: Person) {
  const { message, room: shown } = await world.as(person, LAST).get<Seen>(SEEN, { roomId: room.id, id: said.id });
  const seat = shown.participants.find(({ userId }) => userId === ben.id);
  return {
    status: message.status,
    isReader: message.readBy.some(({ user }) => user.id === ben.id),
    positions: [seat?.lastReadSequence, seat?.lastDeliveredSequence],
  };
}

async function begin(start: () => Promise<World>) {
  world = await start();
}

/** A room of three, where Ada has said one thing that everybody but Ben has read. */
async function aScene() {
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  room = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
    [staff, 'SUPPORT_STAFF'],
  ]);
  said = await world.send(room, ada, 'said');
  await read(staff, 2);
}

/** What a stream tells of Ben until Ada's next message, that one included. */
async function heardUntil(stream: Heard<{ roomEvents: Event }>, content: string): Promise<Event[]> {
  await world.send(room, ada, content);
  const events = await stream.until(({ roomEvents }) => roomEvents.message?.content === content);
  return events
    .map(({ roomEvents }) => roomEvents)
    .filter(({ __typename, userId }) => __typename === 'ReceiptAdvanced' && userId === ben.id);
}

describe('who hides what they have read', () => {
  beforeAll(() => begin(() => World.start({ WEBHOOK_ALLOW_PRIVATE: 'true' })));
  afterAll(() => world.stop());
  beforeEach(aScene);

  test('is a person who had it delivered, to everybody, and shows it again when they like', async () => {
    expect(await hide(ben)).toEqual({ id: ben.id, isReadingHidden: true });
    expect(await read(ben, 2)).toEqual({ lastReadSequence: 2, lastDeliveredSequence: 2 });
    const host = await world.person('host', 'SERVICE');
    for (const person of [ada, ben, staff, host])
      expect(await seenBy(person)).toEqual({ status: 'DELIVERED', isReader: false, positions: [0, 2] });
    await hide(ben, false);
    expect(await seenBy(ada)).toEqual({ status: 'READ', isReader: true, positions: [2, 2] });
  });

  test('hides what they had read before, too', async () => {
    await read(ben, 2);
    expect(await seenBy(ada)).toMatchObject({ status: 'READ', isReader: true });
    await hide(ben);
    expect(await seenBy(ada)).toEqual({ status: 'DELIVERED', isReader: false, positions: [0, 2] });
  });

  test('counts what they have not read as ever', async () => {
    await hide(ben);
    const mine = async () => (await world.as(ben).get<Seen>(SEEN, { roomId: room.id, id: said.id })).room.viewer;
    expect(await mine()).toEqual({ unreadCount: 1, lastReadSequence: 0 });
    await read(ben, 2);
    expect(await mine()).toEqual({ unreadCount: 0, lastReadSequence: 2 });
    await world.act(ben, 'markUnread', { roomId: room.id, fromSequence: 2 });
    expect(await mine()).toEqual({ unreadCount: 1, lastReadSequence: 2 });
  });

  test('hides it also from those who change their seat, and by leaving and coming back', async () => {
    await hide(ben);
    await read(ben, 2);
    const seat = 'lastReadSequence lastDeliveredSequence';
    const steps: [string, object][] = [
      ['muteParticipant', {}],
      ['unmuteParticipant', {}],
      ['changeParticipantRole', { role: 'WORKER' }],
      ['addParticipant', { role: 'WORKER' }],
      ['removeParticipant', {}],
      ['addParticipant', { role: 'WORKER' }],
      ['blockParticipant', {}],
      ['unblockParticipant', {}],
    ];
    for (const [step, more] of steps)
      expect(await world.do(staff, step, { roomId: room.id, userId: ben.id, ...more }, seat)).toEqual({
        lastReadSequence: 0,
        lastDeliveredSequence: 2,
      });
  });

  test('hides it by answering, and by a step of what the room is about', async () => {
    await hide(ben);
    const stream = world.as(ada).subscribe<{ roomEvents: Event }>(EVENTS, { roomId: room.id });
    for (let i = 0; i < 3; i++) await stream.next();
    const answer = await world.send(room, ben, 'answered');
    expect(await heardUntil(stream, 'after the answer')).toEqual([
      { __typename: 'ReceiptAdvanced', userId: ben.id, lastReadSequence: 0, lastDeliveredSequence: answer.sequence },
    ]);
    await world.act(ben, 'initiatePayment', { roomId: room.id, payeeId: staff.id, amountMinor: 100, currency: 'EUR' });
    for (const { lastReadSequence } of await heardUntil(stream, 'after the step')) expect(lastReadSequence).toBe(0);
    expect(await seenBy(ada)).toMatchObject({ status: 'DELIVERED', isReader: false });
    await stream.leave();
  });

  test('tells nothing of it to systems of the host', async () => {
    const receiver = await Receiver.start();
    await anEndpoint(world, await world.person('boss', 'ADMIN'), { url: receiver.url });
    await hide(ben);
    await read(ben, 2);
    await world.send(room, ada, 'told');
    const { event, body } = await receiver.hit(() => true);
    expect(event.type).toBe('message.created');
    expect(body).not.toMatch(/receipt|read/i);
    await receiver.stop();
  });
});

inBothModes((start) => {
  beforeAll(() => begin(start));
  afterAll(() => world.stop());
  beforeEach(aScene);

  test('hidden reading is heard by no stream, delivery is, and what is shown again is heard at once', async () => {
    await hide(ben);
    const streams = [world.as(ada, LAST), world.as(staff)].map((client) =>
      client.subscribe<{ roomEvents: Event }>(EVENTS, { roomId: room.id, after: 0 }),
    );
    const receipt = (lastReadSequence: number, lastDeliveredSequence: number) => ({
      ...{ __typename: 'ReceiptAdvanced', userId: ben.id },
      ...{ lastReadSequence, lastDeliveredSequence },
    });
    const untilReceipt = (expected: object) =>
      Promise.all(streams.map((stream) => stream.until(({ roomEvents }) => JSON.stringify(roomEvents) === JSON.stringify(expected))));
    await untilReceipt(receipt(0, 0));
    await deliver(ben, 2);
    await untilReceipt(receipt(0, 2));
    await read(ben, 2);
    for (const stream of streams) {
      await world.send(room, ada, `next ${streams.indexOf(stream)}`);
      const events = await stream.until(({ roomEvents }) => roomEvents.__typename === 'MessageAdded');
      expect(events.filter(({ roomEvents }) => roomEvents.userId === ben.id && 'lastReadSequence' in roomEvents)).toEqual([]);
      expect(events.at(-1)?.roomEvents.message).toMatchObject({ readBy: [] });
    }
    await hide(ben, false);
    await untilReceipt(receipt(2, 2));
    for (const stream of streams) await stream.leave();
  });

  test('a stream that begins replays no hidden position, and one that knew it hears of delivery all the same', async () => {
    await read(ben, 2);
    const early = world.as(ada, LAST).subscribe<{ roomEvents: Event }>(EVENTS, { roomId: room.id });
    for (let i = 0; i < 3; i++) await early.next();
    await hide(ben);
    const late = world.as(ada, LAST).subscribe<{ roomEvents: Event }>(EVENTS, { roomId: room.id, after: 0 });
    const ofBen = ({ roomEvents }: { roomEvents: Event }) => roomEvents.__typename === 'ReceiptAdvanced' && roomEvents.userId === ben.id;
    expect((await late.until(ofBen)).at(-1)?.roomEvents).toMatchObject({ lastReadSequence: 0, lastDeliveredSequence: 2 });
    const next = await world.send(room, ada, 'next');
    await deliver(ben, next.sequence);
    for (const stream of [early, late])
      expect((await stream.until(ofBen)).at(-1)?.roomEvents).toMatchObject({ lastReadSequence: 0, lastDeliveredSequence: next.sequence });
    for (const stream of [early, late]) await stream.leave();
  });

  test('hidden reading is heard by their own inboxes on every device', async () => {
    await hide(ben);
    await deliver(ben, 2);
    const inbox = world.as(ben, LAST).subscribe<{ inboxEvents: { roomId?: string; room?: { viewer: { unreadCount: number } } } }>(INBOX);
    await inbox.next();
    await read(ben, 2);
    await inbox.until(({ inboxEvents }) => inboxEvents.roomId === room.id && inboxEvents.room?.viewer.unreadCount === 0);
    await inbox.leave();
  });
});
