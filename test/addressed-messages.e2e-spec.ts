import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { anEndpoint } from './support/hooks.js';
import { Receiver, type Reply } from './support/receiver.js';
import { type Person, World } from './support/world.js';

interface Sent {
  id: string;
  roomId: string;
  sequence: number;
}

let world: World;
let host: Person, boss: Person;
let rita: Person, tom: Person, cleo: Person;
let facility: { id: string; room: { id: string } };

beforeAll(async () => {
  world = await World.start({ WEBHOOK_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'silent' }, 2);
  host = await world.person('Host', 'SERVICE');
  boss = await world.person('boss', 'ADMIN');
});

afterAll(() => world.stop());

beforeEach(async () => {
  ({ rita, tom, cleo } = await world.people('rita', 'tom', 'cleo'));
  facility = await world.do(host, 'createFacility', { name: 'North' }, 'id room { id }');
  for (const { id: userId } of [rita, tom, cleo]) await world.act(host, 'addFacilityMember', { facilityId: facility.id, userId });
});

const toRita = (more: object = {}) => ({ content: 'Look at this', recipientId: rita.id, clientId: 'look', ...more });
const toAll = (more: object = {}) => ({ content: 'Look at this', facilityId: facility.id, clientId: 'look', ...more });
const send = (input: object) => world.do<Sent>(tom, 'sendMessageTo', { ...input }, 'id roomId sequence');
const refused = (input: object, person = tom) => world.refusal(person, 'sendMessageTo', { ...input });
/** Each text of tom's with the address that it has. */
const books = () =>
  world.sql(
    `select m.content, a.recipient_id as person, a.facility_id as facility from messages m
     left join message_addresses a on a.message_id = m.id where m.sender_id = $1 order by m.room_id, m.sequence`,
    [tom.id],
  );
const book = (content: string, to: { person?: string; facility?: string }) => ({ content, person: null, facility: null, ...to });

