import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Bus } from '../src/live/bus/bus.js';
import type { Heard } from './support/client.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { type Message, type Person, type Room, World } from './support/world.js';

const EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
  __typename
  ... on MessageAdded { revision message { sequence content createdAt } }
  ... on MessageChanged { revision message { sequence content editedAt deletedAt } }
  ... on ReceiptAdvanced { userId lastReadSequence }
} }`;

type Events = Heard<{ roomEvents: { __typename: string; revision?: number; message?: Message; userId?: string } }>;

const withRedis = hasRedis() ? describe : describe.skip;

withRedis('two nodes on one Redis', () => {
  let redis: TestRedis;
  let world: World;
  let ada: Person;
  let ben: Person;
  let staff: Person;

  beforeAll(async () => {
    redis = await TestRedis.start();
    world = await World.start({ REDIS_URL: redis.url }, 2);
    ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
    await reunited();
  });

  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });

  const buses = (): Bus[] => world.nodes.map((node) => node.app.get(Bus));

  /** Both nodes hear each other again. */
  const reunited = () => world.untilBusesAre(true);

  const aRoom = () =>
    world.room([
      [ada, 'CUSTOMER'],
      [ben, 'RIDER'],
      [staff, 'SUPPORT_STAFF'],
    ]);

  /** Ben on the second node; all that is sent goes to the first. */
  async function listening(room: Room): Promise<Events> {
    const heard: Events = world.as(ben, 1).subscribe(EVENTS, { roomId: room.id, after: 0 });
    const positions = new Set<unknown>();
    await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced' && positions.add(roomEvents.userId).size === 3);
    return heard;
  }

  const contents = (events: { roomEvents: { message?: Message } }[]) =>
    events.flatMap(({ roomEvents }) => (roomEvents.message ? [roomEvents.message.content] : []));

  /** Says so many things on the first node; the second must tell each once and in order. */
  async function expectHeard(room: Room, heard: Events, texts: string[]): Promise<void> {
    for (const text of texts) await world.send(room, ada, text);
    const events = await heard.until(({ roomEvents }) => roomEvents.message?.content === texts.at(-1));
    expect(contents(events)).toEqual(texts);
  }

  test('what is sent, edited and read on one is heard on the other, dates and all', async () => {
    const room = await aRoom();
    const heard = await listening(room);
    const sent = await world.send(room, ada, 'hello');
    expect(contents(await heard.until(({ roomEvents }) => roomEvents.message !== undefined))).toEqual(['hello']);
    await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content: 'hello!' });
    const [edited] = (await heard.until(({ roomEvents }) => roomEvents.__typename === 'MessageChanged')).slice(-1);
    expect(Date.parse(String(edited?.roomEvents.message?.['editedAt']))).toBeGreaterThan(Date.parse(String(sent['createdAt'])));
    await world.act(staff, 'markRead', { roomId: room.id, upToSequence: sent.sequence });
    await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced' && roomEvents.userId === staff.id);
    await heard.leave();
  });

  test('a removal on one ends the stream and the reading on the other', async () => {
    const room = await aRoom();
    const heard = await listening(room);
    await world.as(ben, 1).get('query ($id: ID!) { room(id: $id) { id } }', { id: room.id });
    await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
    await world.send(room, ada, 'later');
    expect(contents(await heard.rest())).toEqual([]);
    expect(await world.as(ben, 1).refusal('query ($id: ID!) { room(id: $id) { id } }', { id: room.id })).toBe('NOT_FOUND');
  });

  test('a Redis that is killed, restarted, flushed, or drops its subscribers loses no event', async () => {
    const room = await aRoom();
    const heard = await listening(room);
    await expectHeard(room, heard, ['with Redis']);
    await redis.kill();
    await expectHeard(room, heard, ['without', 'Redis']);
    await redis.start();
    await expectHeard(room, heard, ['as it', 'comes back']);
    await reunited();
    await expectHeard(room, heard, ['reunited']);
    await redis.command('client', 'kill', 'type', 'pubsub');
    await redis.command('flushall');
    await expectHeard(room, heard, ['after', 'the', 'flood']);
    await heard.leave();
  });

  test('who is removed while Redis is away hears and reads nothing later on any node', async () => {
    const room = await aRoom();
    const heard = await listening(room);
    await redis.kill();
    await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
    await world.send(room, ada, 'later');
    expect(contents(await heard.rest())).toEqual([]);
    let refusal = 'OK';
    while (refusal === 'OK') refusal = await world.as(ben, 1).refusal('query ($id: ID!) { room(id: $id) { id } }', { id: room.id });
    expect(refusal).toBe('NOT_FOUND');
    await redis.start();
    await reunited();
  });

  test('a removal that Redis loses without a word is felt within a second', async () => {
    const room = await aRoom();
    const READ = 'query ($id: ID!) { room(id: $id) { id } }';
    const heard = await listening(room);
    const other = world.as(ben, 1);
    await other.get(READ, { id: room.id });
    const { line } = buses()[0] as unknown as { line: { publish: () => void } };
    const lost = jest.spyOn(line, 'publish').mockReturnValue();
    try {
      await world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
      const removedAt = performance.now();
      while ((await other.refusal(READ, { id: room.id })) === 'OK') expect(performance.now() - removedAt).toBeLessThan(1_000);
      expect(contents(await heard.rest())).toEqual([]);
    } finally {
      lost.mockRestore();
    }
  });

  test('sending does not wait for a Redis that is away', async () => {
    const room = await aRoom();
    await world.send(room, ada, 'warm');
    await redis.kill();
    const started = performance.now();
    for (let i = 0; i < 20; i++) await world.send(room, ada, `${i}`);
    // Who waited would do so as long as it is away; this is for a machine that does much else.
    expect(performance.now() - started).toBeLessThan(5_000);
    await redis.start();
    await reunited();
  });

  /** What the first node says goes nowhere, and nothing tells it so. */
  function mute(): void {
    const { line } = buses()[0] as unknown as { line: { publisher: { stream: { write: () => boolean } } } };
    jest.spyOn(line.publisher.stream, 'write').mockReturnValue(true);
  }

  test('a node whose word is lost without a sign notices, and the others hear what it has said', async () => {
    const room = await aRoom();
    const inbox = world
      .as(ben, 1)
      .subscribe<{ inboxEvents: { room?: { lastMessage: { preview: string } } } }>(
        'subscription { inboxEvents { __typename ... on InboxRoomChanged { room { lastMessage { preview } } } } }',
      );
    await inbox.next();
    const { eve } = await world.people('eve');
    const boss = await world.person('boss', 'ADMIN');
    await world.as(eve, 1).get('{ me { id } }');
    mute();
    await world.send(room, ada, 'unheard of');
    await world.act(boss, 'deactivateUser', { userId: eve.id });
    const lostAt = performance.now();
    await world.untilBusesAre(true);
    await inbox.until(({ inboxEvents }) => inboxEvents.room?.lastMessage.preview === 'unheard of');
    while ((await world.as(eve, 1).refusal('{ me { id } }')) === 'OK');
    expect(performance.now() - lostAt).toBeLessThan(8_000);
    await inbox.leave();
  });

  test('a deactivation that Redis loses is felt by requests within seconds', async () => {
    const { fay } = await world.people('fay');
    const boss = await world.person('boss', 'ADMIN');
    await world.as(fay, 1).get('{ me { id } }');
    const { line } = buses()[0] as unknown as { line: { publish: () => void } };
    const lost = jest.spyOn(line, 'publish').mockReturnValue();
    try {
      await world.act(boss, 'deactivateUser', { userId: fay.id });
      const lostAt = performance.now();
      while ((await world.as(fay, 1).refusal('{ me { id } }')) === 'OK');
      expect(performance.now() - lostAt).toBeLessThan(8_000);
    } finally {
      lost.mockRestore();
    }
  });
});
