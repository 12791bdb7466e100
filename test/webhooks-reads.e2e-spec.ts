import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { setClock } from './support/clock.js';
import { anEndpoint, type Endpoint, logOf, stopClock, untilLog } from './support/hooks.js';
import { type Hit, Receiver } from './support/receiver.js';
import { askedDuring } from './support/statements.js';
import { type Message, type Person, type Room, SECRET, World } from './support/world.js';

const SETTINGS = { WEBHOOK_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'silent', DATABASE_POOL: '10' };
const READ = 'message.read';
const MINUTE = 60_000;
/** A wait that chance has made no shorter than this. */
const FAILED = { status: 503, headers: { 'retry-after': '1' } };

let world: World;
let boss: Person;
let ada: Person, ben: Person, cid: Person;
let receiver: Receiver;
let room: Room;
let endpoint: Endpoint;

beforeAll(async () => {
  world = await World.start(SETTINGS);
  boss = await world.person('boss', 'ADMIN');
  ({ ada, ben, cid } = await world.people('ada', 'ben', 'cid'));
});

afterAll(() => world.stop());

beforeEach(async () => {
  receiver = await Receiver.start();
  room = await aRoom();
});

afterEach(async () => {
  setClock(world.nodes[0]!);
  const { webhookEndpoints } = await world.as(boss).get<{ webhookEndpoints: { id: string }[] }>('{ webhookEndpoints { id } }');
  for (const { id: endpointId } of webhookEndpoints) await world.act(boss, 'deleteWebhookEndpoint', { endpointId });
  await receiver.stop();
});

/** Ada has read what there is: who sends has read what came before. */
async function aRoom(): Promise<Room> {
  const made = await world.room([ada, ben, cid].map((person) => [person, 'CLIENT']));
  await world.send(made, ada, 'first');
  return made;
}
const aHook = async (events = [READ], more: object = {}) =>
  (endpoint = await anEndpoint(world, boss, { url: receiver.url, events, ...more }));
const read = (person: Person, { sequence }: Pick<Message, 'sequence'>, { id: roomId } = room) =>
  world.act(person, 'markRead', { roomId, upToSequence: sequence });
const placeOf = ({ event: { data } }: Hit) => [data['userId'], data.sequence];
const isAbout = (content: string) => (hit: Hit) => hit.event.data.message?.content === content;
const isRead = (hit: Hit) => hit.event.type === READ;
const readBy =
  (person: Person, { sequence }: Pick<Message, 'sequence'>) =>
  (hit: Hit) =>
    isRead(hit) && hit.event.data['userId'] === person.id && hit.event.data.sequence === sequence;
const delivered = () => untilLog(world, boss, endpoint, (log) => log.length > 0 && log.every(({ status }) => status === 'DELIVERED'));
const REPLAY = 'mutation ($input: ReplayWebhooksInput!) { replayWebhooks(input: $input) }';
const replay = async (input: object) =>
  (await world.as(boss).get(REPLAY, { input: { endpointId: endpoint.id, ...input } }))['replayWebhooks'];

