import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Message, type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let room: Room;
let secret: Message;

beforeAll(async () => {
  world = await World.start();
  ada = await world.person('ada');
  room = await world.room([[ada, 'ADMIN']]);
  secret = await world.send(room, ada, 'between us');
});

afterAll(() => world.stop());

const MESSAGES =
  'query ($id: ID!) { room(id: $id) { messages { nodes { content replyTo { content } } } lastMessage { preview } viewer { unreadCount lastReadSequence } } }';

interface Seen {
  room: {
    messages: { nodes: { content: string; replyTo: { content: string } | null }[] };
    lastMessage: { preview: string } | null;
    viewer: { unreadCount: number; lastReadSequence: number };
  };
}

const see = async (person: Person) => (await world.as(person).get<Seen>(MESSAGES, { id: room.id })).room;
const add = (person: Person, more: object) =>
  world.act(ada, 'addParticipant', { roomId: room.id, userId: person.id, role: 'CLIENT', ...more });

async function replayed(person: Person, last: string): Promise<string[]> {
  type Event = { roomEvents: { message?: { content: string | null } } };
  const EVENTS = `subscription ($id: ID!) { roomEvents(roomId: $id, after: 0) {
    ... on MessageAdded { message { content } } ... on MessageChanged { message { content } } } }`;
  const heard = world.as(person).subscribe<Event>(EVENTS, { id: room.id });
  const events = await heard.until((event) => event.roomEvents.message?.content === last);
  await heard.leave();
  return events.flatMap((event) => event.roomEvents.message?.content ?? []);
}

test('a mute is shown for as long as it lasts, to everybody and to who is muted', async () => {
  const mia = await world.person('mia');
  const own = await world.room([
    [ada, 'ADMIN'],
    [mia, 'CLIENT'],
  ]);
  const until = new Date(Date.now() + 60 * 60_000);
  await world.act(ada, 'muteParticipant', { roomId: own.id, userId: mia.id, until: until.toISOString() });
  type Standing = { userId: string; status: string; mutedUntil: string | null };
  const shown = async () => {
    const fields = 'viewer { status mutedUntil } participants { userId status mutedUntil } muted: participants(status: [MUTED]) { userId }';
    const { room: seen } = await world
      .as(mia)
      .get<{ room: Record<'participants' | 'muted', Standing[]> & { viewer: Standing } }>(
        `query ($id: ID!) { room(id: $id) { ${fields} } }`,
        {
          id: own.id,
        },
      );
    const { userId, ...seat } = seen.participants.find((one) => one.userId === mia.id)!;
    expect(seen.viewer).toEqual(seat);
    expect(seen.muted).toEqual(seat.status === 'MUTED' ? [{ userId }] : []);
    return seat;
  };
  expect(await shown()).toEqual({ status: 'MUTED', mutedUntil: until.toISOString() });
  await world.setTime(new Date(until.getTime() - 1));
  expect(await shown()).toEqual({ status: 'MUTED', mutedUntil: until.toISOString() });
  await world.setTime(until);
  expect(await shown()).toEqual({ status: 'ACTIVE', mutedUntil: null });
  await world.setTime(new Date());
  await world.act(ada, 'muteParticipant', { roomId: own.id, userId: mia.id });
  expect(await shown()).toEqual({ status: 'MUTED', mutedUntil: null });
});

