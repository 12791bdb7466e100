import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiClient, Heard } from './support/client.js';
import { RACING } from './support/node.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { type Message, type Person, type Room, World } from './support/world.js';

/** As many as fit into a few seconds; `RACES=10000` for the long run. */
const RACES = Number(process.env['RACES'] ?? 400);
const ROOMS = 10;

const EVENTS = `subscription ($roomId: ID!) { roomEvents(roomId: $roomId) {
  __typename ... on MessageAdded { message { sequence } } } }`;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { sequence } }';
const REMOVE = 'mutation ($input: RemoveParticipantInput!) { removeParticipant(input: $input) { status } }';
const ADD = 'mutation ($input: AddParticipantInput!) { addParticipant(input: $input) { status } }';
const LEFT_AT = `select sequence from messages where room_id = $1 and metadata->>'event' = 'participant.removed' order by sequence desc limit 1`;

type Event = { roomEvents: { __typename: string; message?: Message } };

const sequencesOf = (events: Event[]) => events.flatMap(({ roomEvents }) => roomEvents.message?.sequence ?? []);
const withRedis = hasRedis() ? describe : describe.skip;

withRedis('a person who is removed while others send', () => {
  let redis: TestRedis;
  let world: World;
  let people: Record<'ada' | 'ben' | 'staff', Person>;
  /** Everybody's clients by node; each has one socket. */
  let clients: Record<'ada' | 'ben' | 'staff', ApiClient[]>;

  beforeAll(async () => {
    redis = await TestRedis.start();
    world = await World.start({ REDIS_URL: redis.url, ...RACING }, 2);
    people = await world.people('ada', 'ben', 'staff');
    const onBoth = (person: Person) => [world.as(person, 0), world.as(person, 1)];
    clients = { ada: onBoth(people.ada), ben: onBoth(people.ben), staff: onBoth(people.staff) };
  });

  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });

  /** From when this resolves, what is sent is heard live. */
  async function listening(room: Room): Promise<Heard<Event>[]> {
    const heard = clients.ben.map((client) => client.subscribe<Event>(EVENTS, { roomId: room.id }));
    await Promise.all(heard.map((one) => one.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced')));
    return heard;
  }

  /** One race: what leaked, as text; nothing when all was right. */
  async function race(room: Room, round: number): Promise<string[]> {
    const { ada, ben, staff } = clients;
    const [near, far] = [round % 2, (round + 1) % 2];
    const heard = await listening(room);
    const send = (client: ApiClient | undefined) =>
      client!.askBySocket<{ sendMessage: { sequence: number } | null }>(SEND, {
        input: { roomId: room.id, content: 'hello', clientId: randomUUID() },
      });
    const removal = { input: { roomId: room.id, userId: people.ben.id } };
    const [, , own] = await Promise.all([send(ada[near]), send(ada[far]), send(ben[near]), staff[far]!.askBySocket(REMOVE, removal)]);
    await send(ada[near]);
    const [left] = await world.sql<{ sequence: string }>(LEFT_AT, [room.id]);
    const end = Number(left?.sequence);
    const leaks = (await Promise.all(heard.map((one) => one.rest()))).flatMap((events, node) =>
      sequencesOf(events)
        .filter((sequence) => sequence >= end)
        .map((sequence) => `round ${round}: node ${node} told ${sequence} after the removal at ${end}`),
    );
    const said = own.data?.sendMessage?.sequence;
    if (said !== undefined && said > end) leaks.push(`round ${round}: the removed person said ${said} after the removal at ${end}`);
    await staff[near]!.askBySocket(ADD, { input: { ...removal.input, role: 'CLIENT' } });
    return leaks;
  }

  async function races(count: number): Promise<string[]> {
    const rooms = await Promise.all(
      Array.from({ length: ROOMS }, () =>
        world.room([
          [people.ada, 'CLIENT'],
          [people.ben, 'CLIENT'],
          [people.staff, 'SUPPORT_STAFF'],
        ]),
      ),
    );
    let next = 0;
    const leaks = await Promise.all(
      rooms.map(async (room) => {
        const found: string[] = [];
        while (next < count) found.push(...(await race(room, next++)));
        return found;
      }),
    );
    return leaks.flat();
  }

  const patience = 60_000 + RACES * 500;

  test(
    `hears and says nothing later, on any node, in ${RACES} races`,
    async () => {
      await world.untilBusesAre(true);
      expect(await races(RACES)).toEqual([]);
    },
    patience,
  );

  test(
    'nor while Redis is away',
    async () => {
      await redis.kill();
      await world.untilBusesAre(false);
      expect(await races(Math.ceil(RACES / 10))).toEqual([]);
    },
    patience,
  );
});