describe('what somebody has read', () => {
  test('is told to who names it, signed, with the time, the room and the host’s own id of the reader', async () => {
    const { secret } = await aHook();
    const sent = await world.send(room, ada, 'x');
    await read(ben, sent);
    const hit = await receiver.hit(isRead);
    const [receipt] = await world.sql<{ at: Date }>('select at from read_receipts where room_id = $1 and user_id = $2', [room.id, ben.id]);
    const readAt = receipt!.at.toISOString();
    expect(new Webhook(secret).verify(hit.body, hit.headers)).toEqual({
      type: READ,
      timestamp: readAt,
      data: {
        room: { id: room.id, code: room.code, kind: 'GROUP' },
        sequence: sent.sequence,
        userId: ben.id,
        readAt,
        people: [{ id: ben.id, externalId: ben.externalId }],
      },
    });
    expect(await delivered()).toMatchObject([{ type: READ, roomId: room.id, revision: null, attempt: 1 }]);
    expect(receiver.hits).toHaveLength(1);
  });

  test('is told to nobody else, and costs nothing where nobody asks', async () => {
    await aHook(['*', 'message.*']);
    const sent = await world.send(room, ada, 'x');
    const asked = await askedDuring(async () => {
      await read(ben, sent);
      await world.send(room, cid, 'y');
      await receiver.hit(isAbout('y'));
    });
    expect(asked.filter((text) => text.includes('webhook_reads'))).toEqual([]);
    expect(receiver.hits.filter(isRead)).toEqual([]);
  });

  test('comes after what was read, and where much is read at once only the latest of each person', async () => {
    await aHook([READ, 'message.created']);
    const sent = await Promise.all(['1', '2', '3', '4', '5'].map((content) => world.send(room, ada, content)));
    // While the endpoint takes its time over the first message, all of them are read one by one.
    let goOn = () => undefined as void;
    receiver.answers((hit) => (hit.event.data.message?.content === 'slow' ? new Promise((resolve) => (goOn = () => resolve(200))) : 200));
    await delivered();
    const slow = await world.send(room, ada, 'slow');
    await receiver.hit(isAbout('slow'));
    for (const one of [...sent, slow]) for (const person of [ben, cid]) await read(person, one);
    goOn();
    for (const person of [ben, cid]) await receiver.hit(readBy(person, slow));
    await delivered();
    expect(receiver.hits.filter(isRead).map(placeOf)).toEqual([ben, cid].map(({ id }) => [id, slow.sequence]));
    for (const [at, hit] of receiver.hits.entries()) {
      const before = receiver.hits.slice(0, at).filter(({ event }) => event.type === 'message.created');
      if (isRead(hit)) expect(before.map(({ event }) => event.data.sequence)).toContain(hit.event.data.sequence);
    }
  });

  test('only grows, each position once, however many read and send at the same time', async () => {
    await aHook([READ, 'message.created']);
    const rooms = [room, await aRoom(), await aRoom()];
    await Promise.all(
      rooms.flatMap((one) =>
        [ada, ben, cid].map(async (person) => {
          for (let at = 0; at < 10; at++) await read(person, await world.send(one, person, `${at}`), one);
        }),
      ),
    );
    for (const one of rooms) for (const person of [ada, ben, cid]) await read(person, { sequence: 1_000 }, one);
    const ends = await world.sql<{ room: string; person: string; last: number }>(
      `select room_id as room, user_id as person, max(up_to_sequence)::int as last from read_receipts where room_id = any($1) group by 1, 2`,
      [rooms.map(({ id }) => id)],
    );
    for (const { room: id, person, last } of ends) {
      const isTheirs = (hit: Hit) => isRead(hit) && hit.event.data.room.id === id && hit.event.data['userId'] === person;
      await receiver.hit((hit) => isTheirs(hit) && hit.event.data.sequence === last);
      const sequences = receiver.hits.filter(isTheirs).map(({ event }) => event.data.sequence);
      expect(sequences).toEqual([...new Set(sequences)].toSorted((one, other) => one - other));
    }
    expect(ends.length).toBeGreaterThan(6);
    expect(receiver.mostAtOnce).toBe(1);
  });

  test('before an endpoint asked for it is not told, also to one that asks later', async () => {
    const sent = await world.send(room, ada, 'x');
    await read(ben, sent);
    await aHook(['message.created']);
    await world.act(boss, 'updateWebhookEndpoint', { endpointId: endpoint.id, events: [READ] });
    await read(cid, sent);
    await receiver.hit(isRead);
    await world.act(boss, 'updateWebhookEndpoint', { endpointId: endpoint.id, events: ['message.created'] });
    const unheard = await world.send(room, ada, 'unheard');
    await read(cid, unheard);
    await receiver.hit((hit) => hit.event.type === 'message.created');
    await world.act(boss, 'updateWebhookEndpoint', { endpointId: endpoint.id, events: [READ] });
    const last = await world.send(room, ada, 'last');
    await read(ben, last);
    await receiver.hit(readBy(ben, last));
    expect(receiver.hits.filter(isRead).map(placeOf)).toEqual([
      [cid.id, sent.sequence],
      [ben.id, last.sequence],
    ]);
  });
});

describe('an endpoint that fails', () => {
  test('is told again under the same id; later messages do not wait for it', async () => {
    const clock = stopClock(world.nodes[0]!);
    await aHook([READ, 'message.created']);
    const sent = await world.send(room, ada, 'x');
    receiver.answers((hit) => (isRead(hit) && hit.attempt === 1 ? FAILED : 200));
    await read(ben, sent);
    const [first] = await receiver.count(1, isRead);
    await untilLog(world, boss, endpoint, (log) => log.some(({ status }) => status === 'RETRYING'));
    await world.send(room, ada, 'y');
    await receiver.hit(isAbout('y'));
    expect(receiver.hits.filter(isRead)).toHaveLength(1);
    clock.ahead(MINUTE);
    const [, second] = await receiver.count(2, isRead);
    expect([second!.id, second!.body, second!.attempt]).toEqual([first!.id, first!.body, 2]);
    expect((await delivered()).filter(({ type }) => type === READ)).toHaveLength(1);
  });

  test('for an hour hears of the latest position alone, and waits longer from attempt to attempt', async () => {
    const clock = stopClock(world.nodes[0]!);
    await aHook();
    receiver.answers(() => FAILED);
    let last = await world.send(room, ada, 'x');
    for (const [attempt, minutes] of [0, 1, 4, 20, 35].entries()) {
      await read(ben, last);
      clock.ahead(minutes * MINUTE);
      await receiver.hit(readBy(ben, last));
      const [tried] = await untilLog(world, boss, endpoint, (log) => log.length === 1 && log[0]!.status === 'RETRYING');
      expect(tried).toMatchObject({ attempt: 1 });
      expect(await world.sql('select failures from webhook_reads where room_id = $1', [room.id])).toEqual([{ failures: attempt + 1 }]);
      last = await world.send(room, ada, `after ${minutes} minutes more`);
    }
    await read(ben, last);
    receiver.answers(() => 200);
    const failed = receiver.hits.length;
    clock.ahead(120 * MINUTE);
    await receiver.hit(readBy(ben, last));
    expect(await delivered()).toMatchObject([{ type: READ, attempt: 1 }]);
    expect(receiver.hits.slice(failed).map(placeOf)).toEqual([[ben.id, last.sequence]]);
  });

  test('with what cannot be tried again is told the next position', async () => {
    await aHook();
    receiver.answers(() => 400);
    const sent = await world.send(room, ada, 'x');
    await read(ben, sent);
    await untilLog(world, boss, endpoint, ([one]) => one?.status === 'DEAD');
    receiver.answers(() => 200);
    const next = await world.send(room, ada, 'y');
    await read(ben, next);
    await receiver.hit(readBy(ben, next));
    expect(receiver.hits).toHaveLength(2);
  });

  test('and is paused meanwhile is told the latest when it is resumed', async () => {
    await aHook();
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId: endpoint.id });
    for (const content of ['x', 'y', 'z']) await read(ben, await world.send(room, ada, content));
    await world.act(boss, 'resumeWebhookEndpoint', { endpointId: endpoint.id });
    await receiver.count(1);
    await delivered();
    expect(receiver.hits.map(placeOf)).toEqual([[ben.id, 5]]);
  });
});

