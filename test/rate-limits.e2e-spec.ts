import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Limiters } from '../src/limits/limiters.service.js';
import { ask, codeOf } from './support/ask.js';
import type { Answer, ApiClient } from './support/client.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { Wire } from './support/wire.js';
import { type Person, type Room, World } from './support/world.js';

/** A tenth of what people have: 6 messages in 3 s, 10 of each other mutation in 10 s, 20 of each query in 4 s, 10 sockets of an address. */
const FACTOR = '0.1';
const MESSAGES = 6;
const SIGN_INS = 10;
const SOCKETS = 10;

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const SIGN_IN = 'mutation { signIn(input: { email: "nobody@example.test", password: "wrong wrong wrong" }) { accessToken } }';
const inputFor = (room: Room) => ({ input: { roomId: room.id, content: 'hello' } });

const isLimited = ({ errors }: Answer<unknown>) => errors?.[0]?.extensions.code === 'RATE_LIMITED';

/** How many went through until the first was refused. */
async function countUntilLimited(attempt: () => Promise<Answer<unknown>>, most: number): Promise<number> {
  for (let done = 0; done <= most; done++) if (isLimited(await attempt())) return done;
  return Infinity;
}

describe('on one node', () => {
  let world: World;
  let ada: Person;
  let ben: Person;
  let room: Room;

  beforeAll(async () => {
    world = await World.start({ RATE_LIMIT_FACTOR: FACTOR, TRUST_PROXY: 'true' });
  });

  afterAll(() => world.stop());

  /** Each test has people of its own, who have done nothing yet. */
  async function newPeople(): Promise<ApiClient> {
    ({ ada, ben } = await world.people('ada', 'ben'));
    room = await world.room([
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
    ]);
    return world.as(ada);
  }

  test.each<[string, (api: ApiClient) => Promise<Answer<unknown>>]>([
    ['HTTP', (api) => api.ask(SEND, inputFor(room))],
    ['WebSocket', (api) => api.askBySocket(SEND, inputFor(room))],
  ])('a burst of messages by %s is held back, told when to come again, and goes on then', async (_transport, send) => {
    const api = await newPeople();
    const answers = await Promise.all(Array.from({ length: 2 * MESSAGES }, () => send(api)));
    const refused = answers.filter(isLimited);
    expect(refused).toHaveLength(MESSAGES);
    const { retryAfterMs, retryable } = refused[0]!.errors![0]!.extensions;
    expect(retryable).toBe(true);
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(3_000);
    await setTimeout(Number(retryAfterMs) + 5);
    expect((await send(api)).errors).toBeUndefined();
  });

  test('both transports count together, and nobody counts for another', async () => {
    const api = await newPeople();
    for (let i = 0; i < MESSAGES / 2; i++) await api.get(SEND, inputFor(room));
    expect(await countUntilLimited(() => api.askBySocket(SEND, inputFor(room)), MESSAGES)).toBe(MESSAGES / 2);
    expect(await api.refusal(SEND, inputFor(room))).toBe('RATE_LIMITED');
    expect(await world.as(ben).refusal(SEND, inputFor(room))).toBe('OK');
  });

  test('fields count, not requests; and each operation by itself', async () => {
    const api = await newPeople();
    const names = Array.from({ length: MESSAGES + 2 }, (_, i) => `m${i}`);
    const document = `mutation ($input: SendMessageInput!) { ${names.map((name) => `${name}: sendMessage(input: $input) { id }`).join(' ')} }`;
    const { errors } = await api.ask(document, inputFor(room));
    expect(errors?.map(({ path, extensions }) => [path?.[0], extensions.code])).toEqual([[`m${MESSAGES}`, 'RATE_LIMITED']]);
    expect(
      await api.refusal('mutation ($input: MarkReadInput!) { markRead(input: $input) { lastReadSequence } }', {
        input: { roomId: room.id, upToSequence: 1 },
      }),
    ).toBe('OK');
  });

  test('guessing counts, too', async () => {
    const api = await newPeople();
    const guess = () => api.ask('query ($id: ID!) { room(id: $id) { id } }', { id: 'no id' });
    expect(await countUntilLimited(guess, 20)).toBe(20);
  });

  test('subscriptions are counted as they are opened', async () => {
    const api = await newPeople();
    const subscribe = () => api.subscribe('subscription ($id: ID!) { messageAdded(roomId: $id) { id } }', { id: 'no id' }).next();
    // A socket has place for 50 at a time.
    const codes = [];
    for (const count of [40, 21]) codes.push(...(await Promise.all(Array.from({ length: count }, subscribe))));
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(1);
  });

  test('who has not signed in is counted by address', async () => {
    const refresh = (address: string) =>
      ask(world.nodes[0]!, 'mutation { refreshSession(refreshToken: "x") { accessToken } }', {}, { address });
    const codes = [];
    for (let i = 0; i < 11; i++) codes.push(codeOf((await refresh('203.0.113.1')) as Answer<unknown>));
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'UNAUTHENTICATED'), 'RATE_LIMITED']);
    expect(codeOf((await refresh('203.0.113.2')) as Answer<unknown>)).toBe('UNAUTHENTICATED');
  });

  test('by HTTP a header says when to come again', async () => {
    const api = await newPeople();
    const post = () =>
      fetch(`${world.nodes[0]!.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.token}` },
        body: JSON.stringify({ query: SEND, variables: inputFor(room) }),
      });
    expect((await post()).headers.get('retry-after')).toBeNull();
    await countUntilLimited(() => api.ask(SEND, inputFor(room)), MESSAGES);
    const seconds = Number((await post()).headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(3);
  });

  test('an address has 10 sockets without a token: the next is closed 4429, until one of the others goes', async () => {
    const node = world.nodes[0]!;
    const open = async (address: string) => {
      const wire = await Wire.open(node, undefined, { 'x-forwarded-for': address });
      wire.say({ type: 'connection_init' });
      return wire;
    };
    const wires: Wire[] = [];
    for (let i = 0; i < SOCKETS; i++) wires.push(await open('203.0.113.7'));
    for (const wire of wires) expect(await wire.next()).toEqual({ type: 'connection_ack' });
    expect(await (await open('203.0.113.7')).closed).toMatchObject({ code: 4429, reason: expect.stringContaining('address') });

    const elsewhere = await open('203.0.113.8');
    expect(await elsewhere.next()).toEqual({ type: 'connection_ack' });
    await wires.pop()?.close();
    wires.push(await open('203.0.113.7'));
    expect(await wires.at(-1)?.next()).toEqual({ type: 'connection_ack' });
    for (const wire of [...wires, elsewhere]) await wire.close();
  });

  test('a system of the host is not counted', async () => {
    await newPeople();
    const host = world.as(await world.person('host', 'SERVICE'));
    for (let i = 0; i < 3; i++)
      await host.get('mutation ($input: CreateRoomInput!) { a: createRoom(input: $input) { id } b: createRoom(input: $input) { id } }', {
        input: {},
      });
  });
});

