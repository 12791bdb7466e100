import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { anEndpoint, type Endpoint, logOf, untilLog } from './support/hooks.js';
import { type Hit, Receiver } from './support/receiver.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let boss: Person;
let ada: Person;
let ben: Person;
let receiver: Receiver;
let room: Room;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  boss = await world.person('boss', 'ADMIN');
  ({ ada, ben } = await world.people('ada', 'ben'));
});

afterAll(() => world.stop());

beforeEach(async () => {
  receiver = await Receiver.start();
  room = await aRoom();
});

afterEach(async () => {
  for (const { id } of await endpoints()) await world.act(boss, 'deleteWebhookEndpoint', { endpointId: id });
  await receiver.stop();
});

const aRoom = () =>
  world.room([
    [ada, 'PHARMACY_STAFF'],
    [ben, 'CLIENT'],
  ]);
const aHook = (input: Record<string, unknown> = {}) => anEndpoint(world, boss, { url: receiver.url, ...input });
const endpoints = async () =>
  (await world.as(boss).get<{ webhookEndpoints: { id: string; status: string }[] }>('{ webhookEndpoints { id status } }')).webhookEndpoints;
const ofType = (type: string) => (hit: Hit) => hit.event.type === type;
const contents = (hits: Hit[]) => hits.map((hit) => hit.event.data.message.content);
const replay = async (endpoint: Endpoint, input: Record<string, unknown>) =>
  (
    await world
      .as(boss)
      .get('mutation ($input: ReplayWebhooksInput!) { replayWebhooks(input: $input) }', { input: { endpointId: endpoint.id, ...input } })
  )['replayWebhooks'];

describe('an endpoint hears', () => {
  test('of a reaction, and of one that is taken back, what stands under the message and when that changed', async () => {
    await aHook({ events: ['message.updated'] });
    const sent = await world.send(room, ada, 'Done?');
    const reaction = { roomId: room.id, messageId: sent.id, emoji: '👍' };
    await world.act(ben, 'addReaction', reaction);
    const added = await receiver.hit(ofType('message.updated'));
    expect(added.event.data.message.reactions).toEqual([{ emoji: '👍', userIds: [ben.id] }]);
    expect(Date.parse(added.event.timestamp)).toBeGreaterThan(Date.parse(sent['createdAt'] as string));
    await world.act(ben, 'removeReaction', reaction);
    const [, removed] = await receiver.count(2);
    expect(removed!.event.data.message.reactions).toEqual([]);
    expect(Date.parse(removed!.event.timestamp)).toBeGreaterThan(Date.parse(added.event.timestamp));
  });

  test('what happens from then on, each event signed, with its room and the host’s own ids of its people', async () => {
    await world.send(room, ada, 'before');
    const { secret } = await aHook();
    const sent = await world.send(room, ada, 'after');
    await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content: 'edited' });
    const edited = await receiver.hit(ofType('message.updated'));
    await world.act(ada, 'deleteMessage', { roomId: room.id, messageId: sent.id });
    await world.act(ada, 'removeParticipant', { roomId: room.id, userId: ben.id, reason: 'moved on' });
    const [first, , third, fourth] = await receiver.count(4);
    expect(receiver.hits.map((hit) => hit.event.type)).toEqual([
      'message.created',
      'message.updated',
      'message.deleted',
      'participant.removed',
    ]);
    for (const hit of receiver.hits) expect(new Webhook(secret).verify(hit.body, hit.headers)).toEqual(hit.event);
    expect(() => new Webhook(secret).verify(first!.body.replace('"', "'"), first!.headers)).toThrow('No matching signature');
    expect(first!.headers).toMatchObject({ 'webhook-attempt': '1', 'parley-version': '2026-11-01', 'user-agent': 'Parley' });
    expect(edited.event).toMatchObject({
      timestamp: expect.any(String),
      data: {
        room: { id: room.id, code: room.code, kind: 'GROUP' },
        revision: 4,
        sequence: 3,
        message: { id: sent.id, senderId: ada.id, content: 'edited', kind: 'TEXT' },
        people: [{ id: ada.id, externalId: ada.externalId }],
      },
    });
    expect(third!.event.data.message).toMatchObject({ content: null, deletedAt: expect.any(String) });
    expect(fourth!.event.data).toMatchObject({
      notice: { event: 'participant.removed', userId: ben.id, actorId: ada.id, reason: 'moved on' },
      people: [
        { id: ben.id, externalId: ben.externalId },
        { id: ada.id, externalId: ada.externalId },
      ],
    });
    expect(new Set(receiver.hits.map((hit) => hit.id)).size).toBe(4);
  });

  test('only of its rooms, and only what it asked for', async () => {
    await aHook({ events: ['room.*'], roomIds: [room.id] });
    const other = await aRoom();
    await world.send(room, ada, 'not asked for');
    await world.act(ada, 'closeRoom', { roomId: other.id });
    await world.act(ada, 'closeRoom', { roomId: room.id });
    const closed = await receiver.hit(ofType('room.closed'));
    expect(closed.event.data.room.id).toBe(room.id);
    await world.act(ada, 'reopenRoom', { roomId: room.id });
    await receiver.hit(ofType('room.reopened'));
    expect(receiver.hits).toHaveLength(2);
  });

  test('all of a room that is younger than itself, and of one kind when it likes', async () => {
    await aHook({ roomKinds: ['SUPPORT'], events: ['room.created', 'message.created'] });
    await world.send(room, ada, 'another kind of room');
    const young = await world.room([[ada, 'CUSTOMER']], { kind: 'SUPPORT' });
    await world.send(young, ada, 'help');
    const hits = await receiver.count(2);
    expect(hits.map((hit) => [hit.event.type, hit.event.data.room.id])).toEqual([
      ['room.created', young.id],
      ['message.created', young.id],
    ]);
  });

  test('a room’s events one after the other, and other rooms meanwhile', async () => {
    await aHook({ events: ['message.created'] });
    const other = await aRoom();
    const { promise: opened, resolve: open } = Promise.withResolvers<number>();
    receiver.answers((hit) => (hit.event.data.message.content === 'first' ? opened : 204));
    await world.send(room, ada, 'first');
    await world.send(room, ada, 'second');
    await receiver.count(1);
    await world.send(other, ada, 'elsewhere');
    await receiver.count(2);
    expect(contents(receiver.hits)).toEqual(['first', 'elsewhere']);
    open(204);
    await receiver.count(3);
    expect(contents(receiver.hits)).toEqual(['first', 'elsewhere', 'second']);
  });

  test('after a pause what it has missed', async () => {
    const { id: endpointId } = await aHook({ events: ['message.created'] });
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId });
    await world.send(room, ada, 'one');
    await world.send(room, ada, 'two');
    expect(receiver.hits).toEqual([]);
    await world.act(boss, 'resumeWebhookEndpoint', { endpointId });
    expect(contents(await receiver.count(2))).toEqual(['one', 'two']);
  });
});

