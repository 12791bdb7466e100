import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Heard } from './support/client.js';
import { LAST } from './support/modes.js';
import { TestRedisCluster } from './support/redis-cluster.js';
import { hasRedis } from './support/redis.js';
import { type Message, type Person, type Room, World } from './support/world.js';

const EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
  __typename ... on MessageAdded { message { content } } ... on TypingChanged { userId isTyping } } }`;
const SIGN_IN = 'mutation { signIn(input: { email: "nobody@example.test", password: "wrong wrong wrong" }) { accessToken } }';
/** In a minute. */
const SIGN_INS = 10;

type Event = { roomEvents: { __typename: string; message?: Message; isTyping?: boolean } };

const ROOMS = 24;
const withRedis = hasRedis() ? describe : describe.skip;

withRedis('two nodes on a Redis Cluster', () => {
  let redis: TestRedisCluster;
  let world: World;
  let ada: Person;
  let ben: Person;
  /** Enough of them that every master has some. */
  let rooms: Room[];

  beforeAll(async () => {
    redis = await TestRedisCluster.start();
    world = await World.start({ REDIS_URL: redis.url }, 2);
    ({ ada, ben } = await world.people('ada', 'ben'));
    const make = () =>
      world.room([
        [ada, 'CLIENT'],
        [ben, 'CLIENT'],
      ]);
    rooms = await Promise.all(Array.from({ length: ROOMS }, make));
    await world.untilBusesAre(true);
  });

  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });

  const channelsOf = (master = 0) => redis.masters[master]!.command('pubsub', 'shardchannels') as Promise<string[]>;

  /** Ben on the second node, in every room; all that is done is done on the first. */
  async function listening(): Promise<Heard<Event>[]> {
    const client = world.as(ben, LAST);
    const heard = rooms.map((room) => client.subscribe<Event>(EVENTS, { roomId: room.id }));
    await expectHeard(heard, ({ __typename }) => __typename === 'ReceiptAdvanced');
    return heard;
  }

  const say = (text: string) => Promise.all(rooms.map((room) => world.send(room, ada, text)));

  async function expectHeard(heard: Heard<Event>[], isIt: (event: Event['roomEvents']) => boolean): Promise<void> {
    await Promise.all(heard.map((one) => one.until(({ roomEvents }) => isIt(roomEvents))));
  }

  /** Nothing of it stands in PostgreSQL, so that it can only have come over Redis. */
  async function expectTyping(heard: Heard<Event>[]): Promise<void> {
    for (const room of rooms) await world.act(ada, 'setTyping', { roomId: room.id, isTyping: true });
    await expectHeard(heard, ({ isTyping }) => isTyping === true);
  }

  test('what has no other way than Redis comes over the shard of its room', async () => {
    const heard = await listening();
    await expectTyping(heard);
    const channels = await Promise.all([0, 1, 2].map(channelsOf));
    for (const some of channels) expect(some.filter((name) => name.includes('room:')).length).toBeGreaterThan(0);
    expect(channels.flat().filter((name) => name.includes('room:'))).toHaveLength(ROOMS);
    await Promise.all(heard.map((one) => one.leave()));
  });

  test('allowances are those of all nodes together', async () => {
    const refusals = async (node: number) => {
      const codes = [];
      for (let i = 0; i < SIGN_INS; i++) codes.push(await world.as(null, node).refusal(SIGN_IN));
      return codes.filter((code) => code === 'RATE_LIMITED').length;
    };
    expect(await refusals(0)).toBe(0);
    expect(await refusals(1)).toBeGreaterThan(SIGN_INS / 2);
  });

  test('while a master is away everything is heard from PostgreSQL and nobody waits; then the cluster is used again', async () => {
    const heard = await listening();
    await redis.masters[1]!.kill();
    await world.untilBusesAre(false);
    const started = performance.now();
    await say('without');
    expect(performance.now() - started).toBeLessThan(1_000);
    await expectHeard(heard, ({ message }) => message?.content === 'without');

    await redis.masters[1]!.start();
    await redis.agreed();
    await world.untilBusesAre(true);
    await say('with');
    await expectHeard(heard, ({ message }) => message?.content === 'with');
    await expectTyping(heard);
    await Promise.all(heard.map((one) => one.leave()));
  });
});
