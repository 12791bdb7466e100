import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Heard } from './support/client.js';
import { inBothModes, LAST } from './support/modes.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { statementsDuring } from './support/statements.js';
import { type Person, type Room, World } from './support/world.js';

const INBOX = `subscription { inboxEvents {
  __typename
  ... on InboxRoomChanged { roomId room { title status lastMessage { preview sender { displayName } } viewer { unreadCount role } } }
  ... on InboxRoomLost { roomId }
  ... on InboxUnreadChanged { unread { total byKind { kind count } } }
} }`;

interface Event {
  __typename: string;
  roomId?: string;
  room?: { title: string; status: string; lastMessage: { preview: string } | null; viewer: { unreadCount: number; role: string } };
  unread?: { total: number };
}

type Inbox = Heard<{ inboxEvents: Event }>;

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;

const aRoom = (): Promise<Room> =>
  world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
    [staff, 'SUPPORT_STAFF'],
  ]);

/** Opened and ready: from here on nothing is missed. */
async function opened(person: Person, node = LAST): Promise<Inbox> {
  const inbox: Inbox = world.as(person, node).subscribe(INBOX);
  expect(await inbox.next()).toMatchObject({ inboxEvents: { __typename: 'InboxUnreadChanged' } });
  return inbox;
}

/** The events until one satisfies the condition, which is returned. */
async function hear(inbox: Inbox, isIt: (event: Event) => boolean | undefined): Promise<Event> {
  const events = await inbox.until(({ inboxEvents }) => isIt(inboxEvents) ?? false);
  return events.at(-1)?.inboxEvents as Event;
}

/** What happened to the room before may be told in one event or in several. */
const heardLost = (inbox: Inbox, { id }: Room) => hear(inbox, (event) => event.roomId === id && event.__typename === 'InboxRoomLost');

inBothModes((start) => {
  beforeAll(async () => {
    world = await start();
    ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  });

  afterAll(() => world.stop());

  test('an inbox tells of new messages with their preview, and of what is unread', async () => {
    const room = await aRoom();
    const inbox = await opened(ben);
    await world.send(room, ada, 'one');
    await world.send(room, ada, 'two');
    const event = await hear(inbox, ({ room }) => room?.lastMessage?.preview === 'two');
    expect(event).toMatchObject({
      roomId: room.id,
      room: { lastMessage: { sender: { displayName: 'ada' } }, viewer: { unreadCount: 2, role: 'RIDER' } },
    });
    expect(await hear(inbox, ({ unread }) => unread?.total === 2)).toMatchObject({ unread: { byKind: [{ kind: 'GROUP', count: 2 }] } });
    await world.act(ben, 'markRead', { roomId: room.id, upToSequence: 3 });
    expect(await hear(inbox, ({ room }) => room?.viewer.unreadCount === 0)).toMatchObject({ roomId: room.id });
    await inbox.leave();
  });

  test('an inbox tells of rooms that are new, renamed, closed and lost', async () => {
    const inbox = await opened(ben);
    const room = await aRoom();
    expect(await hear(inbox, (event) => event.roomId === room.id)).toMatchObject({
      __typename: 'InboxRoomChanged',
      room: { status: 'OPEN' },
    });
    await world.act(staff, 'updateRoom', { roomId: room.id, title: 'Renamed' });
    await hear(inbox, (event) => event.room?.title === 'Renamed');
    await world.act(staff, 'closeRoom', { roomId: room.id });
    await hear(inbox, (event) => event.room?.status === 'CLOSED');
    await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
    expect(await heardLost(inbox, room)).toEqual({ __typename: 'InboxRoomLost', roomId: room.id });
    await world.act(staff, 'reopenRoom', { roomId: room.id });
    await world.act(staff, 'addParticipant', { roomId: room.id, userId: ben.id, role: 'RIDER' });
    expect(await hear(inbox, (event) => event.roomId === room.id)).toMatchObject({ __typename: 'InboxRoomChanged' });
    await world.act(await world.person('Root', 'ADMIN'), 'deleteRoom', { roomId: room.id });
    expect(await heardLost(inbox, room)).toEqual({ __typename: 'InboxRoomLost', roomId: room.id });
    await inbox.leave();
  });

  test('an inbox tells nothing of rooms that somebody is not in', async () => {
    const { stranger } = await world.people('stranger');
    const inbox = await opened(stranger);
    const others = await aRoom();
    await world.send(others, ada, 'not for strangers');
    const own = await world.room([[stranger, 'CLIENT']]);
    const events = await inbox.until(({ inboxEvents }) => inboxEvents.roomId === own.id);
    expect(events.every(({ inboxEvents }) => inboxEvents.roomId !== others.id)).toBe(true);
    await inbox.leave();
  });
});

describe('an inbox', () => {
  beforeAll(async () => {
    world = await World.start();
    ({ ada, staff } = await world.people('ada', 'staff'));
  });

  afterAll(() => world.stop());

  test('serves 500 rooms on one socket, and idle ones cost nothing', async () => {
    const { busy } = await world.people('busy');
    const rooms: Room[] = [];
    while (rooms.length < 500) rooms.push(...(await Promise.all(Array.from({ length: 20 }, () => world.room([[busy, 'CLIENT']])))));
    const inbox = await opened(busy);
    const room = await world.room([
      [busy, 'CLIENT'],
      [ada, 'CLIENT'],
    ]);
    await hear(inbox, (event) => event.roomId === room.id);
    await hear(inbox, (event) => event.__typename === 'InboxUnreadChanged');
    const statements = await statementsDuring(async () => {
      await world.send(room, ada, 'hello');
      await hear(inbox, (event) => event.room?.lastMessage?.preview === 'hello');
    });
    // The sender's membership and message, one listing, the sender's name; who has come and gone is asked every few seconds anyway.
    expect(statements.filter((text) => !text.includes('presence')).length).toBeLessThanOrEqual(5);
    await inbox.leave();
  });
});

const withRedis = hasRedis() ? describe : describe.skip;

withRedis('an inbox on another node', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await TestRedis.start();
    world = await World.start({ REDIS_URL: redis.url }, 2);
    ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  });

  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });

  test('hears the same, with Redis up, down and back', async () => {
    const room = await aRoom();
    const inbox = await opened(ben);
    await world.send(room, ada, 'up');
    await hear(inbox, (event) => event.room?.lastMessage?.preview === 'up');
    await redis.kill();
    await world.send(room, ada, 'down');
    await hear(inbox, (event) => event.room?.lastMessage?.preview === 'down');
    const entered = await aRoom();
    await hear(inbox, (event) => event.roomId === entered.id);
    await world.act(staff, 'removeParticipant', { roomId: entered.id, userId: ben.id });
    await hear(inbox, (event) => event.__typename === 'InboxRoomLost' && event.roomId === entered.id);
    await redis.start();
    await world.send(room, ada, 'back');
    await hear(inbox, (event) => event.room?.lastMessage?.preview === 'back');
    await inbox.leave();
  });
});
