import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Node } from '../src/node.js';
import { ApiClient } from './support/client.js';
import { setClock } from './support/clock.js';
import { anEndpoint, type Endpoint, logOf, stopClock, untilLog } from './support/hooks.js';
import { startTestNode } from './support/node.js';
import { type Hit, Receiver } from './support/receiver.js';
import { type Person, type Room, SECRET, World } from './support/world.js';

const SETTINGS = { WEBHOOK_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'silent' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: World;
let boss: Person;
let ada: Person;
let receiver: Receiver;
let endpoint: Endpoint;

beforeAll(async () => {
  world = await World.start(SETTINGS);
  boss = await world.person('boss', 'ADMIN');
  ada = await world.person('ada');
});

afterAll(() => world.stop());

beforeEach(async () => {
  receiver = await Receiver.start();
});

afterEach(async () => {
  setClock(world.nodes[0]!);
  await world.act(boss, 'deleteWebhookEndpoint', { endpointId: endpoint.id });
  await receiver.stop();
});

/** A wait that chance has made no shorter than this. */
const FAILED = { status: 503, headers: { 'retry-after': '1' } };

const aRoom = () => world.room([[ada, 'CLIENT']]);
const aHook = async (input: Record<string, unknown> = {}) =>
  (endpoint = await anEndpoint(world, boss, { url: receiver.url, events: ['message.created'], ...input }));
const content = (hit: Hit) => hit.event.data.message.content;
const allWait = (count: number, attempt: number) =>
  untilLog(
    world,
    boss,
    endpoint,
    (log) => log.length === count && log.every((each) => each.status === 'RETRYING' && each.attempt === attempt),
  );
const statusOf = async () => {
  const query = 'query ($id: ID!) { webhookEndpoint(id: $id) { status statusReason failures } }';
  return (
    await world
      .as(boss)
      .get<{ webhookEndpoint: { status: string; statusReason: string | null; failures: number } }>(query, { id: endpoint.id })
  ).webhookEndpoint;
};

describe('a receiver that is down for an hour', () => {
  test('gets everything when it is back, in the order of each room', async () => {
    const clock = stopClock(world.nodes[0]!);
    const rooms = await Promise.all(Array.from({ length: 5 }, aRoom));
    const said = new Map<string, string[]>(rooms.map(({ id }) => [id, []]));
    const say = async (room: Room, text: string) => {
      await world.send(room, ada, text);
      said.get(room.id)!.push(text);
    };
    await aHook();
    receiver.answers(() => FAILED);
    // An hour in all, in steps after each of which every wait is over, whatever chance has made of it.
    for (const [attempt, minutes] of [0, 1, 4, 20, 35].entries()) {
      clock.ahead(minutes * MINUTE);
      for (const room of rooms) await say(room, `after ${minutes} minutes more`);
      await allWait(5, attempt + 1);
    }
    expect((await statusOf()).status).toBe('ACTIVE');
    const isDown = receiver.hits.length;
    receiver.answers(() => 200);
    clock.ahead(2 * HOUR);
    const heard = (await receiver.count(isDown + 25)).slice(isDown);
    const byRoom = new Map(rooms.map(({ id }) => [id, heard.filter((hit) => hit.event.data.room.id === id).map(content)]));
    expect(byRoom).toEqual(said);
    // One that had to be tried again kept its id and the order; what waited behind it was not tried at all.
    const first = heard.find((hit) => hit.event.data.room.id === rooms[0]!.id)!;
    expect(receiver.hits.filter((hit) => hit.id === first.id).map((hit) => hit.attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    const log = await untilLog(world, boss, endpoint, (entries) => entries.every(({ status }) => status === 'DELIVERED'));
    expect(log).toHaveLength(25);
    expect((await statusOf()).failures).toBe(0);
  });

  test('is signed with the time of the attempt', async () => {
    const clock = stopClock(world.nodes[0]!);
    await aHook();
    receiver.answers((hit) => (hit.attempt === 1 ? FAILED : 200));
    await world.send(await aRoom(), ada, 'x');
    await receiver.count(1);
    await untilLog(world, boss, endpoint, ([one]) => one?.status === 'RETRYING');
    clock.ahead(HOUR);
    const [first, second] = await receiver.count(2);
    const at = (hit: Hit) => Number(hit.headers['webhook-timestamp']);
    expect(at(second!) - at(first!)).toBeGreaterThanOrEqual(3_600);
    expect(second!.headers['webhook-signature']).toBe(
      new Webhook(endpoint.secret).sign(second!.id, new Date(at(second!) * 1000), second!.body),
    );
  });
});

describe('an event that fails and fails', () => {
  test('holds up its room for six hours, then is overtaken, and is dead after eight attempts', async () => {
    const clock = stopClock(world.nodes[0]!);
    const room = await aRoom();
    await aHook();
    // What asks to be left alone for some hours waits no less.
    receiver.answers((hit) => (content(hit) === 'bad' ? { status: 503, headers: { 'retry-after': String(4 * 3_600) } } : 200));
    await world.send(room, ada, 'bad');
    await world.send(room, ada, 'good');
    await receiver.count(1);
    const failed = (attempt: number) => untilLog(world, boss, endpoint, ([bad]) => bad?.attempt === attempt && bad.status !== 'IN_FLIGHT');
    expect((await failed(1))[0]).toMatchObject({ status: 'RETRYING', isDetached: false });
    clock.ahead(4 * HOUR + MINUTE);
    await receiver.count(3);
    expect(receiver.hits.map(content)).toEqual(['bad', 'bad', 'good']);
    expect((await failed(2))[0]).toMatchObject({ status: 'RETRYING', isDetached: true });
    for (let attempt = 3; attempt <= 8; attempt++) {
      clock.ahead(24 * HOUR + MINUTE);
      await failed(attempt);
    }
    expect((await logOf(world, boss, endpoint)).map(({ status, attempt }) => [status, attempt])).toEqual([
      ['DEAD', 8],
      ['DELIVERED', 1],
    ]);
    expect(new Set(receiver.hits.filter((hit) => content(hit) === 'bad').map((hit) => hit.id)).size).toBe(1);
  });

  test('for hours, with others, pauses the endpoint; resumed, it gets everything', async () => {
    const clock = stopClock(world.nodes[0]!);
    const rooms = await Promise.all(Array.from({ length: 10 }, aRoom));
    await aHook();
    receiver.answers(() => FAILED);
    for (const room of rooms) await world.send(room, ada, 'x');
    await allWait(10, 1);
    clock.ahead(MINUTE);
    await allWait(10, 2);
    expect((await statusOf()).status).toBe('ACTIVE');
    clock.ahead(3 * HOUR);
    while ((await statusOf()).status !== 'PAUSED') await new Promise(setImmediate);
    expect((await statusOf()).statusReason).toContain('failures in a row');
    receiver.answers(() => 200);
    await world.act(boss, 'resumeWebhookEndpoint', { endpointId: endpoint.id });
    await untilLog(world, boss, endpoint, (log) => log.every(({ status }) => status === 'DELIVERED'));
  });

  test('through a fault of ours is left alone for half a minute, then tried again', async () => {
    const clock = stopClock(world.nodes[0]!);
    const room = await aRoom();
    await aHook();
    const [{ secrets }] = (await world.sql<{ secrets: object[] }>('select secrets from webhook_endpoints')) as [{ secrets: object[] }];
    const keep = (sealed: unknown) => world.sql('update webhook_endpoints set secrets = $1', [JSON.stringify(sealed)]);
    const reread = () => world.act(boss, 'updateWebhookEndpoint', { endpointId: endpoint.id, description: 'read anew' });
    await keep([{ sealed: 'of another key', notAfter: null }]);
    await reread();
    await world.send(room, ada, 'x');
    await untilLog(world, boss, endpoint, ([one]) => one?.status === 'IN_FLIGHT');
    await keep(secrets);
    await reread();
    // Sweeps, which at this time find nothing that is due.
    for (let i = 0; i < 5; i++) clock.ahead(5_000);
    expect((await logOf(world, boss, endpoint)).map(({ attempt }) => attempt)).toEqual([1]);
    expect(receiver.hits).toEqual([]);
    clock.ahead(6_000);
    expect((await receiver.count(1))[0]!.attempt).toBe(2);
  });

  test('lets later ones go on where order does not matter', async () => {
    const clock = stopClock(world.nodes[0]!);
    const room = await aRoom();
    await aHook({ ordering: 'NONE' });
    receiver.answers((hit) => (content(hit) === 'bad' && hit.attempt === 1 ? FAILED : 200));
    await world.send(room, ada, 'bad');
    await world.send(room, ada, 'good');
    await receiver.count(2);
    await untilLog(world, boss, endpoint, ([bad, good]) => bad?.status === 'RETRYING' && good?.status === 'DELIVERED');
    clock.ahead(MINUTE);
    expect((await receiver.count(3)).map(content)).toEqual(['bad', 'good', 'bad']);
  });

  test('is no event any longer when its message was changed once more', async () => {
    const clock = stopClock(world.nodes[0]!);
    const room = await aRoom();
    await aHook({ events: ['message.updated'] });
    receiver.answers((hit) => (content(hit) === 'worse' ? FAILED : 200));
    const { id: messageId } = await world.send(room, ada, 'x');
    await world.act(ada, 'editMessage', { roomId: room.id, messageId, content: 'worse' });
    await receiver.count(1);
    await untilLog(world, boss, endpoint, ([one]) => one?.status === 'RETRYING');
    await world.act(ada, 'editMessage', { roomId: room.id, messageId, content: 'better' });
    clock.ahead(MINUTE);
    await receiver.hit((hit) => content(hit) === 'better');
    const log = await untilLog(world, boss, endpoint, (entries) => entries.every(({ status }) => status === 'DELIVERED'));
    expect(log.map(({ revision }) => revision)).toEqual([4]);
  });
});

describe('several nodes', () => {
  let other: Node;
  let child: ChildProcess | undefined;

  afterEach(async () => {
    child?.kill('SIGKILL');
    await other?.close();
  });

  test('bring each event once, and never the same one at once', async () => {
    await aHook();
    other = await startTestNode(world.database, { JWT_SECRET: SECRET, ...SETTINGS });
    const rooms = await Promise.all(Array.from({ length: 8 }, aRoom));
    receiver.answers(() => new Promise((resolve) => setImmediate(() => resolve(200))));
    const api = [world.as(ada), new ApiClient(other.url, ada.token)];
    const send = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
    const sends = rooms.flatMap(({ id: roomId }) =>
      Array.from({ length: 10 }, (_, at) => api[at % 2]!.get(send, { input: { roomId, content: `${at}` } })),
    );
    await Promise.all(sends);
    await receiver.count(80);
    await untilLog(world, boss, endpoint, (log) => log.length === 80 && log.every(({ status }) => status === 'DELIVERED'));
    expect(receiver.hits).toHaveLength(80);
    expect(receiver.mostAtOnce).toBe(1);
    for (const { id } of rooms) {
      const sequences = receiver.hits.filter((hit) => hit.event.data.room.id === id).map((hit) => hit.event.data.sequence);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
  });

  test('one that is killed between sending and writing it down leaves the event to another, under the same id', async () => {
    const room = await aRoom();
    await aHook();
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId: endpoint.id });
    await world.send(room, ada, 'x');
    await world.sql(`update webhook_endpoints set status = 'ACTIVE' where id = $1`, [endpoint.id]);
    receiver.answers(() => 'silence');
    // It knows the endpoint, and this one does not until it is resumed.
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: world.database.url,
      PORT: '0',
      NODE_ENV: 'test',
      JWT_SECRET: SECRET,
      ...SETTINGS,
    };
    child = spawn(process.execPath, ['dist/src/main.js'], { env, stdio: 'ignore' });
    const [first] = await receiver.count(1);
    child.kill('SIGKILL');
    receiver.answers(() => 200);
    other = await startTestNode(world.database, { JWT_SECRET: SECRET, ...SETTINGS });
    stopClock(other).ahead(MINUTE);
    const [, second] = await receiver.count(2);
    expect([second!.id, second!.body, second!.attempt]).toEqual([first!.id, first!.body, 2]);
    const [told] = await untilLog(world, boss, endpoint, ([one]) => one?.status === 'DELIVERED');
    expect(told?.attempt).toBe(2);
  });

  test('one that stops lets go of what it was sending', async () => {
    const room = await aRoom();
    await aHook();
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId: endpoint.id });
    await world.send(room, ada, 'x');
    await world.sql(`update webhook_endpoints set status = 'ACTIVE' where id = $1`, [endpoint.id]);
    receiver.answers(() => 'silence');
    const stopping = await startTestNode(world.database, { JWT_SECRET: SECRET, ...SETTINGS });
    await receiver.count(1);
    await stopping.close();
    receiver.answers(() => 200);
    other = await startTestNode(world.database, { JWT_SECRET: SECRET, ...SETTINGS });
    await receiver.count(2);
    await untilLog(world, boss, endpoint, ([one]) => one?.status === 'DELIVERED');
  });
});
