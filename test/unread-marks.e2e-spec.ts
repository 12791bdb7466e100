import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inBothModes, LAST } from './support/modes.js';
import { type Message, type Person, type Room, World } from './support/world.js';

interface InboxEvent {
  __typename: string;
  roomId?: string;
  room?: { viewer: { unreadCount: number } };
  unread?: { total: number };
}

interface Side {
  unreadCount: number;
  firstUnreadSequence: number | null;
  lastReadSequence: number;
}

const SIDE = 'viewer { unreadCount firstUnreadSequence lastReadSequence }';
const TICKS = `query ($id: ID!) { room(id: $id) {
  participants { userId lastReadSequence lastDeliveredSequence } messages { nodes { sequence status readBy { user { id } readAt } } } } }`;
const INBOX = `subscription { inboxEvents { __typename
  ... on InboxRoomChanged { roomId room { viewer { unreadCount } } } ... on InboxUnreadChanged { unread { total } } } }`;
const RECEIPTS =
  'subscription ($roomId: ID!) { roomEvents(roomId: $roomId) { __typename ... on ReceiptAdvanced { userId lastReadSequence } } }';

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;

async function begin(start: () => Promise<World>) {
  world = await start();
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
}

const side = async (person: Person, room: Room): Promise<Side> =>
  (await world.as(person).get<{ room: { viewer: Side } }>(`query ($id: ID!) { room(id: $id) { ${SIDE} } }`, { id: room.id })).room.viewer;

const mark = async (person: Person, room: Room, fromSequence: number): Promise<Side> =>
  (await world.do<{ viewer: Side }>(person, 'markUnread', { roomId: room.id, fromSequence }, SIDE)).viewer;

const read = (person: Person, room: Room, upToSequence: number) => world.act(person, 'markRead', { roomId: room.id, upToSequence });

/** Ada has said five things after the notice of the room, and Ben has read them. */
async function aTalk(): Promise<{ room: Room; sent: Message[] }> {
  const room = await world.room([
    [ada, 'CLIENT'],
    [ben, 'CLIENT'],
    [staff, 'SUPPORT_STAFF'],
  ]);
  const sent: Message[] = [];
  for (let i = 2; i <= 6; i++) sent.push(await world.send(room, ada, `${i}`));
  await read(ben, room, 6);
  return { room, sent };
}

