import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { anEndpoint, logOf } from './support/hooks.js';
import { Receiver } from './support/receiver.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let boss: Person;
let ada: Person;
let receiver: Receiver;
let room: Room;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  boss = await world.person('boss', 'ADMIN');
  ada = await world.person('ada');
  room = await world.room([[ada, 'CLIENT']]);
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.sql('delete from webhook_endpoints');
  receiver = await Receiver.start();
});

afterEach(() => receiver.stop());

const aHook = (input: Record<string, unknown> = {}) => anEndpoint(world, boss, { url: receiver.url, ...input });

describe('secrets', () => {
  test('sign side by side for a while after a rotation, then the new one alone', async () => {
    const { id: endpointId, secret } = await aHook({ events: ['message.created'] });
    const rotate = async (overlapHours: number) =>
      (await world.do<{ secret: string }>(boss, 'rotateWebhookSecret', { endpointId, overlapHours }, 'secret')).secret;
    const second = await rotate(24);
    await world.send(room, ada, 'by two');
    const [both] = await receiver.count(1);
    for (const each of [secret, second]) new Webhook(each).verify(both!.body, both!.headers);
    const third = await rotate(0);
    await world.send(room, ada, 'by one');
    const [, one] = await receiver.count(2);
    new Webhook(third).verify(one!.body, one!.headers);
    for (const each of [secret, second]) expect(() => new Webhook(each).verify(one!.body, one!.headers)).toThrow();
    for (let i = 0; i < 4; i++) await rotate(1);
    expect(await world.refusal(boss, 'rotateWebhookSecret', { endpointId, overlapHours: 1 })).toBe('CONFLICT');
  });

  test('are told once and lie sealed in the database', async () => {
    const { secret } = await aHook();
    const [row] = await world.sql<{ row: string }>('select e::text as row from webhook_endpoints e');
    expect(row!.row).not.toContain(secret);
    expect(row!.row).not.toContain(secret.replace('whsec_', ''));
  });
});

describe('a test event', () => {
  test('is tried once, and says how it went', async () => {
    const endpoint = await aHook();
    const ask = () => world.do(boss, 'sendTestEvent', { endpointId: endpoint.id }, 'type status code error roomId');
    expect(await ask()).toEqual({ type: 'webhook.test', status: 'DELIVERED', code: 204, error: null, roomId: null });
    new Webhook(endpoint.secret).verify(receiver.hits[0]!.body, receiver.hits[0]!.headers);
    receiver.answers(() => 503);
    expect(await ask()).toMatchObject({ status: 'DEAD', code: 503 });
    expect(await logOf(world, boss, endpoint)).toHaveLength(2);
  });
});

describe('who and what is let in', () => {
  const CREATE = 'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret } }';

  test('ADMIN and SERVICE set endpoints up, and nobody else knows of them', async () => {
    const { id: endpointId } = await aHook();
    const support = await world.person('support', 'SUPPORT');
    const host = await world.person('host', 'SERVICE');
    for (const [person, code] of [
      [ada, 'FORBIDDEN'],
      [support, 'FORBIDDEN'],
      [null, 'UNAUTHENTICATED'],
      [host, 'OK'],
    ] as const) {
      const api = world.as(person);
      expect(await api.refusal('{ webhookEndpoints { id } }')).toBe(code);
      expect(await api.refusal('query ($id: ID!) { webhookDeliveries(endpointId: $id) { nodes { id } } }', { id: endpointId })).toBe(code);
      expect(await api.refusal(CREATE, { input: { url: receiver.url } })).toBe(code);
    }
  });

  test.each([
    ['an address that is none', { url: 'somewhere' }],
    ['another protocol', { url: 'ftp://example.com/' }],
    ['a password in the address', { url: 'https://user:pass@example.com/' }],
    ['a long address', { url: `https://example.com/${'x'.repeat(2_048)}` }],
    ['a pattern that is none', { events: ['order'] }],
    ['no pattern', { events: [] }],
    ['too many patterns', { events: Array.from({ length: 51 }, (_, i) => `a.b${'c'.repeat(i)}`) }],
    ['a room that is none', { roomIds: ['x'] }],
    ['a description that is too long', { description: 'x'.repeat(201) }],
    ['a BEFORE endpoint that does not say what its absence means', { mode: 'BEFORE' }],
    ['an AFTER endpoint that does', { onTimeout: 'HOLD' }],
    ['a BEFORE endpoint that wants events', { mode: 'BEFORE', onTimeout: 'HOLD', events: ['*'] }],
  ])('%s is refused', async (_what, input) => {
    expect(await world.as(boss).refusal(CREATE, { input: { url: receiver.url, ...input } })).toBe('BAD_USER_INPUT');
  });

  test('an endpoint that is not there cannot be changed', async () => {
    for (const mutation of ['updateWebhookEndpoint', 'rotateWebhookSecret', 'pauseWebhookEndpoint', 'resumeWebhookEndpoint']) {
      expect(await world.refusal(boss, mutation, { endpointId: room.id })).toBe('NOT_FOUND');
    }
  });

  test('a change holds from the next event on', async () => {
    const { id: endpointId } = await aHook({ events: ['room.*'] });
    const other = await Receiver.start();
    await world.act(boss, 'updateWebhookEndpoint', { endpointId, url: other.url, events: ['message.*'] });
    await world.send(room, ada, 'x');
    await other.count(1);
    expect(receiver.hits).toEqual([]);
    await other.stop();
  });
});
