import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { lookWhoIsThere, setClock } from './support/clock.js';
import type { ApiClient, Heard } from './support/client.js';
import { hasRedis, TestRedis } from './support/redis.js';
import { askedDuring, statementsDuring } from './support/statements.js';
import { Wire } from './support/wire.js';
import { type Person, type Room, SECRET, World } from './support/world.js';

const EVENTS = `subscription ($roomId: ID!) { roomEvents(roomId: $roomId) {
  __typename ... on PresenceChanged { userId isOnline lastSeenAt } ... on TypingChanged { userId isTyping } } }`;
const INBOX = 'subscription { inboxEvents { __typename ... on PresenceChanged { userId isOnline } } }';
const USER = 'query ($id: ID!) { userByExternalId(externalId: $id) { isOnline lastSeenAt isPresenceHidden } }';
const HIDE = 'mutation ($isHidden: Boolean!) { updatePresence(input: { isHidden: $isHidden }) { isOnline lastSeenAt isPresenceHidden } }';
const TYPE = 'mutation ($input: SetTypingInput!) { setTyping(input: $input) }';
const MINUTE = 60_000;

interface Event {
  __typename: string;
  userId?: string;
  isOnline?: boolean | null;
  lastSeenAt?: string | null;
  isTyping?: boolean;
}

interface Shown {
  isOnline: boolean | null;
  lastSeenAt: string | null;
  isPresenceHidden: boolean;
}

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.stop());

beforeEach(async () => {
  setClock(world.nodes[0]!);
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  room = await world.room([
    [ada, 'CLIENT'],
    [ben, 'CLIENT'],
    [staff, 'SUPPORT_STAFF'],
  ]);
});

/** Ada hears the room, live. */
async function listening(): Promise<Heard<{ roomEvents: Event }>> {
  const heard = world.as(ada).subscribe<{ roomEvents: Event }>(EVENTS, { roomId: room.id });
  await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced');
  return heard;
}

async function hear(heard: Heard<{ roomEvents: Event }>, wanted: (event: Event) => boolean): Promise<Event> {
  const events = await heard.until(({ roomEvents }) => wanted(roomEvents));
  return events.at(-1)!.roomEvents;
}

const ofBen =
  (type: string) =>
  (event: Event): boolean =>
    event.__typename === type && event.userId === ben.id;
const presenceOfBen = ofBen('PresenceChanged');
const typingOfBen = ofBen('TypingChanged');

async function see(person: Person, by = ada): Promise<Shown> {
  return (await world.as(by).get<{ userByExternalId: Shown }>(USER, { id: person.externalId })).userByExternalId;
}

const seenAt = (person: Person, at: Date) => world.sql('update users set last_seen_at = $2 where id = $1', [person.id, at]);

