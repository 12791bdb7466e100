import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { anEndpoint, type Endpoint } from './support/hooks.js';
import { Receiver } from './support/receiver.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let boss: Person, ada: Person;
let room: Room;
let before: Receiver, after: Receiver;
let endpoint: Endpoint;
/** Answers the first event, which the old address has kept waiting. */
let answer: (status: number) => void;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'silent' });
  boss = await world.person('boss', 'ADMIN');
  ada = await world.person('ada');
});

afterAll(() => world.stop());

beforeEach(async () => {
  [before, after] = [await Receiver.start(), await Receiver.start()];
  room = await world.room([[ada, 'CLIENT']]);
  endpoint = await anEndpoint(world, boss, { url: before.url, events: ['message.created'], roomIds: [room.id] });
  const waiting = Promise.withResolvers<number>();
  answer = waiting.resolve;
  before.answers(() => waiting.promise);
  for (const text of ['one', 'two', 'three']) await world.send(room, ada, text);
  await before.count(1);
});

afterEach(() => Promise.all([before.stop(), after.stop()]));

const textsAt = ({ hits }: Receiver) => hits.map(({ event }) => (event.data as { message: { content: string } }).message.content);
const statusOf = async () =>
  (await world.sql<{ status: string }>('select status from webhook_endpoints where id = $1', [endpoint.id]))[0]!.status;

test.each([
  ['took it', 204, ['two', 'three']],
  ['will never take it', 404, ['one', 'two', 'three']],
  ['is gone', 410, ['one', 'two', 'three']],
])('an endpoint that has moved hears at its new address what the old one has not taken: it %s', async (_, status, heard) => {
  await world.act(boss, 'updateWebhookEndpoint', { endpointId: endpoint.id, url: after.url });
  answer(status);
  await after.count(heard.length);
  expect(textsAt(after)).toEqual(heard);
  expect(textsAt(before)).toEqual(['one']);
  expect(await statusOf()).toBe('ACTIVE');
});

test('an endpoint that is paused hears nothing more, and the rest when it goes on', async () => {
  await world.act(boss, 'pauseWebhookEndpoint', { endpointId: endpoint.id });
  answer(204);
  const settled = `select 1 from webhook_deliveries where endpoint_id = $1 and status = 'DELIVERED'`;
  while ((await world.sql(settled, [endpoint.id])).length === 0);
  while ((await world.sql('select 1 from webhook_positions where endpoint_id = $1 and lease is not null', [endpoint.id])).length > 0);
  expect(textsAt(before)).toEqual(['one']);
  await world.act(boss, 'resumeWebhookEndpoint', { endpointId: endpoint.id });
  await before.count(3);
  expect(textsAt(before)).toEqual(['one', 'two', 'three']);
});
