import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Heard } from './support/client.js';
import { statementsDuring } from './support/statements.js';
import { type Message, type Person, type Room, World } from './support/world.js';

let world: World;
let people: Person[];
let room: Room;

beforeAll(async () => {
  world = await World.start();
  people = Object.values(await world.people('ada', 'ben', 'cy', 'dee', 'eve'));
  room = await world.room(people.map((person) => [person, 'CUSTOMER']));
  await world.send(room, people[0] as Person, 'first');
});

afterAll(() => world.stop());

interface Event {
  __typename: string;
  revision?: number;
  message?: Message;
}

type Events = Heard<{ roomEvents: Event }>;

const events = (
  fields: string,
  variable = '',
) => `subscription ($roomId: ID!, $after: Int ${variable}) { roomEvents(roomId: $roomId, after: $after) {
  __typename ... on MessageAdded { revision message { ${fields} } } ... on MessageChanged { revision message { ${fields} } } } }`;

/** Everybody, three times, live. */
async function listeners(document: string, variables: Record<string, unknown> = {}): Promise<Events[]> {
  const all = people.flatMap((person) => {
    const client = world.as(person);
    return [0, 1, 2].map((): Events => client.subscribe(document, { roomId: room.id, after: 0, ...variables }));
  });
  await Promise.all(all.map((heard) => heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced')));
  return all;
}

const hear = (all: Events[], isIt: (event: Event) => boolean) =>
  Promise.all(all.map(async (heard) => (await heard.until(({ roomEvents }) => isIt(roomEvents))).at(-1)?.roomEvents));

const leave = (all: Events[]) => Promise.all(all.map((heard) => heard.leave()));

/** How often the senders' names were looked up while everybody heard one message. */
async function lookUps(all: Events[], content: string): Promise<number> {
  const statements = await statementsDuring(async () => {
    await world.send(room, people[0] as Person, content);
    await hear(all, (event) => event.message?.content === content);
  });
  return statements.filter((text) => /from "?users"?/.test(text) && !text.includes('participants')).length;
}

test('an event is executed once for all who ask the same, wherever they resumed', async () => {
  const all = await listeners(events('content sender { displayName } reactions { emoji count }'));
  const later = people.map((person): Events =>
    world.as(person).subscribe(events('content sender { displayName } reactions { emoji count }'), { roomId: room.id, after: 1 }),
  );
  await Promise.all(later.map((heard) => heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced')));
  expect(await lookUps([...all, ...later], 'for all')).toBe(1);
  await leave([...all, ...later]);
});

test('variables inside an event tell results apart, and so do documents', async () => {
  const document = events('content sender @include(if: $withSender) { displayName }', '$withSender: Boolean = true');
  const [some, others] = [await listeners(document), await listeners(document, { withSender: false })];
  await world.send(room, people[0] as Person, 'apart');
  const isIt = (event: Event) => event.message?.content === 'apart';
  for (const event of await hear(some, isIt)) expect(event?.message?.['sender']).toEqual({ displayName: 'ada' });
  for (const event of await hear(others, isIt)) expect(event?.message).not.toHaveProperty('sender');
  await leave([...some, ...others]);
});

test('what depends on the viewer is never shared', async () => {
  const all = await listeners(events('content sender { email displayName } reactions { emoji mine }'));
  const sent = await world.send(room, people[0] as Person, 'mine?');
  await world.act(people[1] as Person, 'addReaction', { roomId: room.id, messageId: sent.id, emoji: '👍' });
  const heard = await hear(all, (event) => event.__typename === 'MessageChanged' && event.message?.content === 'mine?');
  const mine = heard.map((event) => (event?.message?.['reactions'] as { mine: boolean }[])[0]?.mine);
  expect(mine).toEqual(people.flatMap((_, at) => [at === 1, at === 1, at === 1]));
  await leave(all);
});

test('who joined later without the history does not see it in a quote', async () => {
  const { late, staff } = await world.people('late', 'staff');
  const host = await world.person('Root', 'ADMIN');
  await world.act(host, 'addParticipant', { roomId: room.id, userId: staff.id, role: 'SUPPORT_STAFF' });
  const secret = await world.send(room, people[0] as Person, 'secret');
  await world.act(staff, 'addParticipant', { roomId: room.id, userId: late.id, role: 'CLIENT', shareHistory: false });
  const document = events('content replyTo { content }');
  const all: Events[] = [people[1] as Person, late].map((person) => world.as(person).subscribe(document, { roomId: room.id, after: 0 }));
  await Promise.all(all.map((heard) => heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced')));
  await world.send(room, people[0] as Person, 'about it', { replyToId: secret.id });
  const quotes = (await hear(all, (event) => event.message?.content === 'about it')).map((event) => event?.message?.['replyTo']);
  expect(quotes).toEqual([{ content: 'secret' }, null]);
  await leave(all);
});

test('who clears their history hears no more of it, also on a stream that is open, and the others hear as before', async () => {
  const [ada, ben, cy] = people as [Person, Person, Person];
  const [old, older] = [await world.send(room, ada, 'old'), await world.send(room, ada, 'older')];
  const document = events('content replyTo { content }');
  const all: Events[] = [ben, ada, cy].map((person) => world.as(person).subscribe(document, { roomId: room.id, after: older.revision }));
  await Promise.all(all.map((heard) => heard.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced')));
  await world.act(ben, 'clearHistory', { roomId: room.id });
  await world.act(ada, 'editMessage', { roomId: room.id, messageId: old.id, content: 'edited' });
  await world.send(room, ada, 'about it', { replyToId: older.id });
  const heard = await Promise.all(all.map((each) => each.until(({ roomEvents }) => roomEvents.message?.content === 'about it')));
  const quotes = heard.map((each) => each.at(-1)?.roomEvents.message?.['replyTo']);
  expect(quotes).toEqual([null, { content: 'older' }, { content: 'older' }]);
  const edits = heard.map((each) => each.filter(({ roomEvents }) => roomEvents.message?.content === 'edited').length);
  expect(edits).toEqual([0, 1, 1]);
  await leave(all);
});
