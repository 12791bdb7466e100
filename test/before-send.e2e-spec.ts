import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { anEndpoint, type Endpoint } from './support/hooks.js';
import { RACING } from './support/node.js';
import { Receiver, type Reply } from './support/receiver.js';
import { askedDuring } from './support/statements.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let boss: Person;
let ada: Person;
let ben: Person;
let room: Room;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true', ...RACING });
  boss = await world.person('boss', 'ADMIN');
  ({ ada, ben } = await world.people('ada', 'ben'));
});

afterAll(() => world.stop());

beforeEach(async () => {
  receiver = await Receiver.start();
  room = await aRoom();
});

afterEach(async () => {
  const { webhookEndpoints } = await world.as(boss).get<{ webhookEndpoints: { id: string }[] }>('{ webhookEndpoints { id } }');
  for (const { id: endpointId } of webhookEndpoints) await world.act(boss, 'deleteWebhookEndpoint', { endpointId });
  await receiver.stop();
});

const aRoom = (input: Record<string, unknown> = {}) =>
  world.room(
    [
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
    ],
    input,
  );
const aHook = (onTimeout = 'REJECT', input: Record<string, unknown> = {}): Promise<Endpoint> =>
  anEndpoint(world, boss, { url: receiver.url, mode: 'BEFORE', onTimeout, ...input });
const says = (body: unknown) => receiver.answers((): Reply => ({ body }));

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id content } }';

/** What the sender hears: the content that was sent, or the code with its details. */
async function send(content: string, clientId: string | null = randomUUID(), to = room): Promise<Record<string, unknown>> {
  const { data, errors } = await world.as(ada).ask<{ sendMessage: { id: string; content: string } } | null>(SEND, {
    input: { roomId: to.id, content, clientId },
  });
  return data?.sendMessage ?? { ...errors?.[0]?.extensions, message: errors?.[0]?.message };
}

const contents = async () => {
  const rows = await world.sql<{ content: string }>(`select content from messages where room_id = $1 and kind = 'TEXT' order by sequence`, [
    room.id,
  ]);
  return rows.map((row) => row.content);
};

interface Held {
  id: string;
  content: string;
  reason: string | null;
  senderId: string;
  status: string;
}

const heldBy = async (person: Person) => {
  const query = '{ heldMessages(first: 100) { nodes { id roomId content reason senderId status } } }';
  const { heldMessages } = await world.as(person).get<{ heldMessages: { nodes: (Held & { roomId: string })[] } }>(query);
  return heldMessages.nodes.filter(({ roomId }) => roomId === room.id);
};
const release = (person: Person, heldMessageId: unknown) =>
  world.do<{ id: string; content: string; clientId: string; sender: { id: string } }>(
    person,
    'releaseHeldMessage',
    { heldMessageId },
    'id content clientId sender { id }',
  );