const withRedis = hasRedis() ? describe : describe.skip;

withRedis('two nodes on one Redis', () => {
  let redis: TestRedis;
  let world: World;

  beforeAll(async () => {
    redis = await TestRedis.start();
    world = await World.start({ RATE_LIMIT_FACTOR: FACTOR, REDIS_URL: redis.url }, 2);
  });

  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });

  /** How many messages somebody new gets through, first on one node, then on the other. */
  async function sentOnBoth(): Promise<[number, number]> {
    const ada = await world.person('ada');
    const room = await world.room([[ada, 'CLIENT']]);
    const first = await countUntilLimited(() => world.as(ada, 0).ask(SEND, inputFor(room)), MESSAGES);
    return [first, await countUntilLimited(() => world.as(ada, 1).ask(SEND, inputFor(room)), MESSAGES)];
  }

  test('an allowance is that of all nodes together: who goes to another one does not get far', async () => {
    const [first, second] = await sentOnBoth();
    expect(first).toBe(MESSAGES);
    expect(second).toBeLessThan(MESSAGES / 2);
  });

  test('tries to sign in are counted together, too', async () => {
    const signIn = (node: number) => () => world.as(null, node).ask(SIGN_IN);
    expect(await countUntilLimited(signIn(0), SIGN_INS)).toBe(SIGN_INS);
    expect(await countUntilLimited(signIn(1), SIGN_INS)).toBeLessThan(SIGN_INS / 2);
  });

  test('without Redis each node counts alone, and nobody waits; when it is back they count together', async () => {
    await redis.kill();
    expect(await sentOnBoth()).toEqual([MESSAGES, MESSAGES]);
    await redis.start();
    while ((await sentOnBoth())[1] === MESSAGES);
  });

  test('a Redis that says nothing is given up, with all that it was asked', async () => {
    const limiters = world.nodes[0]!.app.get(Limiters);
    const stream = () => (limiters['redis'] as Redis).stream;
    const before = stream();
    redis.freeze();
    expect((await sentOnBoth())[0]).toBe(MESSAGES);
    while (stream() === before) await setTimeout(50);
    redis.goOn();
    while ((await sentOnBoth())[1] === MESSAGES);
  });
});
