import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { MessageWriter } from '../src/timeline/message-writer.js';
import type { Draft } from '../src/timeline/log/append.queries.js';
import { MessageKind } from '../src/timeline/log/message.entity.js';
import type { Timeline } from '../src/timeline/timeline.service.js';
import { RACING } from './support/node.js';
import { statementsDuring } from './support/statements.js';
import { type Message, type Person, type Room, World } from './support/world.js';

let world: World;
let ada: Person;
let ben: Person;
let staff: Person;

beforeAll(async () => {
  world = await World.start({ LOG_LEVEL: 'silent', ...RACING }, 2);
  // The plans of tables that nobody has looked at yet are part of what is tested.
  for (const table of ['messages', 'rooms', 'participants'])
    await database().query(`alter table ${table} set (autovacuum_enabled = false)`);
  ({ ada, ben, staff } = await world.people('ada', 'ben', 'staff'));
});

afterAll(() => world.stop());

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id sequence } }';

const aRoom = () =>
  world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
    [staff, 'SUPPORT_STAFF'],
  ]);

const writer = (node: number): MessageWriter => (world.nodes[node] as (typeof world.nodes)[0]).app.get(MessageWriter);
const database = (): DataSource => (world.nodes[0] as (typeof world.nodes)[0]).app.get(DataSource);

const draft = (room: Room, sender: Person, more: Partial<Draft> = {}): Draft => ({
  roomId: room.id,
  senderId: sender.id,
  kind: MessageKind.TEXT,
  content: 'x',
  metadata: null,
  replyToId: null,
  clientId: randomUUID(),
  ...more,
});

/** Everything that the constraints do not say already. */
async function expectSound(room: Room): Promise<void> {
  const rows: { sequence: number; revision: number }[] = await database().query(
    'select sequence, created_revision as revision from messages where room_id = $1 order by sequence',
    [room.id],
  );
  const [head]: { last_sequence: number; revision: number }[] = await database().query(
    'select last_sequence, revision from rooms where id = $1',
    [room.id],
  );
  expect(rows.map((row) => row.sequence)).toEqual(rows.map((_, at) => at + 1));
  expect(rows.map((row) => row.revision)).toEqual([...rows.map((row) => row.revision)].sort((a, b) => a - b));
  expect(head).toMatchObject({ last_sequence: rows.length });
}

test('a thousand messages at once from two nodes stand in each room without a hole', async () => {
  const rooms = await Promise.all(Array.from({ length: 10 }, aRoom));
  const people = [ada, ben, staff];
  const drafts = Array.from({ length: 1_000 }, (_, i) =>
    draft(rooms[i % 10] as Room, people[i % 3] as Person, { content: `message ${i}` }),
  );
  const sent = await Promise.all(drafts.map((one, i) => writer(i % 2).send(one)));
  expect(sent.map((message) => message.content)).toEqual(drafts.map((one) => one.content));
  for (const room of rooms) await expectSound(room);
});

test('a key used on both nodes in the same moment is one message', async () => {
  const room = await aRoom();
  for (let round = 0; round < 20; round++) {
    const retried = draft(room, ada, { content: `round ${round}` });
    const others = Array.from({ length: 6 }, () => draft(room, ben));
    const sent = await Promise.all(
      [0, 1, 0, 1, 0, 1].flatMap((node, i) => [writer(node).send(retried), writer(node).send(others[i] as Draft)]),
    );
    expect(new Set(sent.filter((_, i) => i % 2 === 0).map((message) => message.id)).size).toBe(1);
    expect(new Set(sent.map((message) => message.id)).size).toBe(7);
  }
  await expectSound(room);
});

test('each draft of a batch gets its own answer, and a bad one harms nobody', async () => {
  const room = await aRoom();
  const { stranger } = await world.people('stranger');
  const observed = await world.room([[ada, 'OBSERVER']]);
  const muted = await world.room([
    [ada, 'CUSTOMER'],
    [staff, 'SUPPORT_STAFF'],
  ]);
  await world.act(staff, 'muteParticipant', { roomId: muted.id, userId: ada.id });
  const closed = await aRoom();
  await world.act(staff, 'closeRoom', { roomId: closed.id });
  const key = randomUUID();
  await writer(0).send(draft(room, ada, { clientId: key, content: 'first' }));

  const outcomes = await Promise.allSettled(
    [
      draft(room, ben),
      draft(room, stranger),
      draft(observed, ada),
      draft(muted, ada),
      draft(closed, ada),
      draft(closed, staff),
      draft(room, ada, { clientId: key, content: 'second' }),
      draft(room, ada, { replyToId: randomUUID() }),
      draft(room, ada, { kind: 'NONSENSE' as MessageKind }),
      draft({ id: randomUUID(), code: '' }, ada),
      draft(room, ada),
    ].map((one) => writer(0).send(one)),
  );
  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'SENT' : (outcome.reason as { code: string }).code))).toEqual([
    'SENT',
    'NOT_FOUND',
    'FORBIDDEN',
    'MUTED',
    'ROOM_CLOSED',
    'SENT',
    'IDEMPOTENCY_CONFLICT',
    'BAD_USER_INPUT',
    '23514',
    'NOT_FOUND',
    'SENT',
  ]);
  for (const each of [room, observed, muted, closed]) await expectSound(each);
});