describe('a system that is asked before a message is written', () => {
  test('is told all of it, signed, and lets it pass', async () => {
    const { secret } = await aHook();
    says({ verdict: 'allow' });
    expect(await send('hello', 'key 1')).toMatchObject({ content: 'hello' });
    const [asked] = receiver.hits;
    expect(new Webhook(secret).verify(asked!.body, asked!.headers)).toEqual({
      type: 'message.beforeSend',
      timestamp: expect.any(String),
      data: {
        room: { id: room.id, kind: 'GROUP' },
        sender: { id: ada.id, externalId: ada.externalId },
        message: { kind: 'TEXT', content: 'hello', metadata: null, replyToId: null, clientId: 'key 1' },
      },
    });
  });

  test('rejects, with a reason for the sender, and nothing is written', async () => {
    await aHook();
    says({ verdict: 'reject', reason: 'No telephone numbers' });
    expect(await send('call me')).toMatchObject({ code: 'FORBIDDEN', reason: 'No telephone numbers', message: 'No telephone numbers' });
    expect(await contents()).toEqual([]);
  });

  test('rewrites, and a retry is the same message although it is not asked again', async () => {
    await aHook();
    says({ verdict: 'rewrite', content: 'call ***' });
    const first = await send('call 0123', 'key');
    expect(first).toMatchObject({ content: 'call ***' });
    says({ verdict: 'reject', reason: 'another mood' });
    expect(await send('call 0123', 'key')).toEqual(first);
    expect(await send('call ***', 'key')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(receiver.hits).toHaveLength(1);
    expect(await contents()).toEqual(['call ***']);
  });

  test('is one of several: what one rewrites the next one sees, and one that rejects has decided', async () => {
    const second = await Receiver.start();
    await aHook();
    await aHook('REJECT', { url: second.url });
    says({ verdict: 'rewrite', content: 'milder' });
    second.answers(() => ({ body: { verdict: 'reject', reason: 'not mild enough' } }));
    expect(await send('wild')).toMatchObject({ code: 'FORBIDDEN', reason: 'not mild enough' });
    expect(second.hits[0]!.event.data.message.content).toBe('milder');
    await second.stop();
  });

  test('is asked of its rooms alone, and not while it is paused; elsewhere a message costs what it always does', async () => {
    const other = await aRoom();
    const support = await aRoom({ kind: 'SUPPORT' });
    const { id: endpointId } = await aHook('REJECT', { roomIds: [room.id] });
    await aHook('REJECT', { roomKinds: ['SUPPORT'] });
    says({ verdict: 'reject', reason: 'no' });
    expect(await send('x')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await send('x', null, support)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await send('x', null, other)).toMatchObject({ content: 'x' });
    expect(receiver.hits).toHaveLength(2);
    await world.act(boss, 'pauseWebhookEndpoint', { endpointId });
    expect(await send('x')).toMatchObject({ content: 'x' });
  });

  test('costs a statement where it is there, and none where it is not', async () => {
    await send('warm');
    expect(await askedDuring(() => send('x'))).toHaveLength(1);
    await aHook();
    says({ verdict: 'allow' });
    expect(await askedDuring(() => send('x'))).toHaveLength(2);
  });
});

describe('a system that gives no verdict', () => {
  test.each([
    ['an error', (): Reply => 500],
    ['no JSON', (): Reply => ({ body: 'sure' })],
    ['a verdict that is none', (): Reply => ({ body: { verdict: 'perhaps' } })],
    ['a rewriting to nothing', (): Reply => ({ body: { verdict: 'rewrite', content: ' ' } })],
    ['a rewriting that is too long', (): Reply => ({ body: { verdict: 'rewrite', content: 'x'.repeat(8_001) } })],
    ['a redirect', (): Reply => ({ status: 302, headers: { location: '/' }, body: { verdict: 'allow' } })],
  ])('%s is none', async (_what, reply) => {
    await aHook();
    receiver.answers(reply);
    expect(await send('x')).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(await contents()).toEqual([]);
  });

  test('within a second and a half is taken as its owner has said, and after some such it is not asked for a while', async () => {
    await aHook('ALLOW');
    receiver.answers(() => 'silence');
    expect(await send('x')).toMatchObject({ content: 'x' });
    receiver.answers(() => 500);
    for (let i = 0; i < 4; i++) await send(`${i}`);
    const asked = receiver.hits.length;
    expect(asked).toBe(5);
    expect(await send('y')).toMatchObject({ content: 'y' });
    expect(receiver.hits).toHaveLength(asked);
  });

  test('is a reason to hold, where its owner said so', async () => {
    await aHook('HOLD');
    receiver.answers(() => 503);
    expect(await send('x')).toMatchObject({ code: 'MESSAGE_HELD' });
    expect(await heldBy(boss)).toMatchObject([{ content: 'x', reason: 'There was no verdict in time' }]);
  });
});

describe('a message that is held', () => {
  test('is seen by nobody, and a retry hears the same', async () => {
    await aHook();
    says({ verdict: 'hold', reason: 'a link' });
    const answer = await send('look here', 'key');
    expect(answer).toMatchObject({ code: 'MESSAGE_HELD', retryable: false, clientId: 'key', heldMessageId: expect.any(String) });
    expect(await Promise.all([1, 2, 3].map(() => send('look here', 'key')))).toEqual([answer, answer, answer]);
    expect(await send('look there', 'key')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(receiver.hits).toHaveLength(1);
    expect(await contents()).toEqual([]);
    expect(await heldBy(boss)).toMatchObject([{ id: answer['heldMessageId'], content: 'look here', reason: 'a link', senderId: ada.id }]);
  });

  test('is one however many retries come at once', async () => {
    await aHook();
    says({ verdict: 'hold' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('x', 'key')));
    expect(new Set(answers.map((answer) => answer['heldMessageId'])).size).toBe(1);
    expect(await heldBy(boss)).toHaveLength(1);
  });

  test('once released is sent in its sender’s name, once, and a retry is that message', async () => {
    await aHook();
    says({ verdict: 'hold' });
    const { heldMessageId } = await send('patience', 'key');
    const heard = world
      .as(ben)
      .subscribe<{ messageAdded: { content: string } }>(
        'subscription ($id: ID!) { messageAdded(roomId: $id, afterSequence: 1) { content } }',
        { id: room.id },
      );
    const released = await Promise.all([1, 2, 3].map(() => release(boss, heldMessageId)));
    expect(new Set(released.map(({ id }) => id)).size).toBe(1);
    expect(released[0]).toMatchObject({ content: 'patience', clientId: 'key', sender: { id: ada.id } });
    expect(await heard.next()).toEqual({ messageAdded: { content: 'patience' } });
    await heard.leave();
    expect(await send('patience', 'key')).toEqual({ id: released[0]!.id, content: 'patience' });
    expect(await heldBy(boss)).toEqual([]);
    expect(await contents()).toEqual(['patience']);
    expect(await world.refusal(boss, 'refuseHeldMessage', { heldMessageId, reason: 'too late' })).toBe('CONFLICT');
    expect(receiver.hits).toHaveLength(1);
  });

  test('without a key is sent once, too', async () => {
    await aHook();
    says({ verdict: 'hold' });
    const { heldMessageId } = await send('no key', null);
    await Promise.all([1, 2].map(() => release(boss, heldMessageId)));
    expect(await contents()).toEqual(['no key']);
  });

  test('once refused is never sent, and a retry hears why', async () => {
    await aHook();
    says({ verdict: 'hold' });
    const { heldMessageId } = await send('spam', 'key');
    const refuse = (reason: string) => world.do(boss, 'refuseHeldMessage', { heldMessageId, reason }, 'status reason');
    expect(await refuse('advertising')).toEqual({ status: 'REFUSED', reason: 'advertising' });
    expect(await refuse('another reason')).toEqual({ status: 'REFUSED', reason: 'advertising' });
    expect(await send('spam', 'key')).toMatchObject({ code: 'FORBIDDEN', reason: 'advertising' });
    expect(await world.refusal(boss, 'releaseHeldMessage', { heldMessageId })).toBe('CONFLICT');
    expect(await contents()).toEqual([]);
  });

  test('is released only if its sender may still speak', async () => {
    await aHook();
    says({ verdict: 'hold' });
    const { heldMessageId } = await send('x');
    await world.act(boss, 'removeParticipant', { roomId: room.id, userId: ada.id });
    expect(await world.refusal(boss, 'releaseHeldMessage', { heldMessageId })).toBe('NOT_FOUND');
    await world.act(boss, 'addParticipant', { roomId: room.id, userId: ada.id, role: 'CLIENT' });
    expect(await world.refusal(boss, 'releaseHeldMessage', { heldMessageId })).toBe('OK');
  });

  test('is for platform staff and host systems, and in a sensitive room not for support', async () => {
    await aHook();
    says({ verdict: 'hold' });
    const { heldMessageId } = await send('x');
    const [support, host] = [await world.person('support', 'SUPPORT'), await world.person('host', 'SERVICE')];
    for (const person of [ada, ben]) {
      expect(await world.as(person).refusal('{ heldMessages { nodes { id } } }')).toBe('FORBIDDEN');
      expect(await world.refusal(person, 'releaseHeldMessage', { heldMessageId })).toBe('FORBIDDEN');
    }
    expect([support, host].length).toBe(2);
    expect(await heldBy(support)).toHaveLength(1);
    expect(await heldBy(host)).toHaveLength(1);
    await world.sql('update rooms set is_sensitive = true where id = $1', [room.id]);
    expect(await heldBy(support)).toEqual([]);
    expect(await world.refusal(support, 'releaseHeldMessage', { heldMessageId })).toBe('NOT_FOUND');
    expect(await world.refusal(host, 'refuseHeldMessage', { heldMessageId, reason: '' })).toBe('BAD_USER_INPUT');
    expect(await world.refusal(host, 'releaseHeldMessage', { heldMessageId })).toBe('OK');
  });
});

test('a sender waits for many that say nothing hardly longer than for one, and who had no time left is not left alone for it', async () => {
  for (let count = 0; count < 8; count++) await aHook('ALLOW');
  receiver.answers(() => 'silence');
  const asked = () => receiver.hits.length;
  const before = asked();
  expect(await send('after all')).toMatchObject({ content: 'after all' });
  // The first has its time, the second what is left, and the others are not asked.
  expect(asked() - before).toBe(2);
  await Promise.all(Array.from({ length: 4 }, () => send('more')));
  expect(asked() - before).toBe(10);
  // The first has failed five times and rests; the second has all of the time now, and the third what it leaves.
  await send('without the first');
  expect(asked() - before).toBe(12);
});
