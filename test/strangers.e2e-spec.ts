import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiClient, ClientError } from './support/client.js';
import { type ApiField, apiFields } from './support/fields.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let fields: ApiField[];
let room: Room;
let publicRoom: Room;
let insiders: Record<'owner' | 'gone' | 'blocked', Person>;
let strangers: Record<string, Person>;

beforeAll(async () => {
  world = await World.start();
  fields = apiFields(world.nodes[0]!);
  insiders = await world.people('owner', 'gone', 'blocked');
  const { owner, gone, blocked } = insiders;
  const seats: [Person, string][] = [
    [owner, 'ADMIN'],
    [gone, 'CLIENT'],
    [blocked, 'CLIENT'],
  ];
  room = await world.room(seats, { isSensitive: true });
  publicRoom = await world.room(seats, { visibility: 'PUBLIC' });
  for (const { id: roomId } of [room, publicRoom]) {
    await world.act(gone, 'leaveRoom', { roomId });
    await world.act(owner, 'blockParticipant', { roomId, userId: blocked.id });
  }
  strangers = {
    'somebody who was never there': await world.person('stranger'),
    'somebody who has left': gone,
    'somebody who is blocked': blocked,
    'platform support before a sensitive room': await world.person('support', 'SUPPORT'),
  };
});

afterAll(() => world.stop());

type Ask = (api: ApiClient, document: string, variables: Record<string, unknown>) => Promise<ClientError[] | undefined>;

const byHttp: Ask = async (api, document, variables) => (await api.ask(document, variables)).errors;
const bySocket: Ask = async (api, document, variables) => {
  try {
    return (await api.askBySocket(document, variables)).errors;
  } catch (errors) {
    return errors as ClientError[];
  }
};

const ofRooms = () => fields.filter((field) => field.room !== null);
const nowhere = (field: ApiField) => (field.room === 'code' ? ['GRP-00000000', 'no code', '', "'--"] : [randomUUID(), 'no id', '', "'--"]);

async function expectSameAnswers(api: ApiClient, field: ApiField, real: Room, ask: Ask): Promise<void> {
  const existing = await ask(api, field.document, field.variables(field.room === 'code' ? real.code : real.id));
  expect([field.name, existing?.[0]?.extensions]).toEqual([field.name, { code: 'NOT_FOUND', retryable: false }]);
  for (const other of nowhere(field)) expect(await ask(api, field.document, field.variables(other))).toEqual(existing);
}

describe('a room that is not for you is a room that does not exist', () => {
  test('the walk meets every kind of field', () => {
    expect(new Set(ofRooms().map((field) => field.kind))).toEqual(new Set(['query', 'mutation', 'subscription']));
    expect(ofRooms().length).toBeGreaterThan(25);
  });

  const WHO = [
    'somebody who was never there',
    'somebody who has left',
    'somebody who is blocked',
    'platform support before a sensitive room',
  ];

  test.each(WHO)('%s, by HTTP', async (who) => {
    const api = world.as(strangers[who]!);
    for (const field of ofRooms()) if (field.kind !== 'subscription') await expectSameAnswers(api, field, room, byHttp);
  });

  test.each(WHO)('%s, by WebSocket', async (who) => {
    const api = world.as(strangers[who]!);
    for (const field of ofRooms()) await expectSameAnswers(api, field, room, bySocket);
  });

  test('a public room shows its door to all but the blocked, and nothing else to anybody', async () => {
    const { blocked } = insiders;
    const stranger = world.as(strangers['somebody who was never there']!);
    for (const field of ofRooms()) {
      const ask = field.kind === 'subscription' ? bySocket : byHttp;
      if (field.name !== 'joinRoom') await expectSameAnswers(stranger, field, publicRoom, ask);
      await expectSameAnswers(world.as(blocked), field, publicRoom, ask);
    }
  });

  test('a message of another room is a message that does not exist, also for who is in both', async () => {
    const { owner } = insiders;
    const elsewhere = await world.send(publicRoom, owner, 'elsewhere');
    const api = world.as(owner);
    const documents = [
      'query ($roomId: ID!, $id: ID!) { message(roomId: $roomId, id: $id) { id } }',
      'query ($roomId: ID!, $id: ID!) { messageRevisions(roomId: $roomId, messageId: $id) { revision } }',
      'mutation ($roomId: ID!, $id: ID!) { editMessage(input: { roomId: $roomId, messageId: $id, content: "x" }) { id } }',
      'mutation ($roomId: ID!, $id: ID!) { deleteMessage(input: { roomId: $roomId, messageId: $id }) { id } }',
      'mutation ($roomId: ID!, $id: ID!) { addReaction(input: { roomId: $roomId, messageId: $id, emoji: "👍" }) { id } }',
      'mutation ($roomId: ID!, $id: ID!) { removeReaction(input: { roomId: $roomId, messageId: $id, emoji: "👍" }) { id } }',
      'mutation ($roomId: ID!, $id: ID!) { sendMessage(input: { roomId: $roomId, replyToId: $id, content: "x" }) { id } }',
    ];
    for (const document of documents) {
      const answer = await byHttp(api, document, { roomId: room.id, id: elsewhere.id });
      expect(answer).toHaveLength(1);
      for (const id of [randomUUID(), 'no id']) expect(await byHttp(api, document, { roomId: room.id, id })).toEqual(answer);
    }
  });
});

describe('without a token', () => {
  const closed = () => fields.filter((field) => field.permission?.access !== 'public');

  test.each([
    ['HTTP', byHttp],
    ['WebSocket', bySocket],
  ])('everything that is not public asks who you are, by %s', async (transport, ask) => {
    const nobody = world.as(null);
    for (const field of closed()) {
      if (transport === 'HTTP' && field.kind === 'subscription') continue;
      for (const named of [room.id, randomUUID(), 'no id']) {
        const errors = await ask(nobody, field.document, field.variables(named));
        expect([field.name, errors?.map((error) => error.extensions)]).toEqual([
          field.name,
          [{ code: 'UNAUTHENTICATED', retryable: false }],
        ]);
      }
    }
  });
});