describe('who comes later', () => {
  test('and shares the history reads it all, as read', async () => {
    const ben = await world.person('ben');
    await add(ben, {});
    const seen = await see(ben);
    expect(seen.messages.nodes.map((message) => message.content)).toContain('between us');
    expect(seen.viewer.unreadCount).toBe(0);
    expect(seen.viewer.lastReadSequence).toBe(2);
  });

  test('and does not, finds nothing earlier anywhere', async () => {
    const chi = await world.person('chi');
    await world.act(ada, 'addReaction', { roomId: room.id, messageId: secret.id, emoji: '👍' });
    await add(chi, { shareHistory: false });
    expect((await see(chi)).messages.nodes.map((message) => message.content)).toEqual(['ada added chi']);
    expect((await see(chi)).lastMessage?.preview).toBe('ada added chi');
    await world.send(room, ada, 'an answer', { replyToId: secret.id });
    await world.act(ada, 'addReaction', { roomId: room.id, messageId: secret.id, emoji: '🎉' });

    const seen = await see(chi);
    expect(seen.messages.nodes).toEqual([
      { content: 'ada added chi', replyTo: null },
      { content: 'an answer', replyTo: null },
    ]);
    expect(seen.viewer.unreadCount).toBe(1);
    const api = world.as(chi);
    expect(
      await api.refusal('query ($id: ID!, $message: ID!) { message(roomId: $id, id: $message) { id } }', {
        id: room.id,
        message: secret.id,
      }),
    ).toBe('NOT_FOUND');
    const { changes } = await api.get(
      'query ($id: ID!) { changes(roomId: $id, after: 0) { events { ... on MessageAdded { message { content } } ... on MessageChanged { message { content } } } } }',
      {
        id: room.id,
      },
    );
    expect(JSON.stringify(changes)).not.toContain('between us');
    expect(JSON.stringify(changes)).toContain('an answer');
    expect(await replayed(chi, 'an answer')).toEqual(['ada added chi', 'an answer']);
    for (const [mutation, more] of [
      ['addReaction', { messageId: secret.id, emoji: '👍' }],
      ['deleteMessage', { messageId: secret.id }],
    ] as const) {
      expect(await world.refusal(chi, mutation, { roomId: room.id, ...more })).toBe('NOT_FOUND');
    }
    expect(await world.refusal(chi, 'sendMessage', { roomId: room.id, content: 'x', replyToId: secret.id })).toBe('BAD_USER_INPUT');
  });

  test('and comes back, does not see more than before', async () => {
    const dan = await world.person('dan');
    await add(dan, { shareHistory: false });
    await world.send(room, ada, 'while dan is here');
    await world.act(dan, 'leaveRoom', { roomId: room.id });
    await world.send(room, ada, 'while dan is away');
    await add(dan, { shareHistory: true });
    const contents = (await see(dan)).messages.nodes.map((message) => message.content);
    expect(contents).toEqual(['ada added dan', 'while dan is here', 'dan left', 'while dan is away', 'ada added dan']);
    await world.act(dan, 'leaveRoom', { roomId: room.id });
    await add(dan, { shareHistory: false });
    expect((await see(dan)).messages.nodes.map((message) => message.content)).toEqual(['ada added dan']);
  });
});

describe('how somebody is notified', () => {
  test('is theirs to say, piece by piece, and nobody is told', async () => {
    const ben = await world.person('ben');
    await add(ben, {});
    const prefer = (input: object) => world.refusal(ben, 'updateNotificationPreferences', { roomId: room.id, ...input });
    const said = async (person: Person) =>
      (await world.as(person).get('query ($id: ID!) { room(id: $id) { viewer { notificationPreferences } } }', { id: room.id }))['room'];
    const revision = () => world.sql('select revision from rooms where id = $1', [room.id]);
    const earlier = await revision();
    expect(await prefer({ level: 'MENTIONS' })).toBe('OK');
    expect(await prefer({ channels: ['PUSH'], silentUntil: '2100-01-01T00:00:00.000Z' })).toBe('OK');
    expect(await prefer({ silentUntil: null })).toBe('OK');
    const expected = { version: 1, level: 'MENTIONS', channels: ['PUSH'], silentUntil: null };
    expect(await said(ben)).toEqual({ viewer: { notificationPreferences: expected } });
    expect(await said(ada)).toEqual({ viewer: { notificationPreferences: {} } });
    for (const wrong of [{ level: 'LOUD' }, { channels: ['PIGEON'] }, { channels: ['PUSH', 'PUSH'] }]) {
      expect(await prefer(wrong)).toBe('BAD_USER_INPUT');
    }
    expect(await revision()).toEqual(earlier);
  });
});
