import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { RACING } from './support/node.js';
import { askedDuring, statementsDuring } from './support/statements.js';
import { type Message, type Person, type Room, World } from './support/world.js';

const ROOM_SIZE = 100_000;
const CHUNK = 5_000;

let world: World;
let ada: Person;
let ben: Person;
let large: Room;

beforeAll(async () => {
  world = await World.start(RACING);
  ({ ada, ben } = await world.people('ada', 'ben'));
  large = await world.room([
    [ada, 'CUSTOMER'],
    [ben, 'RIDER'],
  ]);
  await fill(large, ROOM_SIZE);
});

afterAll(() => world.stop());

const database = (): DataSource => (world.nodes[0] as (typeof world.nodes)[0]).app.get(DataSource);

/** A long history, written by SQL: every fifth message is a system's, some were edited, two people took turns. */
async function fill(room: Room, size: number): Promise<void> {
  // In pieces, each of which stays well within the limit of a statement.
  for (let from = 1; from < size; from += CHUNK) {
    await database().query(
      `insert into messages (room_id, sequence, id, sender_id, kind, content, client_id, created_revision, revision, created_at, edited_at)
       select $1, 1 + i, gen_random_uuid(), case when i % 5 = 0 then null when i % 2 = 0 then $2::uuid else $3::uuid end,
         case when i % 50 = 0 then 'FILE' when i % 5 = 0 then 'IMAGE' else 'TEXT' end, 'message ' || i, null, 1 + i,
         case when i % 100 = 3 then 1 + $4 + i / 100 else 1 + i end, now() - make_interval(secs => $4 - i), null
       from generate_series($5::int, $6::int) i`,
      [room.id, ada.id, ben.id, size, from, Math.min(from + CHUNK, size) - 1],
    );
  }
  await database().query(
    `update rooms set last_sequence = $2::bigint, revision = 1 + $2::bigint + $2::bigint / 100, last_activity_at = now() where id = $1`,
    [room.id, size],
  );
  await database().query('analyze messages, rooms, participants');
}

const PAGE = `query ($id: ID!, $last: Int, $before: String, $filter: MessageFilter) { room(id: $id) { messages(last: $last, before: $before, filter: $filter) {
  count hasMore oldestId newestId pageInfo { hasNextPage hasPreviousPage }
  nodes { id sequence content createdAt status sender { displayName } replyTo { content sender { displayName } } reactions { emoji count mine } }
} } }`;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id sequence clientId } }';
const CHANGES =
  'query ($id: ID!, $after: Int!) { changes(roomId: $id, after: $after) { revision hasMore events { __typename ... on MessageAdded { message { content } } } } }';

describe('statements', () => {
  test('sending costs one, and one more while the membership is not known', async () => {
    const room = await world.room([[ada, 'CLIENT']]);
    const client = world.as(ada);
    const send = () => client.get(SEND, { input: { roomId: room.id, content: 'x', clientId: randomUUID() } });
    expect(await askedDuring(send)).toHaveLength(2);
    expect(await askedDuring(send)).toHaveLength(1);
    expect(await askedDuring(() => client.askBySocket(SEND, { input: { roomId: room.id, content: 'x' } }))).toHaveLength(1);
  });

  test('many sends at once share them', async () => {
    const room = await world.room([[ada, 'CLIENT']]);
    const client = world.as(ada);
    await client.askBySocket(SEND, { input: { roomId: room.id, content: 'warm' } });
    const burst = () =>
      Promise.all(Array.from({ length: 100 }, (_, i) => client.askBySocket(SEND, { input: { roomId: room.id, content: `${i}` } })));
    expect((await askedDuring(burst)).length).toBeLessThan(20);
  });

  test('a page of 50 with senders, quotes, reactions and status costs four, and nothing for the room itself', async () => {
    const room = await world.room([
      [ada, 'CLIENT'],
      [ben, 'CLIENT'],
    ]);
    let previous: Message | undefined;
    for (let i = 0; i < 50; i++) {
      previous = await world.send(room, i % 2 ? ada : ben, `${i}`, previous && i % 3 === 0 ? { replyToId: previous.id } : {});
      if (i % 5 === 0) await world.act(ada, 'addReaction', { roomId: room.id, messageId: previous.id, emoji: '👍' });
    }
    const client = world.as(ada);
    await client.get(PAGE, { id: room.id });
    let page: { room: { messages: { count: number } } } | undefined;
    const statements = await askedDuring(async () => (page = await client.get(PAGE, { id: room.id })));
    expect(page?.room.messages.count).toBe(50);
    expect(statements.length).toBeLessThanOrEqual(4);
    expect(statements.filter((text) => text.includes('from rooms r where r.id = any($1)'))).toEqual([]);
  });

  test('asking for changes costs one, whether there are any or not', async () => {
    const client = world.as(ada);
    const { changes } = await client.get<{ changes: { revision: number } }>(CHANGES, { id: large.id, after: 1 });
    expect(changes.revision).toBeGreaterThan(1);
    for (const after of [0, 50_000, 101_001]) expect(await askedDuring(() => client.get(CHANGES, { id: large.id, after }))).toHaveLength(1);
  });

  test('an empty poll is small', async () => {
    const { revision } = (
      await world.as(ada).get<{ room: { revision: number } }>('query ($id: ID!) { room(id: $id) { revision } }', { id: large.id })
    ).room;
    const answer = await world.as(ada).ask(CHANGES, { id: large.id, after: revision });
    expect(JSON.stringify(answer).length).toBeLessThan(300);
  });
});

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

