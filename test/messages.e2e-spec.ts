import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RACING } from './support/node.js';
import { MESSAGE, type Message, type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;
let room: Room;

beforeAll(async () => {
  world = await World.start(RACING);
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
  room = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
    [staff, 'SUPPORT_STAFF'],
  ]);
});

afterAll(() => world.stop());

const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${MESSAGE} replyTo { id content deletedAt } } }`;
const EDIT = `mutation ($input: EditMessageInput!) { editMessage(input: $input) { ${MESSAGE} } }`;
const DELETE = `mutation ($input: DeleteMessageInput!) { deleteMessage(input: $input) { ${MESSAGE} deletedBy { id } } }`;
const REACT = 'mutation ($input: AddReactionInput!) { addReaction(input: $input) { revision reactions { emoji count mine } } }';
const UNREACT = 'mutation ($input: RemoveReactionInput!) { removeReaction(input: $input) { revision reactions { emoji count mine } } }';
const ONE = `query ($roomId: ID!, $id: ID!) { message(roomId: $roomId, id: $id) { ${MESSAGE} status replyTo { id content deletedAt } readBy { user { id } readAt } } }`;
const REVISIONS = 'query ($roomId: ID!, $messageId: ID!) { messageRevisions(roomId: $roomId, messageId: $messageId) { content reason } }';
const LAST = 'query ($id: ID!) { room(id: $id) { revision lastMessage { preview sender { id } } } }';

const one = async (person: Person, id: string) => (await world.as(person).get<{ message: Message }>(ONE, { roomId: room.id, id })).message;

describe('sending', () => {
  test('gives each message the next place and revision', async () => {
    const first = await world.send(room, ada, 'one');
    const second = await world.send(room, ben, 'two');
    expect(second.sequence).toBe(first.sequence + 1);
    expect(second.revision).toBe(first.revision + 1);
  });

  test('takes the same message again, and refuses another one under the same key', async () => {
    const input = { roomId: room.id, clientId: randomUUID(), content: 'Only once', metadata: { a: [1, { b: null }] } };
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.as(ada).get<{ sendMessage: Message }>(SEND, { input })));
    expect(new Set(answers.map((answer) => answer.sendMessage.id)).size).toBe(1);
    expect(await world.as(ada).refusal(SEND, { input: { ...input, content: 'Something else' } })).toBe('IDEMPOTENCY_CONFLICT');
    expect(await world.as(ada).refusal(SEND, { input: { ...input, metadata: null } })).toBe('IDEMPOTENCY_CONFLICT');
    const bens = await world.as(ben).get<{ sendMessage: Message }>(SEND, { input });
    expect(bens.sendMessage.id).not.toBe(answers[0]?.sendMessage.id);
  });

  test('a retry after an edit or a deletion is still the same message', async () => {
    const input = { roomId: room.id, clientId: randomUUID(), content: 'As first sent' };
    const { sendMessage: sent } = await world.as(ada).get<{ sendMessage: Message }>(SEND, { input });
    await world.as(ada).get(EDIT, { input: { roomId: room.id, messageId: sent.id, content: 'Edited' } });
    expect((await world.as(ada).get<{ sendMessage: Message }>(SEND, { input })).sendMessage).toMatchObject({
      id: sent.id,
      content: 'Edited',
    });
    await world.as(ada).get(DELETE, { input: { roomId: room.id, messageId: sent.id } });
    expect((await world.as(ada).get<{ sendMessage: Message }>(SEND, { input })).sendMessage).toMatchObject({ id: sent.id, content: null });
  });

  test.each([
    ['an emoji family', '👨‍👩‍👧‍👦'],
    ['a flag and a skin tone', '🇩🇪 👍🏽'],
    ['right to left with marks', '\u200Fالسلام عليكم\u200F'],
    ['combining characters', 'e\u0301 and \u00E9, नमस्ते, 你好'],
    ['control characters inside', 'a\tb\nc\u0007d'],
    ['quotes, backslashes and braces', `\\"'{};--\\u0000 %s $1`],
    ['markup', '<script>alert(1)</script>'],
    ['8,000 characters beyond the first plane', '😀'.repeat(8_000)],
  ])('brings %s back byte for byte', async (_name, content) => {
    const sent = await world.send(room, ada, content);
    expect(sent.content).toBe(content);
    expect((await one(ben, sent.id)).content).toBe(content);
  });

  test('cuts white space off both ends only', async () => {
    expect((await world.send(room, ada, '  a  b \n')).content).toBe('a  b');
  });

  test.each([
    ['an empty text', { content: '   ' }, 'input.content'],
    ['no content', {}, 'input.content'],
    ['8,001 characters', { content: 'x'.repeat(8_001) }, 'input.content'],
    ['a NUL byte', { content: 'a\0b' }, 'input.content'],
    ['a lone surrogate', { content: 'a\uD800b' }, 'input.content'],
    ['a kind that is not for people', { kind: 'PAYMENT', content: 'paid' }, 'input.kind'],
    ['metadata of more than 16 KB', { content: 'x', metadata: { a: 'x'.repeat(17_000) } }, 'input.metadata'],
    ['metadata of depth 9', { content: 'x', metadata: { a: { a: { a: { a: { a: { a: { a: { a: {} } } } } } } } } }, 'input.metadata'],
    ['a NUL in metadata', { content: 'x', metadata: { a: ['\0'] } }, 'input.metadata'],
    ['a lone surrogate in a key', { content: 'x', metadata: { '\uDC00': 1 } }, 'input.metadata'],
    ['a key that is too long', { content: 'x', clientId: 'k'.repeat(65) }, 'input.clientId'],
    ['a reply to nothing', { content: 'x', replyToId: randomUUID() }, 'input.replyToId'],
    ['a reply to what is no id', { content: 'x', replyToId: 'nothing' }, 'input.replyToId'],
  ])('refuses %s', async (_name, input, field) => {
    const { errors } = await world.as(ada).ask(SEND, { input: { roomId: room.id, ...input } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field, retryable: false });
  });

  test('refuses a reply into another room', async () => {
    const elsewhere = await world.room([[ada, 'CLIENT']]);
    const there = await world.send(elsewhere, ada, 'there');
    expect(await world.as(ada).refusal(SEND, { input: { roomId: room.id, content: 'x', replyToId: there.id } })).toBe('BAD_USER_INPUT');
  });

  test('metadata alone is enough for an image', async () => {
    expect(await world.as(ada).refusal(SEND, { input: { roomId: room.id, kind: 'IMAGE', metadata: { url: 'x' } } })).toBe('OK');
  });
});

