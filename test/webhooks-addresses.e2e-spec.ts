import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { anEndpoint, type Endpoint, untilLog } from './support/hooks.js';
import { Receiver } from './support/receiver.js';
import { type Person, World } from './support/world.js';

let world: World;
let boss: Person;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.start();
  boss = await world.person('boss', 'ADMIN');
});

afterAll(() => world.stop());

beforeEach(async () => {
  receiver = await Receiver.start();
});

afterEach(() => receiver.stop());

const CREATE = 'mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret } }';

/** An endpoint whose name means something else today than when it was made. */
async function moved(url: string): Promise<Endpoint> {
  const endpoint = await anEndpoint(world, boss, { url: 'https://receiver.invalid/', events: ['message.created'] });
  await world.sql('update webhook_endpoints set url = $2 where id = $1', [endpoint.id, url]);
  const same = { endpointId: endpoint.id, description: 'read anew' };
  await world.act(boss, 'updateWebhookEndpoint', same);
  return endpoint;
}

describe('without WEBHOOK_ALLOW_PRIVATE', () => {
  test.each([
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'http://example.com/',
  ])('%s is no address for an endpoint', async (url) => {
    expect(await world.as(boss).refusal(CREATE, { input: { url } })).toBe('BAD_USER_INPUT');
  });

  test.each(['127.0.0.1', 'localhost', '[::1]'])('%s is not called, whatever the table says', async (host) => {
    const endpoint = await moved(receiver.url.replace('127.0.0.1', host));
    const ada = await world.person('ada');
    await world.send(await world.room([[ada, 'CLIENT']]), ada, 'x');
    const [tried] = await untilLog(world, boss, endpoint, ([one]) => one?.status === 'RETRYING');
    expect(tried).toMatchObject({ code: null, error: 'The address is not a public one' });
    expect(receiver.hits).toEqual([]);
  });
});
