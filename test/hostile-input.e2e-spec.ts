import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start();
  ({ ada, ben } = await world.people('ada', 'ben'));
  room = await world.room([
    [ada, 'PHARMACY_STAFF'],
    [ben, 'CLIENT'],
  ]);
});

afterAll(() => world.stop());

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id metadata replyTo { id } } }';
const ROOMS = 'query ($after: String) { rooms(after: $after) { nodes { id } } }';
const SEARCH = 'query ($after: String) { searchMessages(input: { text: "x" }, after: $after) { count: __typename } }';
const PAGE = 'query ($id: ID!, $from: DateTime!) { room(id: $id) { messages(filter: { from: $from }) { count } } }';
const MUTE = 'mutation ($input: MuteParticipantInput!) { muteParticipant(input: $input) { mutedUntil } }';

interface Sent {
  sendMessage: { id: string; metadata: Record<string, unknown> | null; replyTo: { id: string } | null };
}

const send = async (input: Record<string, unknown>) =>
  (await world.as(ada).get<Sent>(SEND, { input: { roomId: room.id, content: 'x', ...input } })).sendMessage;

describe('what reaches a statement', () => {
  test('a NUL byte finds nothing and breaks nothing', async () => {
    expect(await world.as(ada).refusal('query ($code: String!) { roomByCode(code: $code) { id } }', { code: '\0' })).toBe('NOT_FOUND');
    const open = 'mutation ($input: OpenDirectRoomInput!) { openDirectRoom(input: $input) { id } }';
    expect(await world.as(ada).refusal(open, { input: { userId: '\0' } })).toBe('BAD_USER_INPUT');
  });

  test.each(['2020', '0000-01-01T00:00:00.000Z', '-000001-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'])(
    'a cursor of %s is no cursor',
    async (time) => {
      const after = Buffer.from(JSON.stringify([time, room.id])).toString('base64url');
      expect(await world.as(ada).refusal(ROOMS, { after })).toBe('BAD_USER_INPUT');
      expect(await world.as(ada).refusal(SEARCH, { after })).toBe('BAD_USER_INPUT');
    },
  );

  test.each(['soon', '', '-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z'])('"%s" is no time', async (time) => {
    expect(await world.as(ada).refusal(PAGE, { id: room.id, from: time })).toBe('BAD_USER_INPUT');
    const input = { roomId: room.id, userId: ben.id, until: time };
    expect(await world.as(ada).refusal(MUTE, { input })).toBe('BAD_USER_INPUT');
  });
});

describe('metadata', () => {
  test('keeps keys that JavaScript has other plans for', async () => {
    const metadata = { constructor: 'ACME', hasOwnProperty: 1, then: { constructor: 'inside' }, toJSON: 'x' };
    const { id, metadata: told } = await send({ metadata });
    expect(told).toEqual(metadata);
    const [row] = await world.sql<{ metadata: object }>('select metadata from messages where id = $1', [id]);
    expect(row?.metadata).toEqual(metadata);
  });

  test('may be full of small values', async () => {
    const metadata = { list: Array<number>(8_000).fill(1) };
    expect((await send({ metadata })).metadata).toEqual(metadata);
  });

  test('that is deep is refused, however deep', async () => {
    const deep = `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`;
    const input = { roomId: room.id, content: 'x', metadata: JSON.parse(deep) as object };
    expect(await world.as(ada).refusal(SEND, { input })).toBe('BAD_USER_INPUT');
  });
});

describe('an id in capital letters', () => {
  test('is the same id for a reply', async () => {
    const { id } = await send({});
    expect((await send({ replyToId: id.toUpperCase() })).replyTo).toEqual({ id });
  });

  test('of a deactivated person ends what their token could do', async () => {
    const [boss, eve] = [await world.person('boss', 'ADMIN'), await world.person('eve')];
    expect(await world.as(eve).refusal('{ me { id } }')).toBe('OK');
    await world.act(boss, 'deactivateUser', { userId: eve.id.toUpperCase() });
    expect(await world.as(eve).refusal('{ me { id } }')).toBe('UNAUTHENTICATED');
  });
});
