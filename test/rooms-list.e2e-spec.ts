import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { statementsDuring } from './support/statements.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.stop());

interface ListedRoom extends Room {
  title: string;
  lastMessage: { sequence: number; kind: string; preview: string | null; sender: { displayName: string } | null } | null;
  viewer: { unreadCount: number };
}

interface Page {
  edges: { cursor: string; node: ListedRoom }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}

const ROOMS = `query ($filter: RoomFilter, $first: Int, $after: String) { rooms(filter: $filter, first: $first, after: $after) {
  edges { cursor node { id title lastMessage { sequence kind preview sender { displayName } } viewer { role unreadCount can } } }
  pageInfo { hasNextPage hasPreviousPage endCursor }
} }`;

const page = async (person: Person, variables: object = {}) =>
  (await world.as(person).get<{ rooms: Page }>(ROOMS, { first: 100, ...variables })).rooms;
const listed = async (person: Person, filter: object = {}) => (await page(person, { filter })).edges.map(({ node }) => node);
const titles = async (person: Person, filter: object = {}) => (await listed(person, filter)).map((room) => room.title);
const create = (person: Person, input: object = {}) => world.do<Room>(person, 'createRoom', { ...input }, 'id code');
const guest = (person: Person, role = 'CLIENT') => ({ userId: person.id, role });

describe('the list of my rooms', () => {
  test('is filtered by status, kind, unread and title, newest activity first', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const group = await create(ada, { title: 'A 100% group', participants: [guest(ben)] });
    const order = await create(ada, { title: 'An order_1', kind: 'ORDER', participants: [guest(ben, 'WORKER')] });
    const closed = await create(ada, { title: 'Closed\\', participants: [guest(ben)] });
    const archived = await create(ada, { title: 'Archived', participants: [guest(ben)] });
    await world.act(ada, 'closeRoom', { roomId: closed.id });
    await world.act(ada, 'closeRoom', { roomId: archived.id });
    await world.act(ada, 'archiveRoom', { roomId: archived.id });
    await world.send(group, ben, 'news');

    expect(await titles(ada)).toEqual(['A 100% group', 'Closed\\', 'An order_1']);
    expect(await titles(ada, { status: ['ARCHIVED', 'CLOSED'] })).toEqual(['Archived', 'Closed\\']);
    expect(await titles(ada, { kind: ['ORDER'] })).toEqual(['An order_1']);
    expect(await titles(ada, { kind: ['ORDER', 'GROUP'], status: ['OPEN'] })).toEqual(['A 100% group', 'An order_1']);
    expect(await titles(ada, { unreadOnly: true })).toEqual(['A 100% group']);
    expect(await titles(ben, { unreadOnly: true })).toEqual([]);
    expect(await titles(ada, { status: null, kind: null, title: null })).toHaveLength(3);
    for (const [part, found] of [
      ['GROUP', ['A 100% group']],
      ['0%', ['A 100% group']],
      ['0%g', []],
      ['r_1', ['An order_1']],
      ['order__', []],
      ['_', ['An order_1']],
      ['d\\', ['Closed\\']],
    ] as const) {
      expect([part, await titles(ada, { title: part })]).toEqual([part, found]);
    }
    await world.act(ada, 'leaveRoom', { roomId: order.id });
    expect(await titles(ada, { kind: ['ORDER'] })).toEqual([]);
  });

  test('is paged without a repetition or an omission while rooms move to the top', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const rooms: Room[] = [];
    for (let i = 0; i < 12; i++) rooms.push(await create(ada, { title: `Room ${i}`, participants: [guest(ben)] }));
    const first = await page(ada, { first: 5 });
    expect(first.edges.map(({ node }) => node.title)).toEqual(['Room 11', 'Room 10', 'Room 9', 'Room 8', 'Room 7']);
    expect(first.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, endCursor: first.edges[4]?.cursor });

    await world.send(rooms[9]!, ben, 'to the top, seen already');
    await world.send(rooms[0]!, ben, 'to the top, and off the next pages');
    await create(ada, { title: 'Room 12' });
    const second = await page(ada, { first: 5, after: first.pageInfo.endCursor });
    expect(second.edges.map(({ node }) => node.title)).toEqual(['Room 6', 'Room 5', 'Room 4', 'Room 3', 'Room 2']);
    const third = await page(ada, { first: 5, after: second.pageInfo.endCursor });
    expect(third.edges.map(({ node }) => node.title)).toEqual(['Room 1']);
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('rooms of the same moment are paged too', async () => {
    const { ada } = await world.people('ada');
    const rooms = await Promise.all(Array.from({ length: 9 }, () => create(ada)));
    await world.sql(`update rooms set last_activity_at = '2026-01-01T00:00:00.123Z' where id = any($1)`, [rooms.map((room) => room.id)]);
    const found: string[] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo }: Page = await page(ada, { first: 2, after });
      found.push(...edges.map(({ node }) => node.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(found.toSorted()).toEqual(rooms.map((room) => room.id).toSorted());
  });

  test.each([
    ['a cursor of our own making', { after: Buffer.from('["2026","01900000-0000-7000-8000-000000000000"]').toString('base64url') }],
    ['a cursor that is none', { after: 'x' }],
    ['an empty cursor', { after: '' }],
    ['a cursor with text for a time', { after: Buffer.from(`["' or 1=1","01900000-0000-7000-8000-000000000000"]`).toString('base64url') }],
    ['none of them', { first: 0 }],
    ['101 of them', { first: 101 }],
    ['an empty title', { filter: { title: ' ' } }],
    ['a NUL in the title', { filter: { title: 'a\0' } }],
  ])('%s is the fault of the caller', async (_, variables) => {
    const { ada } = await world.people('ada');
    expect(await world.as(ada).refusal(ROOMS, variables)).toBe('BAD_USER_INPUT');
  });

  test('costs two statements at most, with 50 rooms, newest messages, senders, unread counts and what one may do', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const rooms = await Promise.all(Array.from({ length: 50 }, () => create(ada, { participants: [guest(ben)] })));
    await Promise.all(rooms.map((room) => world.send(room, ben, 'Hello')));
    await page(ada);
    let answer: Page | null = null;
    const statements = await statementsDuring(async () => void (answer = await page(ada, { first: 50 })));
    expect(statements.length).toBeLessThanOrEqual(2);
    const { edges } = answer as unknown as Page;
    expect(edges).toHaveLength(50);
    for (const { node } of edges)
      expect(node).toMatchObject({ lastMessage: { sender: { displayName: 'ben' } }, viewer: { unreadCount: 1 } });
  });
});

