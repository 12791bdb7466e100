import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MESSAGE, type Message, type Person, type Room, World } from './support/world.js';

const SIZE = 130;

let world: World;
let ada: Person;
let ben: Person;
let room: Room;
let all: Message[];

beforeAll(async () => {
  world = await World.start();
  ({ ada, ben } = await world.people('ada', 'ben'));
  room = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
  ]);
  for (let i = 2; i <= SIZE; i++) await world.send(room, i % 2 ? ada : ben, `${i}`, i % 10 ? {} : { kind: 'IMAGE', metadata: { i } });
  // One message a minute, so that dates tell them apart.
  const database = (world.nodes[0] as (typeof world.nodes)[0]).app.get(DataSource);
  await database.query(
    `update messages set created_at = timestamptz '2026-01-01 00:00:00Z' + sequence * interval '1 minute' where room_id = $1`,
    [room.id],
  );
  const pages = [await page({ first: 100 })];
  pages.push(await page({ first: 100, after: pages[0]?.newestId }));
  all = pages.flatMap((each) => each.nodes);
});

afterAll(() => world.stop());

const PAGE = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: MessageFilter) { room(id: $id) {
  messages(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    count hasMore oldestId newestId pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ${MESSAGE} } edges { cursor node { id } }
} } }`;

interface Page {
  count: number;
  hasMore: boolean;
  oldestId: string;
  newestId: string;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  nodes: Message[];
  edges: { cursor: string; node: { id: string } }[];
}

async function page(variables: Record<string, unknown>, reader = ada): Promise<Page> {
  return (await world.as(reader).get<{ room: { messages: Page } }>(PAGE, { id: room.id, ...variables })).room.messages;
}

const sequences = ({ nodes }: Page): number[] => nodes.map((message) => message.sequence);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const idOf = (sequence: number): string => all[sequence - 1]?.id ?? '';
const minute = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();

describe('a page', () => {
  test('is the newest 50 in order, unless one says otherwise', async () => {
    const newest = await page({});
    expect(sequences(newest)).toEqual(range(SIZE - 49, SIZE));
    expect(newest).toMatchObject({ count: 50, hasMore: true, oldestId: idOf(SIZE - 49), newestId: idOf(SIZE) });
    expect(newest.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: idOf(SIZE - 49), endCursor: idOf(SIZE) });
    expect(newest.edges.map((edge) => edge.cursor)).toEqual(newest.nodes.map((message) => message.id));
  });

  test('leads back to the beginning by the id of its oldest message', async () => {
    const seen: number[] = [];
    let before: string | undefined;
    for (;;) {
      const older = await page({ last: 40, before });
      seen.unshift(...sequences(older));
      before = older.oldestId;
      if (!older.hasMore) break;
    }
    expect(seen).toEqual(range(1, SIZE));
  });

  test('leads forward from a cursor, also to the end', async () => {
    expect(sequences(await page({ first: 3, after: idOf(100) }))).toEqual([101, 102, 103]);
    expect(await page({ first: 50, after: idOf(SIZE) })).toMatchObject({ count: 0, hasMore: false, oldestId: null, newestId: null });
    expect(sequences(await page({ first: 3 }))).toEqual([1, 2, 3]);
    expect(sequences(await page({ first: 100, after: idOf(10), before: idOf(14) }))).toEqual([11, 12, 13]);
  });

  test.each([
    [{ first: 0 }, 'first'],
    [{ first: 101 }, 'first'],
    [{ last: -1 }, 'last'],
    [{ first: 1, last: 1 }, 'last'],
    [{ after: 'nonsense' }, 'after'],
    [{ before: randomUUID() }, 'before'],
  ])('of %j is refused', async (variables, field) => {
    const { errors } = await world.as(ada).ask(PAGE, { id: room.id, ...variables });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  test('takes no cursor of another room', async () => {
    const elsewhere = await world.room([[ada, 'CLIENT']]);
    const there = await world.send(elsewhere, ada, 'there');
    expect(await world.as(ada).refusal(PAGE, { id: room.id, before: there.id })).toBe('BAD_USER_INPUT');
  });
});

describe('a filter', () => {
  test('leaves the kinds that were asked for', async () => {
    const images = await page({ last: 5, filter: { kinds: ['IMAGE'] } });
    expect(sequences(images)).toEqual([90, 100, 110, 120, 130]);
    expect(images.hasMore).toBe(true);
    expect(sequences(await page({ first: 3, filter: { kinds: ['IMAGE', 'SYSTEM'] } }))).toEqual([1, 10, 20]);
    expect(sequences(await page({ first: 3, after: idOf(8), filter: { kinds: ['TEXT'] } }))).toEqual([9, 11, 12]);
    expect(await page({ filter: { kinds: [] } })).toMatchObject({ count: 0 });
  });

  test('leaves the time that was asked for: from is included, to is not', async () => {
    expect(sequences(await page({ filter: { from: minute(20), to: minute(23) } }))).toEqual([20, 21, 22]);
    expect(sequences(await page({ first: 2, filter: { from: minute(128) } }))).toEqual([128, 129]);
    expect(sequences(await page({ filter: { to: minute(3) } }))).toEqual([1, 2]);
    expect(await page({ filter: { from: minute(1_000) } })).toMatchObject({ count: 0, hasMore: false });
    expect(await page({ filter: { to: minute(0) } })).toMatchObject({ count: 0, hasMore: false });
    // The same moment in another time zone.
    expect(sequences(await page({ filter: { from: '2026-01-01T01:20:00+01:00', to: '2026-01-01T01:21:00+01:00' } }))).toEqual([20]);
  });
});

describe('clearing the history', () => {
  test('hides it from one person, for whom counts, quotes and previews begin anew, and from nobody else', async () => {
    const input = { roomId: room.id, upToSequence: 100 };
    await world.act(ben, 'clearHistory', input);
    expect(sequences(await page({ first: 1 }, ben))).toEqual([101]);
    expect(sequences(await page({ last: 100 }, ben))).toEqual(range(101, SIZE));
    expect(sequences(await page({ first: 1 }))).toEqual([1]);
    const ONE = 'query ($roomId: ID!, $id: ID!) { message(roomId: $roomId, id: $id) { id } }';
    expect(await world.as(ben).refusal(ONE, { roomId: room.id, id: idOf(100) })).toBe('NOT_FOUND');
    expect(await world.as(ben).refusal(ONE, { roomId: room.id, id: idOf(101) })).toBe('OK');
    expect(
      await world.as(ben).refusal('mutation ($input: AddReactionInput!) { addReaction(input: $input) { id } }', {
        input: { roomId: room.id, messageId: idOf(100), emoji: '👍' },
      }),
    ).toBe('NOT_FOUND');
    expect(
      await world.as(ben).refusal('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
        input: { roomId: room.id, content: 'x', replyToId: idOf(100) },
      }),
    ).toBe('BAD_USER_INPUT');

    const reply = await world.send(room, ada, 'about the past', { replyToId: idOf(50) });
    const QUOTE = 'query ($roomId: ID!, $id: ID!) { message(roomId: $roomId, id: $id) { replyTo { id } } }';
    expect(await world.as(ben).get(QUOTE, { roomId: room.id, id: reply.id })).toEqual({ message: { replyTo: null } });
    expect(await world.as(ada).get(QUOTE, { roomId: room.id, id: reply.id })).toEqual({ message: { replyTo: { id: idOf(50) } } });

    await world.act(ben, 'clearHistory', { roomId: room.id });
    const LAST = 'query ($id: ID!) { room(id: $id) { lastMessage { preview } viewer { unreadCount } } }';
    expect(await world.as(ben).get(LAST, { id: room.id })).toEqual({ room: { lastMessage: null, viewer: { unreadCount: 0 } } });
    expect(await world.as(ada).get(LAST, { id: room.id })).toMatchObject({ room: { lastMessage: { preview: 'about the past' } } });
  });
});