describe('a node that is killed', () => {
  let child: ChildProcess | undefined;
  afterEach(() => void child?.kill('SIGKILL'));

  test('before it could say that somebody has read, or while it tells so, leaves it to another', async () => {
    await aHook();
    const sent = await world.send(room, ada, 'x');
    // As a node leaves it that has committed and done nothing more.
    await world.sql('insert into read_receipts (room_id, user_id, up_to_sequence) values ($1, $2, $3)', [room.id, ben.id, sent.sequence]);
    await receiver.hit(readBy(ben, sent));

    await delivered();
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId: endpoint.id });
    await read(cid, sent);
    await world.sql(`update webhook_endpoints set status = 'ACTIVE' where id = $1`, [endpoint.id]);
    receiver.answers(() => 'silence');
    // It knows the endpoint, and this one does not until it is resumed.
    const own = { PATH: process.env['PATH'], DATABASE_URL: world.database.url, PORT: '0', NODE_ENV: 'test', JWT_SECRET: SECRET };
    child = spawn(process.execPath, ['dist/src/main.js'], { env: { ...own, ...SETTINGS }, stdio: 'ignore' });
    const first = await receiver.hit(readBy(cid, sent));
    child.kill('SIGKILL');
    receiver.answers(() => 200);
    const clock = stopClock(world.nodes[0]!);
    await world.act(boss, 'resumeWebhookEndpoint', { endpointId: endpoint.id });
    clock.ahead(MINUTE);
    const [, second] = await receiver.count(2, readBy(cid, sent));
    expect([second!.id, second!.body, second!.attempt]).toEqual([first.id, first.body, 2]);
  });
});

describe('a replay', () => {
  test('of a delivery or a time tells the position as it is now; of a room also what was read before the endpoint was there', async () => {
    const early = await world.send(room, ada, 'early');
    await read(cid, early);
    await aHook();
    const sent = await world.send(room, ada, 'x');
    await read(ben, sent);
    await receiver.count(1);
    const [one] = await delivered();
    expect(await replay({ deliveryId: one!.id })).toBe(1);
    const [first, second] = await receiver.count(2);
    expect([second!.id, second!.body, second!.attempt]).toEqual([first!.id, first!.body, 1]);
    await delivered();

    const last = await world.send(room, ada, 'y');
    await read(ben, last);
    await receiver.hit(readBy(ben, last));
    await untilLog(world, boss, endpoint, (log) => log.length === 2 && log.every(({ status }) => status === 'DELIVERED'));
    const [from, to] = [-60, 1].map((minutes) => new Date(Date.now() + minutes * MINUTE).toISOString());
    expect(await replay({ time: { from, to } })).toBe(1);
    await receiver.count(2, readBy(ben, last));
    await delivered();

    await replay({ room: { roomId: room.id, afterRevision: 0 } });
    await receiver.hit(readBy(cid, early));
    await receiver.count(3, readBy(ben, last));
    const bens = receiver.hits.map(placeOf).filter(([userId]) => userId === ben.id);
    expect(bens.map(([, sequence]) => sequence)).toEqual([sent, sent, last, last, last].map(({ sequence }) => sequence));
  });

  test('of what is on its way already is refused', async () => {
    await aHook();
    receiver.answers(() => 'silence');
    await read(ben, await world.send(room, ada, 'x'));
    await receiver.count(1);
    const [one] = await logOf(world, boss, endpoint);
    expect(await world.refusal(boss, 'replayWebhooks', { endpointId: endpoint.id, deliveryId: one!.id })).toBe('CONFLICT');
  });
});