describe('presence', () => {
  test('is online to 4:59 after the last sighting, and offline from 5:00', async () => {
    const at = new Date();
    await seenAt(ben, at);
    setClock(world.nodes[0]!, () => new Date(at.getTime() + 5 * MINUTE - 1));
    expect(await see(ben)).toEqual({ isOnline: true, lastSeenAt: at.toISOString(), isPresenceHidden: false });
    setClock(world.nodes[0]!, () => new Date(at.getTime() + 5 * MINUTE));
    expect(await see(ben)).toEqual({ isOnline: false, lastSeenAt: at.toISOString(), isPresenceHidden: false });
  });

  test('begins with the first socket, stays with the last, and ends five minutes later', async () => {
    const heard = await listening();
    expect(await see(ben)).toMatchObject({ isOnline: false, lastSeenAt: null });
    const wires = [await Wire.signedIn(world.nodes[0]!, ben.token), await Wire.signedIn(world.nodes[0]!, ben.token)];
    const come = await hear(heard, presenceOfBen);
    expect(come).toMatchObject({ isOnline: true });
    expect(await see(ben)).toMatchObject({ isOnline: true, lastSeenAt: come.lastSeenAt });

    for (const wire of wires) await wire.close();
    const [{ last_seen_at: before } = { last_seen_at: null }] = await lastSeen();
    let after = before;
    while (after?.getTime() === before?.getTime()) [{ last_seen_at: after } = { last_seen_at: null }] = await lastSeen();
    expect(await see(ben)).toMatchObject({ isOnline: true });
    setClock(world.nodes[0]!, () => new Date(Date.now() + 5 * MINUTE));
    lookWhoIsThere(world.nodes[0]!);
    expect(await hear(heard, presenceOfBen)).toEqual({
      __typename: 'PresenceChanged',
      userId: ben.id,
      isOnline: false,
      lastSeenAt: after?.toISOString(),
    });
    expect(await see(ben)).toMatchObject({ isOnline: false });
    await heard.leave();
  });

  const lastSeen = () => world.sql<{ last_seen_at: Date | null }>('select last_seen_at from users where id = $1', [ben.id]);

  test('of fifty who come at once is written in a statement or two', async () => {
    const crowd = await world.people(...Array.from({ length: 50 }, (_, i) => `guest-${i}`));
    const guests = Object.values(crowd);
    let wires: Wire[] = [];
    const statements = await statementsDuring(async () => {
      wires = await Promise.all(guests.map((guest) => Wire.signedIn(world.nodes[0]!, guest.token)));
      const ids = guests.map((guest) => guest.id);
      while ((await world.sql('select 1 from users where id = any($1) and last_seen_at is null', [ids])).length > 0);
    });
    expect(statements.filter((text) => text.includes('last_seen_at = greatest')).length).toBeLessThanOrEqual(5);
    await Promise.all(wires.map((wire) => wire.close()));
  });

  test('that a person hides is hidden, in queries and in events', async () => {
    const heard = await listening();
    const wire = await Wire.signedIn(world.nodes[0]!, ben.token);
    await hear(heard, (event) => presenceOfBen(event) && event.isOnline === true);
    const { updatePresence } = await world.as(ben).get<{ updatePresence: Shown }>(HIDE, { isHidden: true });
    expect(updatePresence).toEqual({ isOnline: null, lastSeenAt: null, isPresenceHidden: true });
    expect(await hear(heard, presenceOfBen)).toMatchObject({ isOnline: null, lastSeenAt: null });
    for (const other of [ada, staff]) expect(await see(ben, other)).toEqual(updatePresence);

    // Whether they come back is not told, and what is told next is that they show themselves.
    await wire.close();
    await seenAt(ben, new Date(Date.now() - 10 * MINUTE));
    const back = await Wire.signedIn(world.nodes[0]!, ben.token);
    await seenAt(ben, new Date(Date.now() - 6 * MINUTE));
    lookWhoIsThere(world.nodes[0]!);
    await world.as(ben).get(HIDE, { isHidden: false });
    expect(await hear(heard, presenceOfBen)).toMatchObject({ lastSeenAt: expect.any(String) });
    await back.close();
    await heard.leave();
  });

  test('of people on a node that is killed ends with their lease', async () => {
    const heard = await listening();
    const child = spawn(process.execPath, ['dist/src/main.js'], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: world.database.url,
        JWT_SECRET: SECRET,
        PORT: '0',
        NODE_ENV: 'test',
        LOG_LEVEL: 'info',
      },
    });
    try {
      let output = '';
      const url = await new Promise<string>((resolve) => {
        child.stdout.on('data', (chunk) => {
          output += String(chunk);
          const [, found] = /listening at (http:[^"]+)/.exec(output) ?? [];
          if (found) resolve(found);
        });
      });
      const wire = await Wire.signedIn({ url }, ben.token);
      while ((await see(ben)).isOnline !== true);
      lookWhoIsThere(world.nodes[0]!);
      await hear(heard, (event) => presenceOfBen(event) && event.isOnline === true);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await Promise.all([gone, wire.closed]);
    } finally {
      child.kill('SIGKILL');
    }
    setClock(world.nodes[0]!, () => new Date(Date.now() + 5 * MINUTE));
    lookWhoIsThere(world.nodes[0]!);
    expect(await hear(heard, presenceOfBen)).toMatchObject({ isOnline: false });
    await heard.leave();
  });
});