describe('a step of an order', () => {
  test('is one event, with the transition and without a message beside it, and cannot be taken back', async () => {
    await aHook({ roomKinds: ['ORDER'] });
    const host = await world.person('host', 'SERVICE');
    const order = await world.do<{ id: string; room: { id: string } }>(
      host,
      'placeOrder',
      { customerId: ada.id, staffIds: [ben.id], items: [{ name: 'Soap' }], totalMinor: 100, currency: 'EUR', idempotencyKey: 'key' },
      'id room { id }',
    );
    for (const event of ['accept', 'start', 'ready']) await world.act(ben, 'updateOrderStatus', { orderId: order.id, event });
    await receiver.hit(ofType('order.ready'));
    const steps = await world.sql<{ id: string; event: string; message_id: string }>(
      'select id, event, message_id from transitions where room_id = $1 order by version',
      [order.room.id],
    );
    const told = receiver.hits.filter((hit) => hit.event.data['transition'] !== undefined);
    expect(told.map(({ event: { type, data } }) => [type, data['transition'], data['messageId']])).toEqual(
      steps.map(({ id, event, message_id }) => [
        `order.${event}`,
        expect.objectContaining({ transitionId: id, aggregate: 'order', aggregateId: order.id, event }),
        message_id,
      ]),
    );
    expect(steps).toHaveLength(4);
    expect(receiver.hits.filter((hit) => hit.event.type.startsWith('message.'))).toEqual([]);
    const taken = { roomId: order.room.id, messageId: steps[0]!.message_id, reason: 'regret' };
    expect(await world.refusal(ben, 'deleteMessage', taken)).toBe('FORBIDDEN');
  });
});

