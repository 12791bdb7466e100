import { expect, test } from '@jest/globals';
import { anEndpoint, untilLog } from './support/hooks.js';
import { Receiver } from './support/receiver.js';
import { hasRedis } from './support/redis.js';
import { World } from './support/world.js';

const withRedis = hasRedis() ? test : test.skip;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';

withRedis('an endpoint that is set up on one node is asked and told by the other', async () => {
  const world = await World.startOnRedis({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  const receiver = await Receiver.start();
  try {
    const [boss, ada] = [await world.person('boss', 'ADMIN'), await world.person('ada')];
    const room = await world.room([[ada, 'CLIENT']]);
    const ask = await anEndpoint(world, boss, { url: receiver.url, mode: 'BEFORE', onTimeout: 'REJECT' });
    receiver.answers(() => ({ body: { verdict: 'reject', reason: 'no' } }));
    const code = () => world.as(ada, 1).refusal(SEND, { input: { roomId: room.id, content: 'x' } });
    while ((await code()) !== 'FORBIDDEN') await new Promise(setImmediate);
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId: ask.id });
    while ((await code()) !== 'OK') await new Promise(setImmediate);
    const tell = await anEndpoint(world, boss, { url: receiver.url, events: ['message.created'] });
    receiver.answers(() => 200);
    await world.as(ada, 1).get(SEND, { input: { roomId: room.id, content: 'from the other' } });
    const log = await untilLog(world, boss, tell, ([one]) => one?.status === 'DELIVERED');
    expect(log).toHaveLength(1);
  } finally {
    await receiver.stop();
    await world.stop();
  }
});