describe('the newest message in the list', () => {
  const last = async (person: Person, room: Room) => (await listed(person)).find(({ id }) => id === room.id)?.lastMessage ?? null;

  test('follows what is said, edited, deleted and cleared', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const room = await create(ada, { participants: [guest(ben)] });
    expect(await last(ben, room)).toEqual({ sequence: 1, kind: 'SYSTEM', preview: 'ada opened the room', sender: null });
    const older = await world.send(room, ada, 'older');
    const newest = await world.send(room, ben, '👋'.repeat(300));
    expect(await last(ada, room)).toEqual({ sequence: 3, kind: 'TEXT', preview: '👋'.repeat(200), sender: { displayName: 'ben' } });

    await world.act(ada, 'editMessage', { roomId: room.id, messageId: older.id, content: 'not the newest' });
    expect((await last(ada, room))?.preview).toBe('👋'.repeat(200));
    await world.act(ben, 'editMessage', { roomId: room.id, messageId: newest.id, content: 'edited' });
    expect((await last(ada, room))?.preview).toBe('edited');
    await world.act(ben, 'deleteMessage', { roomId: room.id, messageId: newest.id });
    expect(await last(ada, room)).toMatchObject({ sequence: 3, preview: null });

    await world.act(ada, 'clearHistory', { roomId: room.id });
    expect(await last(ada, room)).toBeNull();
    expect(await last(ben, room)).toMatchObject({ sequence: 3 });
    await world.send(room, ben, 'anew');
    expect(await last(ada, room)).toMatchObject({ sequence: 4, preview: 'anew' });
  });
});

describe('a room in figures', () => {
  test('agrees with a count of everything', async () => {
    const { ada, ben } = await world.people('ada', 'ben');
    const room = await create(ada, { participants: [guest(ben)] });
    for (let i = 0; i < 5; i++) await world.send(room, ben, `text ${i}`);
    await world.send(room, ada, 'a picture', { kind: 'IMAGE' });
    await world.send(room, ada, 'a file', { kind: 'FILE' });
    const gone = await world.send(room, ada, 'gone');
    await world.act(ada, 'deleteMessage', { roomId: room.id, messageId: gone.id });
    await world.act(ben, 'leaveRoom', { roomId: room.id });
    const STATS = `query ($id: ID!) { room(id: $id) { createdAt stats { messages byKind { kind count } participants firstActivityAt lastActivityAt } } }`;
    const { room: seen } = await world
      .as(ada)
      .get<{ room: { createdAt: string; stats: Record<string, unknown> & { byKind: { kind: string }[] } } }>(STATS, {
        id: room.id,
      });
    const counted = await world.sql('select kind, count(*)::int as count from messages where room_id = $1 group by kind order by kind', [
      room.id,
    ]);
    const [times] = await world.sql<{ last: Date; messages: number }>(
      'select max(created_at) as last, count(*)::int as messages from messages where room_id = $1',
      [room.id],
    );
    expect(seen.stats.byKind.toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual(counted);
    expect(seen.stats).toMatchObject({
      messages: times?.messages,
      participants: 1,
      firstActivityAt: seen.createdAt,
      lastActivityAt: times?.last.toISOString(),
    });
  });
});
