import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Heard } from './support/client.js';
import { inBothModes, LAST } from './support/modes.js';
import { MESSAGE, type Message, type Person, type Room, type World } from './support/world.js';

let world: World;
let people: Person[];
let room: Room;

const EVENTS = `subscription ($roomId: ID!, $after: Int) { roomEvents(roomId: $roomId, after: $after) {
  __typename
  ... on MessageAdded { revision message { ${MESSAGE} } }
  ... on MessageChanged { revision message { ${MESSAGE} } }
  ... on ResyncRequired { revision }
} }`;
const CHANGES = `query ($roomId: ID!, $after: Int!, $limit: Int) { changes(roomId: $roomId, after: $after, limit: $limit) { revision hasMore events {
  __typename
  ... on MessageAdded { revision message { ${MESSAGE} } }
  ... on MessageChanged { revision message { ${MESSAGE} } }
} } }`;
const ADDED =
  'subscription ($roomId: ID!, $afterSequence: Int) { messageAdded(roomId: $roomId, afterSequence: $afterSequence) { sequence content } }';
const HEAD = 'query ($id: ID!) { room(id: $id) { revision lastSequence } }';

interface Entry {
  __typename: string;
  revision: number;
  message: Message;
}

const head = async (): Promise<{ revision: number; lastSequence: number }> =>
  (await world.as(people[0] as Person).get<{ room: { revision: number; lastSequence: number } }>(HEAD, { id: room.id })).room;

/** What a stream told of the log, up to a revision. */
async function entriesUpTo(heard: Heard<{ roomEvents: Entry }>, revision: number, from: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  if (from >= revision) return entries;
  const events = await heard.until(({ roomEvents }) => roomEvents.revision >= revision);
  for (const { roomEvents } of events) if (roomEvents.message) entries.push(roomEvents);
  return entries;
}

/** What anybody may rely on: additions complete and in order, revisions ascending, and the last state of each message the true one. */
function expectFaithful(entries: Entry[], after: { revision: number; sequence: number }, truth: Message[]): void {
  const revisions = entries.map((entry) => entry.revision);
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  expect(revisions[0] ?? Infinity).toBeGreaterThan(after.revision);
  const added = entries.filter((entry) => entry.__typename === 'MessageAdded').map((entry) => entry.message.sequence);
  expect(added).toEqual(truth.map((message) => message.sequence).filter((sequence) => sequence > after.sequence));
  const last = new Map(entries.map((entry) => [entry.message.sequence, entry.message]));
  for (const message of truth) {
    if (message.revision > after.revision)
      expect(last.get(message.sequence)).toMatchObject({ revision: message.revision, content: message.content });
  }
}

async function allMessages(): Promise<Message[]> {
  const messages: Message[] = [];
  let after: string | null = null;
  for (;;) {
    const query = `query ($id: ID!, $after: String) { room(id: $id) { messages(first: 100, after: $after) { hasMore newestId nodes { ${MESSAGE} } } } }`;
    type Page = { room: { messages: { hasMore: boolean; newestId: string; nodes: Message[] } } };
    const { room: page }: Page = await world.as(people[0] as Person).get<Page>(query, { id: room.id, after });
    messages.push(...page.messages.nodes);
    if (!page.messages.hasMore) return messages;
    after = page.messages.newestId;
  }
}

/** A little conversation: each number is one step by one of the people. */
async function talk(steps: readonly number[]): Promise<void> {
  const sent: { by: Person; message: Message }[] = [];
  for (const step of steps) {
    const by = people[step % people.length] as Person;
    const earlier = sent[step % Math.max(sent.length, 1)];
    if (step % 4 === 0 && earlier) {
      await world
        .act(earlier.by, 'editMessage', { roomId: room.id, messageId: earlier.message.id, content: `edited ${step}` })
        .catch(() => undefined);
    } else if (step % 7 === 0 && earlier) {
      await world.act(earlier.by, 'deleteMessage', { roomId: room.id, messageId: earlier.message.id });
    } else if (step % 5 === 0 && earlier) {
      await world.act(by, 'addReaction', { roomId: room.id, messageId: earlier.message.id, emoji: '👍' }).catch(() => undefined);
    } else {
      sent.push({ by, message: await world.send(room, by, `step ${step}`) });
    }
  }
}