describe('an event that is refused', () => {
  test('for good is dead at once, and the room goes on; told again it has the same id', async () => {
    const endpoint = await aHook({ events: ['message.created'] });
    receiver.answers((hit) => (hit.event.data.message.content === 'bad' ? { status: 422, body: 'I cannot read this\0' } : 200));
    await world.send(room, ada, 'bad');
    await world.send(room, ada, 'good');
    await receiver.count(2);
    const [dead, good] = await untilLog(world, boss, endpoint, (log) => log[1]?.status === 'DELIVERED');
    expect(dead).toMatchObject({
      status: 'DEAD',
      code: 422,
      attempt: 1,
      error: 'I cannot read this',
      type: 'message.created',
      roomId: room.id,
    });
    expect(await logOf(world, boss, endpoint, { statuses: ['DEAD'], type: 'message.created', roomId: room.id })).toEqual([dead]);

    receiver.answers(() => 200);
    expect(await replay(endpoint, { deliveryId: dead!.id })).toBe(1);
    const again = await receiver.hit((hit) => hit.id === dead!.webhookId && receiver.hits.indexOf(hit) > 1);
    expect(again).toMatchObject({ attempt: 1, body: receiver.hits[0]!.body });
    const [alive] = await untilLog(world, boss, endpoint, (log) => log[0]?.status === 'DELIVERED');
    expect(alive).toMatchObject({ error: null, code: 200, isDetached: true });
    expect(good!.isDetached).toBe(false);
  });

  test('with 410 disables its endpoint, which somebody may resume', async () => {
    const { id: endpointId } = await aHook({ events: ['message.created'] });
    receiver.answers(() => 410);
    await world.send(room, ada, 'gone');
    while ((await endpoints())[0]?.status !== 'DISABLED') await new Promise(setImmediate);
    await world.send(room, ada, 'unheard');
    receiver.answers(() => 200);
    await world.act(boss, 'resumeWebhookEndpoint', { endpointId });
    await receiver.hit((hit) => contents([hit])[0] === 'unheard');
    expect(contents(receiver.hits)).toEqual(['gone', 'unheard']);
  });

  test('a redirect is not followed', async () => {
    const endpoint = await aHook({ events: ['message.created'] });
    const elsewhere = await Receiver.start();
    receiver.answers(() => ({ status: 307, headers: { location: elsewhere.url } }));
    await world.send(room, ada, 'x');
    const [tried] = await untilLog(world, boss, endpoint, (log) => log[0]?.status === 'RETRYING');
    expect(tried).toMatchObject({ code: 307, attempt: 1, nextAt: expect.any(String) });
    expect(elsewhere.hits).toEqual([]);
    await elsewhere.stop();
  });

  test('an answer of any length is read no further than it is of use', async () => {
    const endpoint = await aHook({ events: ['message.created'] });
    receiver.answers(() => ({ status: 400, body: 'no '.repeat(1_000_000) }));
    await world.send(room, ada, 'x');
    const [dead] = await untilLog(world, boss, endpoint, (log) => log[0]?.status === 'DEAD');
    expect(dead?.error).toHaveLength(1_000);
  });
});

describe('a replay', () => {
  const said = async () => {
    for (const content of ['one', 'two', 'three']) await world.send(room, ada, content);
    await receiver.count(3);
  };

  test('of a room tells everything after a place once more, in order and under the same ids', async () => {
    const endpoint = await aHook({ events: ['message.created'] });
    await said();
    await untilLog(world, boss, endpoint, (log) => log.every(({ status }) => status === 'DELIVERED'));
    expect(await replay(endpoint, { room: { roomId: room.id, afterSequence: 2 } })).toBe(2);
    const hits = await receiver.count(5);
    expect(contents(hits)).toEqual(['one', 'two', 'three', 'two', 'three']);
    expect(hits[3]!.id).toBe(hits[1]!.id);
    await untilLog(world, boss, endpoint, (log) => log.every(({ status }) => status === 'DELIVERED'));
    expect(await replay(endpoint, { room: { roomId: room.id, afterRevision: 0 } })).toBe(3);
    expect(contents((await receiver.count(8)).slice(5))).toEqual(['one', 'two', 'three']);
  });

  test('of a time tells what was first tried then, in the order of the room', async () => {
    const endpoint = await aHook({ events: ['message.created'] });
    const from = new Date().toISOString();
    await said();
    const to = new Date(Date.now() + 60_000).toISOString();
    await untilLog(world, boss, endpoint, (log) => log.every(({ status }) => status === 'DELIVERED'));
    expect(await replay(endpoint, { time: { from: to, to } })).toBe(0);
    expect(await replay(endpoint, { time: { from, to } })).toBe(3);
    expect(contents((await receiver.count(6)).slice(3))).toEqual(['one', 'two', 'three']);
  });

  test('needs one thing to tell, and a room that the endpoint hears of', async () => {
    const endpoint = await aHook({ roomIds: [room.id] });
    const other = await aRoom();
    const code = (input: Record<string, unknown>) =>
      world.as(boss).refusal('mutation ($input: ReplayWebhooksInput!) { replayWebhooks(input: $input) }', {
        input: { endpointId: endpoint.id, ...input },
      });
    expect(await code({})).toBe('BAD_USER_INPUT');
    expect(await code({ deliveryId: room.id, room: { roomId: room.id, afterSequence: 0 } })).toBe('BAD_USER_INPUT');
    expect(await code({ room: { roomId: room.id } })).toBe('BAD_USER_INPUT');
    expect(await code({ room: { roomId: other.id, afterSequence: 0 } })).toBe('NOT_FOUND');
    expect(await code({ deliveryId: room.id })).toBe('NOT_FOUND');
    expect(await code({ endpointId: room.id, room: { roomId: room.id, afterSequence: 0 } })).toBe('NOT_FOUND');
  });
});