describe('replying', () => {
  test('makes a chain, and the quote of a deleted message is a tombstone', async () => {
    const first = await world.send(room, ada, 'first');
    const second = await world.send(room, ben, 'second', { replyToId: first.id });
    const third = await world.send(room, ada, 'third', { replyToId: second.id });
    await world.act(ben, 'deleteMessage', { roomId: room.id, messageId: second.id });
    expect((await one(staff, third.id)).replyTo).toMatchObject({ id: second.id, content: null, deletedAt: expect.any(String) });
    expect((await one(staff, second.id)).replyTo).toMatchObject({ id: first.id, content: 'first' });
  });
});

describe('editing', () => {
  test('keeps the older texts for those who may see them', async () => {
    const sent = await world.send(room, ada, 'first');
    for (const content of ['second', 'third']) await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content });
    expect(await one(ben, sent.id)).toMatchObject({ content: 'third', editedAt: expect.any(String), sequence: sent.sequence });
    const variables = { roomId: room.id, messageId: sent.id };
    for (const person of [ada, staff]) {
      expect(await world.as(person).get(REVISIONS, variables)).toMatchObject({
        messageRevisions: [{ content: 'first' }, { content: 'second' }],
      });
    }
    expect(await world.as(ben).refusal(REVISIONS, variables)).toBe('FORBIDDEN');
  });

  test("is for one's own messages", async () => {
    const sent = await world.send(room, ada, 'mine');
    const input = { roomId: room.id, messageId: sent.id, content: 'changed' };
    expect(await world.as(ben).refusal(EDIT, { input })).toBe('FORBIDDEN');
    expect(await world.as(staff).refusal(EDIT, { input })).toBe('FORBIDDEN');
  });

  test('moves the preview of the newest message', async () => {
    const sent = await world.send(room, ada, 'before');
    await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content: 'after' });
    expect(await world.as(ben).get(LAST, { id: room.id })).toMatchObject({
      room: { lastMessage: { preview: 'after', sender: { id: ada.id } } },
    });
  });

  test('ends with the window', async () => {
    const late = await World.start({ EDIT_WINDOW_MS: '0' });
    try {
      const { cy } = await late.people('cy');
      const quick = await late.room([[cy, 'CLIENT']]);
      const sent = await late.send(quick, cy, 'too late');
      const input = { roomId: quick.id, messageId: sent.id, content: 'changed' };
      expect(await late.as(cy).refusal(EDIT, { input })).toBe('EDIT_WINDOW_PASSED');
    } finally {
      await late.stop();
    }
  });
});