const isScan = (plan: Plan): boolean => plan['Relation Name'] !== undefined || plan['Index Name'] !== undefined;

async function explain(options: string, text: string, values?: unknown[]): Promise<Plan[]> {
  const rows: { 'QUERY PLAN': [{ Plan: Plan }] }[] = await database().query(`explain (${options}, format json) ${text}`, values);
  return nodes(rows[0]?.['QUERY PLAN'][0].Plan as Plan).filter(isScan);
}

/**
 * What `work` asks of PostgreSQL, explained: as it runs with these values, and as PostgreSQL plans it for any values, which is what
 * a prepared statement may get after a few calls.
 */
async function scansDuring(work: () => Promise<unknown>, matching: RegExp): Promise<{ now: Plan[]; generic: Plan[] }> {
  const calls: { text: string; values: unknown[] }[] = [];
  await statementsDuring(work, (text, values) => calls.push({ text, values }));
  const call = calls.find(({ text }) => matching.test(text));
  if (!call) throw new Error(`no statement matches ${matching}`);
  const now = await explain('analyze', call.text, call.values);
  const [server]: { version: number }[] = await database().query(`select current_setting('server_version_num')::int as version`);
  // PostgreSQL explains without values from version 16 on.
  return { now, generic: (server?.version ?? 0) >= 160_000 ? await explain('generic_plan', call.text) : now };
}

const rowsRead = (plan: Plan): number =>
  (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)) * plan['Actual Loops'];

describe(`with ${ROOM_SIZE.toLocaleString('en')} messages in a room`, () => {
  const middle = async (): Promise<string> => {
    const [row]: { id: string }[] = await database().query('select id from messages where room_id = $1 and sequence = $2', [
      large.id,
      ROOM_SIZE / 2,
    ]);
    return row?.id ?? '';
  };
  const day = (share: number) => new Date(Date.now() - ROOM_SIZE * 1000 * share).toISOString();

  const questions: [string, RegExp, string, number, () => Promise<unknown>][] = [
    ['the newest page', /with page as/, 'messages_pkey', 200, () => world.as(ada).get(PAGE, { id: large.id })],
    [
      'a page in the middle',
      /with page as/,
      'messages_pkey',
      200,
      async () => world.as(ada).get(PAGE, { id: large.id, last: 50, before: await middle() }),
    ],
    [
      'a page of one kind',
      /with page as/,
      'messages_kind',
      200,
      () => world.as(ada).get(PAGE, { id: large.id, filter: { kinds: ['FILE'] } }),
    ],
    [
      'a page between two dates',
      /with page as/,
      'messages_created_at',
      200,
      () => world.as(ada).get(PAGE, { id: large.id, filter: { from: day(0.6), to: day(0.5) } }),
    ],
    ['the first changes', /with added as/, 'messages_created_revision', 400, () => world.as(ada).get(CHANGES, { id: large.id, after: 0 })],
    [
      'changes in the middle',
      /with added as/,
      'messages_created_revision',
      400,
      () => world.as(ada).get(CHANGES, { id: large.id, after: ROOM_SIZE / 2 }),
    ],
    [
      'the latest changes',
      /with added as/,
      'messages_revision',
      400,
      () => world.as(ada).get(CHANGES, { id: large.id, after: ROOM_SIZE + 900 }),
    ],
    [
      'the unread count',
      /as unread/,
      'messages_pkey',
      2_600,
      () => world.as(ada).get('query ($id: ID!) { room(id: $id) { viewer { unreadCount } } }', { id: large.id }),
    ],
  ];

  test.each(questions)('%s is found by an index and reads only what it needs', async (_name, statement, index, most, work) => {
    const { now, generic } = await scansDuring(work, statement);
    for (const scans of [now, generic]) {
      expect(scans.map((scan) => scan['Index Name'])).toContain(index);
      expect(scans.filter((scan) => scan['Node Type'] === 'Seq Scan' && scan['Relation Name'] === 'messages')).toEqual([]);
    }
    for (const scan of now) expect(rowsRead(scan)).toBeLessThanOrEqual(most);
  });

  test('sending reads no history', async () => {
    const work = () => world.as(ada).get(SEND, { input: { roomId: large.id, content: 'one more', clientId: randomUUID() } });
    const calls: { text: string; values: unknown[] }[] = [];
    await statementsDuring(work, (text, values) => calls.push({ text, values }));
    const append = calls.find((call) => call.text.includes('insert into messages'));
    if (!append) throw new Error('no append');
    append.values[0] = [randomUUID()];
    append.values[7] = [randomUUID()];
    const scans = await explain('analyze', append.text, append.values);
    expect(scans.length).toBeGreaterThan(0);
    for (const scan of scans) expect(rowsRead(scan)).toBeLessThanOrEqual(10);
  });
});
