import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source.js';
import type { Node } from '../src/node.js';
import { Cable } from './support/cable.js';
import { ApiClient } from './support/client.js';
import { startTestNode } from './support/node.js';
import { MESSAGE, type Person, type Room, SECRET, World } from './support/world.js';

const ANSWERED_WITHIN_MS = 10_000;
const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${MESSAGE} } }`;
const EVENTS = `subscription ($id: ID!) { roomEvents(roomId: $id, after: 0) {
  __typename
  ... on MessageAdded { message { content } }
} }`;

type Events = { roomEvents: { __typename: string; message?: { content: string } } };

describe('a node whose line to PostgreSQL is dead without a word', () => {
  let world: World;
  let cable: Cable;
  let node: Node;
  let ada: Person;
  let ben: Person;
  let room: Room;
  let client: ApiClient;

  beforeAll(async () => {
    // graphile-worker prints what it meets, past every logger.
    jest.spyOn(console, 'trace').mockReturnValue();
    world = await World.start();
    cable = await Cable.to(world.database.url);
    node = await startTestNode(world.database, { JWT_SECRET: SECRET, DATABASE_URL: cable.url, LOG_LEVEL: 'silent' });
    const { master } = node.app.get(DataSource).driver as unknown as { master: Pool };
    master.options.connectionTimeoutMillis = dataSourceOptions('', { databasePool: 1 }).extra.connectionTimeoutMillis;
    ({ ada, ben } = await world.people('ada', 'ben'));
    room = await world.room([
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
    ]);
    client = new ApiClient(node.url, ada.token);
  });

  afterAll(async () => {
    await client.close();
    await node.close();
    await cable.cut();
    await world.stop();
    jest.restoreAllMocks();
  });

  const send = (content: string, clientId = randomUUID()) => client.ask(SEND, { input: { roomId: room.id, content, clientId } });

  test('answers that it cannot, goes on by itself, and its streams hear all, once', async () => {
    const listener = new ApiClient(node.url, ben.token);
    const heard = listener.subscribe<Events>(EVENTS, { id: room.id });
    // The positions come when it goes live.
    await heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced');
    await send('before');
    await heard.until(({ roomEvents }) => roomEvents.message?.content === 'before');

    cable.deafen();
    const clientIds = Array.from({ length: 5 }, () => randomUUID());
    const startedAt = performance.now();
    const answers = await Promise.all(clientIds.map((clientId, i) => send(`${i}`, clientId)));
    expect(performance.now() - startedAt).toBeLessThan(ANSWERED_WITHIN_MS);
    for (const { errors } of answers) expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', retryable: true } }]);
    await world.send(room, ada, 'by another node');

    await cable.mend();
    const left = new Map(clientIds.map((clientId, i) => [clientId, `${i}`]));
    for (const [clientId, content] of left) while ((await send(content, clientId)).errors);
    await send('after');
    const events = await heard.until(({ roomEvents }) => roomEvents.message?.content === 'after');
    expect(events.flatMap(({ roomEvents }) => roomEvents.message?.content ?? [])).toEqual([
      'by another node',
      '0',
      '1',
      '2',
      '3',
      '4',
      'after',
    ]);
    await listener.close();
  });
});