inBothModes((start) => {
  beforeAll(async () => {
    world = await start();
    people = Object.values(await world.people('ada', 'ben', 'cy'));
    room = await world.room(people.map((person) => [person, 'CUSTOMER']));
  });

  afterAll(() => world.stop());

  describe('a stream opened anywhere, at any moment', () => {
    test('tells everything later exactly once and in order, while others speak', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 4 }),
          fc.array(fc.record({ back: fc.nat(40), delay: fc.nat(25), leavesAfter: fc.option(fc.nat(6)) }), { minLength: 1, maxLength: 5 }),
          async (conversations, listeners) => {
            const start = await head();
            const talking = Promise.all(conversations.map(talk));
            const hearing = listeners.map(async ({ back, delay, leavesAfter }) => {
              for (let i = 0; i < delay; i++) await new Promise(setImmediate);
              const revision = Math.max(0, start.revision - back);
              const client = world.as(people[0] as Person, LAST);
              let heard = client.subscribe<{ roomEvents: Entry }>(EVENTS, { roomId: room.id, after: revision });
              const entries: Entry[] = [];
              if (leavesAfter !== null) {
                while (entries.length < leavesAfter) {
                  const event = await Promise.race([heard.next(), talking.then(() => null)]);
                  if (event === null || typeof event === 'string') break;
                  if (event.roomEvents.message) entries.push(event.roomEvents);
                }
                await heard.leave();
                heard = client.subscribe(EVENTS, { roomId: room.id, after: entries.at(-1)?.revision ?? revision });
              }
              await talking;
              const end = await head();
              entries.push(...(await entriesUpTo(heard, end.revision, entries.at(-1)?.revision ?? revision)));
              await heard.leave();
              return { entries, revision };
            });
            await talking;
            const results = await Promise.all(hearing);
            const truth = await allMessages();
            const log = (await wholeLog(100)).entries.filter((entry) => entry.__typename === 'MessageAdded');
            for (const { entries, revision } of results) {
              const sequence = Math.max(0, ...log.filter((entry) => entry.revision <= revision).map((entry) => entry.message.sequence));
              expectFaithful(entries, { revision, sequence }, truth);
            }
          },
        ),
        { numRuns: 12 },
      );
    });

    test('the polling fallback tells the same as a stream', async () => {
      const truth = await allMessages();
      const { entries, revision } = await wholeLog(7);
      expect(revision).toBe((await head()).revision);
      expectFaithful(entries, { revision: 0, sequence: 0 }, truth);
    });
  });

  /** The whole log by polling. */
  async function wholeLog(limit: number): Promise<{ entries: Entry[]; revision: number }> {
    const entries: Entry[] = [];
    let after = 0;
    for (;;) {
      type Page = { changes: { revision: number; hasMore: boolean; events: Entry[] } };
      const { changes }: Page = await world.as(people[1] as Person).get<Page>(CHANGES, { roomId: room.id, after, limit });
      entries.push(...changes.events.filter((event) => event.message));
      after = changes.revision;
      if (!changes.hasMore) return { entries, revision: after };
    }
  }

  test('messageAdded resumes after a sequence, with new messages only', async () => {
    const before = await world.send(room, people[0] as Person, 'known');
    const missed = await world.send(room, people[1] as Person, 'missed');
    await world.act(people[1] as Person, 'editMessage', { roomId: room.id, messageId: missed.id, content: 'missed, edited' });
    const heard = world.as(people[0] as Person, LAST).subscribe(ADDED, { roomId: room.id, afterSequence: before.sequence });
    expect(await heard.next()).toEqual({ messageAdded: { sequence: missed.sequence, content: 'missed, edited' } });
    const live = await world.send(room, people[1] as Person, 'live');
    expect(await heard.next()).toEqual({ messageAdded: { sequence: live.sequence, content: 'live' } });
    await heard.leave();
  });

  test('who asks for the future is told to read the room anew', async () => {
    const { revision } = await head();
    const heard = world.as(people[0] as Person, LAST).subscribe(EVENTS, { roomId: room.id, after: revision + 1_000 });
    expect(await heard.next()).toEqual({ roomEvents: { __typename: 'ResyncRequired', revision } });
    expect(await heard.next()).toBe('ended');
  });
});