describe('what somebody marks as unread', () => {
  beforeAll(() => begin(() => World.start()));
  afterAll(() => world.stop());

  test('counts from there on, for them alone: positions, ticks and readers stay', async () => {
    const { room } = await aTalk();
    await read(staff, room, 6);
    const ticks = () => world.as(ada).get(TICKS, { id: room.id });
    const before = await ticks();
    expect(await mark(ben, room, 4)).toEqual({ unreadCount: 3, firstUnreadSequence: 4, lastReadSequence: 6 });
    expect(await ticks()).toEqual(before);
    expect(await side(staff, room)).toEqual({ unreadCount: 0, firstUnreadSequence: null, lastReadSequence: 6 });
    const { rooms, unread } = await world
      .as(ben)
      .get<{ rooms: { nodes: Room[] }; unread: { total: number } }>(
        '{ rooms(filter: { unreadOnly: true }) { nodes { id } } unread { total } }',
      );
    expect(rooms.nodes.map(({ id }) => id)).toContain(room.id);
    expect(unread.total).toBe(3);
  });

  test('is read again bit by bit, or at once, and by speaking; other marks of the same message change nothing', async () => {
    const { room } = await aTalk();
    await mark(ben, room, 3);
    await read(ben, room, 2);
    expect(await side(ben, room)).toMatchObject({ unreadCount: 4, firstUnreadSequence: 3 });
    await read(ben, room, 4);
    expect(await side(ben, room)).toEqual({ unreadCount: 2, firstUnreadSequence: 5, lastReadSequence: 6 });
    await world.act(ben, 'markDelivered', { roomId: room.id, upToSequence: 6 });
    expect(await side(ben, room)).toMatchObject({ unreadCount: 2 });
    await read(ben, room, 6);
    expect(await side(ben, room)).toMatchObject({ unreadCount: 0, firstUnreadSequence: null });
    await mark(ben, room, 2);
    await world.send(room, ben, 'I am here again');
    expect(await side(ben, room)).toEqual({ unreadCount: 0, firstUnreadSequence: null, lastReadSequence: 7 });
  });

  test('is only what had been read: the rest is unread anyway', async () => {
    const { room } = await aTalk();
    await world.send(room, ada, '7');
    for (const beyond of [7, 8, 2_000_000_000])
      expect(await mark(ben, room, beyond)).toEqual({ unreadCount: 1, firstUnreadSequence: 7, lastReadSequence: 6 });
    await mark(ben, room, 5);
    expect(await mark(ben, room, 7)).toMatchObject({ unreadCount: 1, firstUnreadSequence: 7 });
    expect(await mark(ben, room, 1)).toMatchObject({ unreadCount: 6, firstUnreadSequence: 2 });
  });

  test('begins at a message of somebody else, that is not deleted, and that one may see', async () => {
    const { room, sent } = await aTalk();
    await world.act(ada, 'deleteMessage', { roomId: room.id, messageId: sent[0]!.id });
    await world.send(room, ben, '7');
    await world.send(room, ada, '8');
    await read(ben, room, 8);
    expect(await mark(ben, room, 1)).toMatchObject({ unreadCount: 5, firstUnreadSequence: 3 });
    await world.act(ben, 'clearHistory', { roomId: room.id, upToSequence: 5 });
    expect(await side(ben, room)).toMatchObject({ unreadCount: 2, firstUnreadSequence: 6 });
    expect(await mark(ben, room, 7)).toMatchObject({ unreadCount: 1, firstUnreadSequence: 8 });
  });

  test.each([0, -1, 2 ** 31, 1.5])('is refused from %d', async (fromSequence) => {
    const { room } = await aTalk();
    expect(await world.refusal(ben, 'markUnread', { roomId: room.id, fromSequence })).toBe('BAD_USER_INPUT');
  });

  test('is for who has a seat, also muted and in a closed room; not for strangers, who was removed, and who looks in', async () => {
    const { room } = await aTalk();
    const { stranger } = await world.people('stranger');
    const visitor = await world.person('visitor', 'ADMIN');
    const refusal = (person: Person) => world.refusal(person, 'markUnread', { roomId: room.id, fromSequence: 2 });
    await world.act(staff, 'muteParticipant', { roomId: room.id, userId: ben.id });
    expect(await refusal(ben)).toBe('OK');
    await world.act(staff, 'closeRoom', { roomId: room.id });
    expect(await refusal(ben)).toBe('OK');
    expect(await refusal(stranger)).toBe('NOT_FOUND');
    expect(await refusal(visitor)).toBe('FORBIDDEN');
    await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
    expect(await refusal(ben)).toBe('NOT_FOUND');
  });

  test('stops counting at 1,000', async () => {
    const { room } = await aTalk();
    await world.sql(
      `insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
       select $1, s, gen_random_uuid(), $2, 'TEXT', 'x', s, s from generate_series(7, 1500) s`,
      [room.id, ada.id],
    );
    await world.sql('update rooms set last_sequence = 1500, revision = 1500 where id = $1', [room.id]);
    await read(ben, room, 1_500);
    expect(await mark(ben, room, 502)).toMatchObject({ unreadCount: 999, firstUnreadSequence: 502 });
    expect(await mark(ben, room, 3)).toMatchObject({ unreadCount: 1_000, firstUnreadSequence: 3 });
  });

  test('ends in one of the two whenever it meets a reading, and no position moves back', async () => {
    const { room } = await aTalk();
    for (let i = 0; i < 40; i++) {
      const calls = [() => mark(ben, room, 3), () => read(ben, room, 6), () => mark(ben, room, 3)];
      await Promise.all(calls.slice(i % 2, 2 + (i % 2)).map((call) => call()));
      const { unreadCount, lastReadSequence } = await side(ben, room);
      expect([0, 4]).toContain(unreadCount);
      expect(lastReadSequence).toBe(6);
    }
  });

  test('cannot stand where nothing was read', async () => {
    const { room } = await aTalk();
    const write = world.sql('update participants set unread_after_sequence = 6 where room_id = $1 and user_id = $2', [room.id, ben.id]);
    await expect(write).rejects.toThrow('participants_unread_check');
  });
});

inBothModes((start) => {
  beforeAll(() => begin(start));
  afterAll(() => world.stop());

  test('what is marked as unread, and read again, is heard in every inbox of that person, and in nobody else', async () => {
    const { room } = await aTalk();
    const open = (person: Person, node: number) => world.as(person, node).subscribe<{ inboxEvents: InboxEvent }>(INBOX);
    const [mine, other, theirs] = [open(ben, 0), open(ben, LAST), open(ada, LAST)];
    const stream = world.as(ada, LAST).subscribe<{ roomEvents: { __typename: string } }>(RECEIPTS, { roomId: room.id });
    for (const inbox of [mine, other, theirs]) await inbox.next();
    for (let i = 0; i < 3; i++) await stream.next();

    const untilUnread = (count: number) =>
      Promise.all(
        [mine, other].map((inbox) =>
          inbox.until(({ inboxEvents: { roomId, room: told } }) => roomId === room.id && told?.viewer.unreadCount === count),
        ),
      );
    await mark(ben, room, 4);
    await untilUnread(3);
    await mine.until(({ inboxEvents }) => inboxEvents.unread?.total === 3);
    await read(ben, room, 6);
    await untilUnread(0);

    await world.send(room, ada, 'the next thing that anybody else hears');
    const heard = await theirs.until(({ inboxEvents }) => inboxEvents.roomId === room.id);
    expect(heard.filter(({ inboxEvents }) => inboxEvents.roomId === room.id)).toHaveLength(1);
    const events = await stream.until(({ roomEvents }) => roomEvents.__typename === 'MessageAdded');
    expect(events.filter(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced')).toEqual([]);
    for (const listener of [mine, other, theirs, stream]) await listener.leave();
  });
});
