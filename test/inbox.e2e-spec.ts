import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Bus } from '../src/live/bus/bus.js';
import type { Heard } from './support/client.js';
import { inBothModes, LAST } from './support/modes.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { ROUTINE, statementsDuring } from './support/statements.js';
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
    expect(statements.filter((text) => !text.includes('presence') && !ROUTINE.test(text)).length).toBeLessThanOrEqual(5);
    await inbox.leave();
  });
});

describe('an inbox with 500 unread rooms', () => {
  const ROOMS = 500;
  const UNREAD = 10;

  beforeAll(async () => {
    world = await World.start();
    ({ ada, ben } = await world.people('ada', 'ben'));
    await world.sql(
      `insert into rooms (id, code, kind, visibility, title, participant_count, last_sequence, revision)
       select gen_random_uuid(), 'GRP-' || n, 'GROUP', 'PRIVATE', 'Room ' || n, 2, $2::int, $2::int from generate_series(1, $1::int) n`,
      [ROOMS, UNREAD],
    );
    await world.sql(
      `insert into participants (room_id, user_id, role) select r.id, u.id, 'CLIENT' from rooms r, unnest($1::uuid[]) as u(id)`,
      [[ada.id, ben.id]],
    );
    await world.sql(
      `insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
       select r.id, s, gen_random_uuid(), $1, 'TEXT', 'Hello', s, s from rooms r, generate_series(1, r.last_sequence) s`,
      [ada.id],
    );
    await world.sql('analyze');
  });

  afterAll(() => world.stop());

  /** How many messages a statement reads, from its plan with what it has found. */
  async function messagesRead({ text, values }: { text: string; values: unknown[] }): Promise<number> {
    interface Plan {
      'Relation Name'?: string;
      'Actual Rows': number;
      'Actual Loops': number;
      Plans?: Plan[];
    }
    const readBy = (plan: Plan): number =>
      (plan['Relation Name'] === 'messages' ? plan['Actual Rows'] * plan['Actual Loops'] : 0) +
      (plan.Plans ?? []).reduce((sum, inner) => sum + readBy(inner), 0);
    const rows: { 'QUERY PLAN': [{ Plan: Plan }] }[] = await world.nodes[0]!.app.get(DataSource).query(
      `explain (analyze, format json) ${text}`,
      values,
    );
    return readBy(rows[0]!['QUERY PLAN'][0].Plan);
  }

  test('counts anew where something has happened, and nowhere else', async () => {
    const inbox: Inbox = world.as(ben).subscribe(INBOX);
    const total = ROOMS * UNREAD;
    expect(await inbox.next()).toMatchObject({ inboxEvents: { unread: { total, byKind: [{ kind: 'GROUP', count: total }] } } });
    const [room] = await world.sql<Room>('select id, code from rooms limit 1');
    const counted: { text: string; values: unknown[] }[] = [];
    await statementsDuring(
      async () => {
        await world.send(room!, ada, 'one more');
        await hear(inbox, ({ unread }) => unread?.total === total + 1);
        await world.act(ben, 'markRead', { roomId: room!.id, upToSequence: 5 });
        await hear(inbox, ({ unread }) => unread?.total === total + 1 - 5);
      },
      (text, values) => text.includes('count(*)') && counted.push({ text, values }),
    );
    expect(counted.length).toBeGreaterThan(0);
    const read = await Promise.all(counted.map(messagesRead));
    expect(read.reduce((sum, each) => sum + each, 0)).toBeLessThan(10 * UNREAD);
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

  /** Long before the node would look for itself, at the rate at which it does so at least. */
  const SOON_MS = 8_000;

  test('hears what Redis has lost without a word, within seconds', async () => {
    const room = await aRoom();
    const inbox = await opened(ben);
    const bus: Bus = world.nodes[0]!.app.get(Bus);
    const { line } = bus as unknown as { line: { publish(): void } };
    const lost = jest.spyOn(line, 'publish').mockReturnValue();
    try {
      await world.send(room, ada, 'lost');
      const sentAt = performance.now();
      await hear(inbox, (event) => event.room?.lastMessage?.preview === 'lost');
      expect(performance.now() - sentAt).toBeLessThan(SOON_MS);
    } finally {
      lost.mockRestore();
    }
    await inbox.leave();
  });

  test('hears within two seconds of a Redis that comes back what was read meanwhile', async () => {
    const room = await aRoom();
    const sent = await world.send(room, ada, 'unread');
    const inbox = await opened(ben);
    const heard = world
      .as(ben, LAST)
      .subscribe<{ roomEvents: { userId?: string; lastReadSequence?: number } }>(
        'subscription ($id: ID!) { roomEvents(roomId: $id, after: 0) { ... on ReceiptAdvanced { userId lastReadSequence } } }',
        { id: room.id },
      );
    const isReadBy = (person: Person) =>
      heard.until(({ roomEvents }) => roomEvents.userId === person.id && roomEvents.lastReadSequence === sent.sequence);
    await isReadBy(ada);
    await redis.kill();
    await world.untilBusesAre(false);
    for (const reader of [ben, staff]) await world.act(reader, 'markRead', { roomId: room.id, upToSequence: sent.sequence });
    await redis.start();
    await world.untilBusesAre(true);
    const backAt = performance.now();
    await isReadBy(staff);
    await hear(inbox, (event) => event.roomId === room.id && event.room?.viewer.unreadCount === 0);
    expect(performance.now() - backAt).toBeLessThan(2_000);
    await heard.leave();
    await inbox.leave();
  });
});