describe('typing', () => {
  const type = async (client: ApiClient, isTyping: boolean) =>
    expect(await client.askBySocket(TYPE, { input: { roomId: room.id, isTyping } })).toEqual({ data: { setTyping: true } });
  const begin = (event: Event) => typingOfBen(event) && event.isTyping === true;
  const end = (event: Event) => typingOfBen(event) && event.isTyping === false;

  /** Ben on a socket that stays open, and past the first look at his membership. */
  async function connected(): Promise<ApiClient> {
    const client = world.as(ben);
    await client.subscribe(EVENTS, { roomId: room.id }).next();
    return client;
  }

  test('is heard, and asks nothing of the database', async () => {
    const heard = await listening();
    const client = await connected();
    const statements = await askedDuring(async () => {
      await type(client, true);
      await hear(heard, begin);
      await type(client, false);
      await hear(heard, end);
    });
    expect(statements).toEqual([]);
    await client.close();
    await heard.leave();
  });

  test.each<[string, (client: ApiClient) => Promise<unknown>, string]>([
    ['a message', () => world.send(room, ben, 'said'), 'OK'],
    ['a mute', () => world.act(staff, 'muteParticipant', { roomId: room.id, userId: ben.id }), 'MUTED'],
    ['a removal', () => world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id }), 'NOT_FOUND'],
    ['leaving', () => world.act(ben, 'leaveRoom', { roomId: room.id }), 'NOT_FOUND'],
    ['the last socket', (client) => client.close(), 'OK'],
    ['a deactivation', async () => world.act(await world.person('root', 'ADMIN'), 'deactivateUser', { userId: ben.id }), 'UNAUTHENTICATED'],
  ])('ends with %s', async (_, step, then) => {
    const heard = await listening();
    const client = await connected();
    await type(client, true);
    await hear(heard, begin);
    await step(client);
    await hear(heard, end);
    expect(await world.refusal(ben, 'setTyping', { roomId: room.id, isTyping: false })).toBe(then);
    await client.close();
    await heard.leave();
  });

  test('has no column anywhere', async () => {
    expect(await world.sql(`select 1 from information_schema.columns where column_name ilike '%typing%'`)).toEqual([]);
  });
});

const withRedis = hasRedis() ? describe : describe.skip;

withRedis('on two nodes', () => {
  test('who comes and who types on one is seen on the other, in the room and in the inbox', async () => {
    const redis = await TestRedis.start();
    const both = await World.start({ REDIS_URL: redis.url }, 2);
    try {
      await both.untilBusesAre(true);
      const { eve, kim } = await both.people('eve', 'kim');
      const shared = await both.room([
        [eve, 'CLIENT'],
        [kim, 'CLIENT'],
      ]);
      const heard = both.as(eve, 0).subscribe<{ roomEvents: Event }>(EVENTS, { roomId: shared.id });
      await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced');
      const inbox = both.as(eve, 0).subscribe<{ inboxEvents: Event }>(INBOX);
      await inbox.next();
      const client = both.as(kim, 1);
      await client.subscribe(EVENTS, { roomId: shared.id }).next();
      await hear(heard, (event) => event.userId === kim.id && event.isOnline === true);
      await inbox.until(({ inboxEvents: event }) => event.userId === kim.id && event.isOnline === true);
      await inbox.leave();
      await client.askBySocket(TYPE, { input: { roomId: shared.id, isTyping: true } });
      await hear(heard, (event) => event.userId === kim.id && event.isTyping === true);
      // What they send by way of the other node ends it, too.
      await both.send(shared, kim, 'said');
      await hear(heard, (event) => event.userId === kim.id && event.isTyping === false);
      await heard.leave();
    } finally {
      await both.stop();
      await redis.stop();
    }
  });
});
