import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { lookWhoIsThere, setClock } from './support/clock.js';
import type { Heard } from './support/client.js';
import { makeScenes } from './support/room-operations.js';
import { statementsDuring } from './support/statements.js';
import { Wire } from './support/wire.js';
import { aToken, type Person, type Room, World } from './support/world.js';

const INBOX = 'subscription { inboxEvents { __typename ... on PresenceChanged { userId isOnline lastSeenAt } } }';
const HIDE = 'mutation ($isHidden: Boolean!) { updatePresence(input: { isHidden: $isHidden }) { id } }';
const MINUTE = 60_000;

interface Event {
  __typename: string;
  userId?: string;
  isOnline?: boolean | null;
  lastSeenAt?: string | null;
}

type Inbox = Heard<{ inboxEvents: Event }>;

let world: World;
let ada: Person;
let ben: Person;
let kim: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.stop());

beforeEach(async () => {
  setClock(world.nodes[0]!);
  ({ ada, ben, kim } = await world.people('ada', 'ben', 'kim'));
  room = await world.room([
    [ada, 'ADMIN'],
    [ben, 'CLIENT'],
    [kim, 'CLIENT'],
  ]);
});

async function opened(person: Person): Promise<Inbox> {
  const inbox: Inbox = world.as(person).subscribe(INBOX);
  expect(await inbox.next()).toMatchObject({ inboxEvents: { __typename: 'InboxUnreadChanged' } });
  return inbox;
}

/** Who came and went, until somebody is told to have come or gone. */
async function heardUntil(inbox: Inbox, person: Person, isOnline: boolean | null): Promise<Event[]> {
  const events = await inbox.until(({ inboxEvents: event }) => event.userId === person.id && event.isOnline === isOnline);
  return events.map(({ inboxEvents }) => inboxEvents).filter(({ __typename }) => __typename === 'PresenceChanged');
}

/** Who came and went, until all of these are told to have come. */
async function heardAll(inbox: Inbox, people: Person[]): Promise<Event[]> {
  const waited = new Set(people.map(({ id }) => id));
  const events = await inbox.until(({ inboxEvents: { userId } }) => waited.delete(userId ?? '') && waited.size === 0);
  return events.map(({ inboxEvents }) => inboxEvents).filter(({ userId }) => people.some(({ id }) => id === userId));
}

/** Whom the host has told us of, and who has not been seen yet: who asks something is. */
async function expected(host: Person, name: string): Promise<Person> {
  const externalId = `${name}-${randomUUID()}`;
  const { id } = await world.do<{ id: string }>(host, 'registerUser', { externalId, displayName: name }, 'id');
  return { id, name, externalId, token: await aToken({ sub: externalId, name, role: 'USER' }) };
}

const hide = (person: Person, isHidden = true) => world.as(person).get(HIDE, { isHidden });
const come = (person: Person) => Wire.signedIn(world.nodes[0]!, person.token);

describe('the presence of others in an inbox', () => {
  test('is told as they come, hide, show themselves and go', async () => {
    const inbox = await opened(ada);
    const wire = await come(ben);
    expect((await heardUntil(inbox, ben, true)).at(-1)).toMatchObject({ lastSeenAt: expect.any(String) });
    await hide(ben);
    expect((await heardUntil(inbox, ben, null)).at(-1)).toMatchObject({ lastSeenAt: null });
    await hide(ben, false);
    await heardUntil(inbox, ben, true);
    await wire.close();
    setClock(world.nodes[0]!, () => new Date(Date.now() + 5 * MINUTE));
    lookWhoIsThere(world.nodes[0]!);
    await heardUntil(inbox, ben, false);
    await inbox.leave();
  });

  test('is that of people with whom one shares a room, as long as one does, and not one’s own', async () => {
    const { stranger, removed, left, blocked } = await world.people('stranger', 'removed', 'left', 'blocked');
    await world.room([[stranger, 'CLIENT']]);
    for (const person of [removed, left, blocked]) {
      await world.act(ada, 'addParticipant', { roomId: room.id, userId: person.id, role: 'CLIENT' });
    }
    const gone = await world.room([
      [ada, 'ADMIN'],
      [stranger, 'CLIENT'],
    ]);
    const inbox = await opened(ada);
    const outsiders = [stranger, removed, left, blocked];
    const others = await Promise.all(outsiders.map(opened));
    await heardAll(inbox, outsiders);
    await world.act(ada, 'removeParticipant', { roomId: room.id, userId: removed.id });
    await world.act(left, 'leaveRoom', { roomId: room.id });
    await world.act(ada, 'blockParticipant', { roomId: room.id, userId: blocked.id });
    await world.act(ada, 'deleteRoom', { roomId: gone.id });
    // Everybody hides, which is told to whoever may know.
    for (const person of [...outsiders, ada, ben]) await hide(person);
    const heard = (await heardUntil(inbox, ben, null)).filter(({ isOnline }) => isOnline === null);
    expect(heard.map(({ userId }) => userId)).toEqual([ben.id]);

    // Nor do they hear of anybody in that room.
    for (const person of outsiders) {
      await world.room([
        [person, 'CLIENT'],
        [kim, 'CLIENT'],
      ]);
    }
    await hide(kim);
    for (const other of others) {
      const told = (await heardUntil(other, kim, null)).filter(({ isOnline }) => isOnline === null);
      expect(told.map(({ userId }) => userId)).toEqual([kim.id]);
      await other.leave();
    }
    await inbox.leave();
  });

  test('is asked for in one statement for all who listen, and told once, however many rooms they share', async () => {
    const listeners = Object.values(await world.people(...Array.from({ length: 8 }, (_, i) => `listener-${i}`)));
    const host = await world.person('host', 'SERVICE');
    const guests = await Promise.all(Array.from({ length: 8 }, (_, i) => expected(host, `guest-${i}`)));
    const people = { subject: kim.id, active: kim.id, muted: ada.id, blocked: ben.id, outsider: ben.id };
    const scenes = await makeScenes(world, people, { roomStatus: 'OPEN' }, 500);
    await world.sql(
      `insert into participants (room_id, user_id, role)
       select room_id, user_id, 'CLIENT' from unnest($1::uuid[]) room_id, unnest($2::uuid[]) user_id`,
      [scenes.map(({ roomId }) => roomId), [...listeners, ...guests].map(({ id }) => id)],
    );
    const inboxes = await Promise.all(listeners.map(opened));
    const told: Event[][] = [];
    const wires: Wire[] = [];
    const askedFor: unknown[] = [];
    const work = async () => {
      wires.push(...(await Promise.all(guests.map(come))));
      for (const inbox of inboxes) told.push(await heardAll(inbox, guests));
    };
    await statementsDuring(work, (text, [, listenerIds]) => text.includes('as listener_ids') && askedFor.push(listenerIds));
    for (const events of told) expect(new Set(events.map(({ userId }) => userId)).size).toBe(events.length);
    expect(askedFor.length).toBeGreaterThan(0);
    for (const listenerIds of askedFor) expect(listenerIds).toEqual(expect.arrayContaining(listeners.map(({ id }) => id)));
    await Promise.all([...inboxes.map((inbox) => inbox.leave()), ...wires.map((wire) => wire.close())]);
  });
});