describe('deleting', () => {
  test('leaves a tombstone and nothing of what was said', async () => {
    const secret = `secret ${randomUUID()}`;
    const sent = await world.send(room, ada, secret, { metadata: { secret } });
    await world.act(ada, 'editMessage', { roomId: room.id, messageId: sent.id, content: `${secret}!` });
    await world.as(ben).get(REACT, { input: { roomId: room.id, messageId: sent.id, emoji: '👍' } });
    const { deleteMessage } = await world
      .as(ada)
      .get<{ deleteMessage: Message }>(DELETE, { input: { roomId: room.id, messageId: sent.id } });
    expect(deleteMessage).toMatchObject({ content: null, metadata: null, deletedAt: expect.any(String), deletedBy: { id: ada.id } });

    const everything = `query ($id: ID!) { room(id: $id) { lastMessage { preview } messages(last: 100) { nodes { ${MESSAGE} reactions { emoji } } } }
      changes(roomId: $id, after: 0) { events { ... on MessageAdded { message { ${MESSAGE} } } ... on MessageChanged { message { ${MESSAGE} } } } } }`;
    for (const person of [ada, ben, staff])
      expect(JSON.stringify(await world.as(person).get(everything, { id: room.id }))).not.toContain(secret);
    expect(await world.as(ada).refusal(REVISIONS, { roomId: room.id, messageId: sent.id })).toBe('FORBIDDEN');
    expect(JSON.stringify(await world.as(staff).get(REVISIONS, { roomId: room.id, messageId: sent.id }))).toContain(secret);
  });

  test('by staff needs a reason, by others is refused, twice is once', async () => {
    const sent = await world.send(room, ada, 'rude');
    const input = { roomId: room.id, messageId: sent.id };
    expect(await world.as(ben).refusal(DELETE, { input })).toBe('FORBIDDEN');
    expect(await world.as(staff).refusal(DELETE, { input })).toBe('BAD_USER_INPUT');
    const first = await world.as(staff).get<{ deleteMessage: Message }>(DELETE, { input: { ...input, reason: 'Rude' } });
    const second = await world.as(staff).get<{ deleteMessage: Message }>(DELETE, { input: { ...input, reason: 'Still rude' } });
    expect(second.deleteMessage).toEqual(first.deleteMessage);
    expect(await world.as(ada).refusal(EDIT, { input: { ...input, content: 'again' } })).toBe('CONFLICT');
    expect(await world.as(ben).refusal(REACT, { input: { ...input, emoji: '👍' } })).toBe('CONFLICT');
  });
});