test('nothing gets behind a removal, however close the race', async () => {
  for (let round = 0; round < 25; round++) {
    const room = await aRoom();
    await world.as(ben).get(SEND, { input: { roomId: room.id, content: 'warm' } });
    const removal = world.act(staff, 'removeParticipant', { roomId: room.id, userId: ben.id });
    const sends = Array.from({ length: 8 }, (_, i) =>
      writer(i % 2)
        .send(draft(room, ben))
        .catch((error: { code: string }) => error),
    );
    const outcomes = await Promise.all(sends);
    await removal;
    const [notice]: { sequence: number }[] = await database().query(
      `select sequence from messages where room_id = $1 and metadata->>'event' = 'participant.removed'`,
      [room.id],
    );
    for (const outcome of outcomes) {
      if ('sequence' in outcome) expect(outcome.sequence).toBeLessThan(notice?.sequence ?? 0);
      else expect(outcome.code).toBe('NOT_FOUND');
    }
    await expectSound(room);
  }
});

test('a room that somebody holds delays nobody in other rooms, and keeps its own order', async () => {
  const held = await aRoom();
  const free = await aRoom();
  const runner = database().createQueryRunner();
  await runner.startTransaction();
  try {
    await runner.query('select 1 from rooms where id = $1 for update', [held.id]);
    const waiting = Array.from({ length: 5 }, (_, i) => writer(0).send(draft(held, ada, { content: `held ${i}` })));
    let isHeldDone = false;
    const all = Promise.all(waiting).then((messages) => {
      isHeldDone = true;
      return messages;
    });
    for (let i = 0; i < 20; i++) await writer(0).send(draft(free, ben));
    expect(isHeldDone).toBe(false);
    const late = writer(0).send(draft(held, ada, { content: 'held 5' }));
    await runner.commitTransaction();
    const messages = [...(await all), await late];
    expect(messages.map(({ content }) => content)).toEqual(['held 0', 'held 1', 'held 2', 'held 3', 'held 4', 'held 5']);
    expect(messages.map(({ sequence }) => sequence)).toEqual([2, 3, 4, 5, 6, 7]);
  } finally {
    await runner.release();
  }
  await expectSound(held);
});

test('a plan that PostgreSQL made while the tables were small looks each draft up by a unique key', async () => {
  const [server]: { version: number }[] = await database().query(`select current_setting('server_version_num')::int as version`);
  // PostgreSQL explains without values from version 16 on.
  if ((server?.version ?? 0) < 160_000) return;
  const room = await aRoom();
  const texts = await statementsDuring(() => writer(0).send(draft(room, ada)));
  const append = texts.find((text) => text.includes('insert into messages'));
  const rows: { 'QUERY PLAN': string }[] = await database().query(`explain (generic_plan) ${append}`);
  const scans = rows.flatMap(
    (row) => /(?:Seq Scan on|Scan using) \S+(?= on|$|.*(?:rooms|messages|participants))/.exec(row['QUERY PLAN'])?.[0] ?? [],
  );
  expect([...new Set(scans)].sort()).toEqual([
    'Scan using messages_client',
    'Scan using messages_id_key',
    'Scan using participants_pkey',
    'Scan using rooms_pkey',
    'Scan using users_pkey',
  ]);
});

test('a change and its notice are one commit: if the notice cannot be written, nothing has happened', async () => {
  const room = await aRoom();
  await database().query(`alter table messages add constraint no_more_notices check (kind <> 'SYSTEM') not valid`);
  try {
    const input = { roomId: room.id, userId: ben.id };
    const refused = await world
      .as(staff)
      .refusal('mutation ($input: RemoveParticipantInput!) { removeParticipant(input: $input) { status } }', { input });
    expect(refused).toBe('INTERNAL');
  } finally {
    await database().query('alter table messages drop constraint no_more_notices');
  }
  const sent: Message = await world.send(room, ben, 'still here');
  expect(sent.sequence).toBe(2);
});

test('when connections break under way, everybody is answered, and a retry finds out what became of it', async () => {
  const room = await aRoom();
  const drafts = Array.from({ length: 300 }, () => draft(room, ada));
  const breaking = world.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parley' and datname = current_database()`,
  );
  const first = await Promise.allSettled(drafts.map((each) => writer(0).send(each)));
  await breaking;
  expect(first).toHaveLength(drafts.length);
  const retried = await Promise.all(
    drafts.map((each) =>
      writer(1)
        .send(each)
        .catch(() => writer(1).send(each)),
    ),
  );
  expect(new Set(retried.map((message) => message.id)).size).toBe(drafts.length);
  first.forEach((answer, at) => {
    if (answer.status === 'fulfilled') expect(retried[at]?.id).toBe(answer.value.id);
  });
  await expectSound(room);
});

test('a queue that the database does not empty stops growing', async () => {
  const stuck = { driver: { master: { query: () => new Promise<never>(() => undefined) } } } as unknown as DataSource;
  const queue = new MessageWriter(stuck, {} as Timeline);
  const room = { id: randomUUID(), code: '' };
  const waiting = Array.from({ length: 11_000 }, () => queue.send(draft(room, ada)).catch((error: unknown) => error));
  await expect(Promise.race(waiting.slice(-1))).resolves.toMatchObject({ code: 'UNAVAILABLE' });
});
