import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { anEndpoint, type Endpoint } from './support/hooks.js';
import { Receiver, type Reply } from './support/receiver.js';
import { statementsDuring } from './support/statements.js';
import { type Person, type Room, World } from './support/world.js';

let world: World;
let boss: Person, ada: Person, ben: Person;
let room: Room;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  boss = await world.person('boss', 'ADMIN');
  ({ ada, ben } = await world.people('ada', 'ben'));
});

afterAll(() => world.stop());

/** Each test has a room of its own, of which alone its endpoints are asked. */
beforeEach(async () => {
  receiver = await Receiver.start();
  room = await world.room([
    [ada, 'CLIENT'],
    [ben, 'CLIENT'],
  ]);
});

afterEach(() => receiver.stop());

const aHook = (onTimeout = 'REJECT', url = receiver.url): Promise<Endpoint> =>
  anEndpoint(world, boss, { url, mode: 'BEFORE', onTimeout, roomIds: [room.id] });
const says = (body: unknown) => receiver.answers((): Reply => ({ body }));

/** What the message says now, and what it said before or is to say later. */
const content = async () =>
  (await world.sql<{ content: string }>(`select content from messages where room_id = $1 and kind = 'TEXT'`, [room.id]))[0]?.content;
const kept = async () => {
  const kept = `(select count(*) from message_revisions v join messages m on m.id = v.message_id where m.room_id = $1)`;
  const rows = await world.sql<{ kept: number }>(
    `select (${kept} + (select count(*) from held_messages where room_id = $1))::int as kept`,
    [room.id],
  );
  return rows[0]!.kept;
};

const EDIT = 'mutation ($input: EditMessageInput!) { editMessage(input: $input) { id content } }';
const edit = async (messageId: string, content: string, who = ada): Promise<Record<string, unknown>> => {
  const { data, errors } = await world
    .as(who)
    .ask<{ editMessage: { content: string } } | null>(EDIT, { input: { roomId: room.id, messageId, content } });
  return data?.editMessage ?? { ...errors?.[0]?.extensions };
};

test('an edit is told like a message, with its id, and is written as it is allowed', async () => {
  const { id } = await world.send(room, ada, 'hello', { clientId: 'key' });
  const { secret } = await aHook();
  says({ verdict: 'allow' });
  expect(await edit(id, 'my card is 4242 4242 4242 4242')).toMatchObject({ content: 'my card is •••• 4242' });
  const [asked] = receiver.hits;
  expect(new Webhook(secret).verify(asked!.body, asked!.headers)).toMatchObject({
    type: 'message.beforeEdit',
    data: {
      room: { id: room.id, kind: 'GROUP' },
      sender: { id: ada.id, externalId: ada.externalId },
      message: { id, kind: 'TEXT', content: 'my card is •••• 4242', metadata: null, replyToId: null, clientId: 'key' },
    },
  });
});

test.each([
  ['rejected', { verdict: 'reject', reason: 'No telephone numbers' }, { code: 'FORBIDDEN', reason: 'No telephone numbers' }],
  ['held', { verdict: 'hold', reason: 'a link' }, { code: 'FORBIDDEN', reason: 'a link' }],
  ['held without a reason', { verdict: 'hold' }, { code: 'FORBIDDEN', reason: expect.stringContaining('does not wait') }],
])('an edit that is %s leaves the message as it was, and nothing waits', async (_what, verdict, refusal) => {
  const { id } = await world.send(room, ada, 'hello', { clientId: 'key' });
  await aHook();
  says(verdict);
  expect(await edit(id, 'call me')).toMatchObject(refusal);
  expect([await content(), await kept()]).toEqual(['hello', 0]);
});

test('an edit is rewritten, and by several in turn', async () => {
  const { id } = await world.send(room, ada, 'hello', { clientId: 'key' });
  const second = await Receiver.start();
  await aHook();
  await aHook('REJECT', second.url);
  says({ verdict: 'rewrite', content: 'call ***' });
  second.answers(({ event }) => ({ body: { verdict: 'rewrite', content: `${event.data.message.content}!` } }));
  expect(await edit(id, 'call 0123')).toMatchObject({ content: 'call ***!' });
  expect(await content()).toBe('call ***!');
  await second.stop();
});

test.each([
  ['ALLOW', { content: 'bye' }],
  ['HOLD', { code: 'UNAVAILABLE', retryable: true }],
  ['REJECT', { code: 'UNAVAILABLE', retryable: true }],
])('an edit without a verdict is as its owner said: %s', async (onTimeout, answer) => {
  const { id } = await world.send(room, ada, 'hello', { clientId: 'key' });
  await aHook(onTimeout);
  receiver.answers(() => 503);
  expect(await edit(id, 'bye')).toMatchObject(answer);
  expect(await content()).toBe('content' in answer ? 'bye' : 'hello');
});

test('an edit that nobody may make is not asked about, nor is one elsewhere', async () => {
  const { id } = await world.send(room, ada, 'hello', { clientId: 'key' });
  await aHook();
  says({ verdict: 'allow' });
  expect(await edit(id, 'not mine', ben)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await edit(randomUUID(), 'nothing')).toMatchObject({ code: 'NOT_FOUND' });
  await world.act(ada, 'deleteMessage', { roomId: room.id, messageId: id });
  expect(await edit(id, 'gone')).toMatchObject({ code: 'CONFLICT' });
  expect(receiver.hits).toEqual([]);
});

test('an edit is judged before anything is locked for it', async () => {
  const { id } = await world.send(room, ada, 'hello', { clientId: 'key' });
  await aHook('ALLOW');
  let [locked, lockedWhenAsked]: [boolean, unknown] = [false, null];
  receiver.answers(() => {
    lockedWhenAsked = locked;
    return { body: { verdict: 'allow' } };
  });
  await statementsDuring(
    () => edit(id, 'hello again'),
    (text, values) => (locked ||= text.includes('for no key update') && values.includes(room.id)),
  );
  expect([lockedWhenAsked, locked]).toEqual([false, true]);
});