describe('reacting', () => {
  test('counts each person once, and knows mine', async () => {
    const sent = await world.send(room, ada, 'cake?');
    const react = (person: Person, emoji: string) =>
      world.as(person).get<{ addReaction: Message }>(REACT, { input: { roomId: room.id, messageId: sent.id, emoji } });
    await Promise.all([react(ada, '🎂'), react(ben, '🎂'), react(ben, '🎂'), react(ben, '👨‍👩‍👧‍👦')]);
    const { addReaction } = await react(ben, '🎂');
    expect(addReaction.reactions).toEqual(
      expect.arrayContaining([
        { emoji: '🎂', count: 2, mine: true },
        { emoji: '👨‍👩‍👧‍👦', count: 1, mine: true },
      ]),
    );
    const { removeReaction } = await world
      .as(ben)
      .get<{ removeReaction: Message }>(UNREACT, { input: { roomId: room.id, messageId: sent.id, emoji: '🎂' } });
    expect(removeReaction.reactions).toContainEqual({ emoji: '🎂', count: 1, mine: false });
  });

  test('again changes nothing, not even the revision', async () => {
    const sent = await world.send(room, ada, 'once');
    const input = { roomId: room.id, messageId: sent.id, emoji: '👍' };
    const first = await world.as(ben).get<{ addReaction: Message }>(REACT, { input });
    const second = await world.as(ben).get<{ addReaction: Message }>(REACT, { input });
    expect(second.addReaction.revision).toBe(first.addReaction.revision);
  });

  test.each(['', 'x', '👍👍', '1', '\u{1F3FD}\u{1F3FD}', '👍 '])('refuses %j', async (emoji) => {
    const sent = await world.send(room, ada, 'no');
    expect(await world.as(ben).refusal(REACT, { input: { roomId: room.id, messageId: sent.id, emoji } })).toBe('BAD_USER_INPUT');
  });

  test('takes 30 kinds and no more, also at once', async () => {
    const sent = await world.send(room, ada, 'many');
    const emojis = Array.from({ length: 40 }, (_, i) => String.fromCodePoint(0x1f600 + i));
    const codes = await Promise.all(
      emojis.map((emoji) => world.as(ben).refusal(REACT, { input: { roomId: room.id, messageId: sent.id, emoji } })),
    );
    expect(codes.filter((code) => code === 'OK')).toHaveLength(30);
    expect(codes.filter((code) => code === 'BAD_USER_INPUT')).toHaveLength(10);
  });
});

describe('reading', () => {
  const READ = 'mutation ($input: MarkReadInput!) { markRead(input: $input) { lastReadSequence lastDeliveredSequence } }';
  const DELIVERED = 'mutation ($input: MarkDeliveredInput!) { markDelivered(input: $input) { lastReadSequence lastDeliveredSequence } }';

  test('turns SENT into DELIVERED into READ when all others have, and tells who', async () => {
    const talk = await world.room([
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
      [staff, 'SUPPORT_STAFF'],
    ]);
    const sent = await world.send(talk, ada, 'hello');
    const status = async () => (await world.as(ada).get<{ message: Message }>(ONE, { roomId: talk.id, id: sent.id })).message;
    const input = { roomId: talk.id, upToSequence: sent.sequence };
    expect(await status()).toMatchObject({ status: 'SENT', readBy: [] });
    await world.as(ben).get(DELIVERED, { input });
    expect(await status()).toMatchObject({ status: 'SENT' });
    await world.as(staff).get(READ, { input });
    expect(await status()).toMatchObject({ status: 'DELIVERED', readBy: [{ user: { id: staff.id } }] });
    await world.send(talk, ben, 'answering is reading');
    expect(await status()).toMatchObject({ status: 'READ', readBy: [{ user: { id: staff.id } }, { user: { id: ben.id } }] });
  });

  test('never moves back and never past the newest message', async () => {
    const talk = await world.room([
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
    ]);
    for (let i = 0; i < 9; i++) await world.send(talk, ada, `${i}`);
    const marks = await Promise.all(
      [3, 9, 5, 2_000_000_000, 1].map((upToSequence) =>
        world.as(ben).get<{ markRead: { lastReadSequence: number } }>(READ, { input: { roomId: talk.id, upToSequence } }),
      ),
    );
    const last = await world.as(ben).get<{ markRead: { lastReadSequence: number } }>(READ, { input: { roomId: talk.id, upToSequence: 0 } });
    expect(last.markRead.lastReadSequence).toBe(10);
    for (const mark of marks) expect(mark.markRead.lastReadSequence).toBeLessThanOrEqual(10);
    expect(await world.as(ben).refusal(READ, { input: { roomId: talk.id, upToSequence: -1 } })).toBe('BAD_USER_INPUT');
  });
});