describe('a message and its address', () => {
  test.each([
    ['the connection breaks between the two', `perform pg_terminate_backend(pg_backend_pid())`],
    ['the address cannot be written', `raise 'no'`],
  ])('are one commit: neither is there where %s, and a retry brings both once', async (_, fault) => {
    const { roomId } = await send(toRita({ content: 'Before', clientId: 'before' }));
    const heard = world
      .as(rita)
      .subscribe<{ messageAdded: { content: string } }>(
        'subscription ($id: ID!) { messageAdded(roomId: $id, afterSequence: 2) { content } }',
        { id: roomId },
      );
    await world.sql(`create function fail() returns trigger language plpgsql as $$ begin ${fault}; return new; end $$`);
    await world.sql('create trigger fail before insert on message_addresses for each row execute function fail()');
    expect(await refused(toRita())).not.toBe('OK');
    await world.sql('drop function fail cascade');
    expect(await books()).toEqual([book('Before', { person: rita.id })]);

    const answers = await Promise.all([1, 2, 3].map(() => send(toRita())));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await books()).toEqual([book('Before', { person: rita.id }), book('Look at this', { person: rita.id })]);
    expect(await heard.next()).toEqual({ messageAdded: { content: 'Look at this' } });
    await heard.leave();
  });

  test('are both gone where the node dies while it writes them', async () => {
    const { roomId } = await send(toRita({ content: 'Before', clientId: 'before' }));
    const other = new pg.Client({ connectionString: world.database.url });
    await other.connect();
    await other.query('begin; lock table message_addresses in access exclusive mode');
    const attempt = refused(toRita());
    const waiting = `select pid from pg_locks where relation = 'message_addresses'::regclass and not granted`;
    let killed: { pid: number }[] = [];
    while (killed.length === 0) killed = await world.sql<{ pid: number }>(waiting);
    // What the database sees of a node that is gone.
    await world.sql('select pg_terminate_backend($1)', [killed[0]!.pid]);
    expect(await attempt).not.toBe('OK');
    await other.end();
    expect(await books()).toEqual([book('Before', { person: rita.id })]);
    expect(await send(toRita())).toMatchObject({ roomId, sequence: 3 });
  });

  test('are those of the first attempt; another text, another address or none under its key is a conflict', async () => {
    const first = await send(toAll());
    expect(await send(toAll())).toEqual(first);
    expect(await refused(toAll({ content: 'Something else' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await refused(toRita())).toBe('IDEMPOTENCY_CONFLICT');
    const here = { roomId: facility.room.id, content: 'Look at this', clientId: 'look' };
    expect(await world.refusal(tom, 'sendMessage', here)).toBe('IDEMPOTENCY_CONFLICT');
    expect(await books()).toEqual([book('Look at this', { facility: facility.id })]);
    expect(await refused(toAll(), cleo)).toBe('OK');
  });

  test('is one of two where a key is used for both in the same moment', async () => {
    await send(toRita({ clientId: 'the room is there' }));
    const answers = await Promise.all([toRita(), toAll(), toRita(), toAll()].map((input) => refused(input)));
    expect(answers.toSorted()).toEqual(['IDEMPOTENCY_CONFLICT', 'IDEMPOTENCY_CONFLICT', 'OK', 'OK']);
    expect(await books()).toHaveLength(2);
  });

  test('are refused as any message is: where the sender is muted, the room archived, or the sender no member any more', async () => {
    await send(toAll({ clientId: 'while all is well' }));
    await world.act(host, 'muteParticipant', { roomId: facility.room.id, userId: tom.id });
    expect(await refused(toAll())).toBe('MUTED');
    await world.act(host, 'unmuteParticipant', { roomId: facility.room.id, userId: tom.id });
    await world.act(host, 'closeRoom', { roomId: facility.room.id });
    await world.act(host, 'archiveRoom', { roomId: facility.room.id });
    expect(await refused(toAll())).toBe('ROOM_CLOSED');
    await world.act(host, 'removeFacilityMember', { facilityId: facility.id, userId: tom.id });
    expect(await refused(toAll())).toBe('NOT_FOUND');
    expect(await books()).toEqual([book('Look at this', { facility: facility.id })]);
  });

  test('move the sender to it, and everybody hears of both', async () => {
    await send(toAll({ clientId: randomUUID() }));
    await world.as(rita).get('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
      input: { roomId: facility.room.id, content: 'Seen' },
    });
    const events = world
      .as(rita)
      .subscribe<{ roomEvents: { __typename: string; userId?: string; lastReadSequence?: number } }>(
        'subscription ($id: ID!) { roomEvents(roomId: $id) { __typename ... on ReceiptAdvanced { userId lastReadSequence } } }',
        { id: facility.room.id },
      );
    await events.until(({ roomEvents }) => roomEvents.__typename === 'ReceiptAdvanced');
    const { sequence } = await send(toAll());
    await events.until(({ roomEvents }) => roomEvents.userId === tom.id && roomEvents.lastReadSequence === sequence);
    await events.leave();
  });
});

test('a message to somebody that is held has its address when it is released', async () => {
  const receiver = await Receiver.start();
  await anEndpoint(world, boss, { url: receiver.url, mode: 'BEFORE', onTimeout: 'REJECT' });
  receiver.answers((): Reply => ({ body: { verdict: 'hold', reason: 'a link' } }));
  expect([await refused(toRita()), await refused(toRita())]).toEqual(['MESSAGE_HELD', 'MESSAGE_HELD']);
  const query = '{ heldMessages(first: 100) { nodes { id } } }';
  const { heldMessages } = await world.as(boss).get<{ heldMessages: { nodes: { id: string }[] } }>(query);
  expect(heldMessages.nodes).toHaveLength(1);
  expect(await books()).toEqual([]);
  const [first, second] = await Promise.all(
    [1, 2].map(() => world.do<Sent>(boss, 'releaseHeldMessage', { heldMessageId: heldMessages.nodes[0]!.id }, 'id roomId sequence')),
  );
  expect(second).toEqual(first);
  expect(await books()).toEqual([book('Look at this', { person: rita.id })]);
  expect(await send(toRita())).toEqual(first);
  await receiver.stop();
});
