import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { explained } from './support/statements.js';
import { type Person, World } from './support/world.js';

/** 60,000 rooms of other people, a third of them public; ada is in 100 of them, which hold 1,000 messages each. */
const ROOMS = 60_000;
const CROWD = 1_200;
const MINE = 100;
const MESSAGES = 1_000;

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await World.start();
  ada = await world.person('ada');
  const { ben } = await world.people('ben');
  await world.sql(
    `insert into rooms (id, code, kind, visibility, title, participant_count, last_sequence, revision, last_activity_at, last_message_at, last_message_kind)
     select gen_random_uuid(), 'GRP-' || n, 'GROUP', case when n % 3 = 0 then 'PUBLIC' else 'PRIVATE' end, 'Room ' || n, 2,
       case when n <= $2::int then $3::int else 0 end, case when n <= $2::int then $3::int else 0 end, now() - n * interval '1 minute', now(), 'TEXT'
     from generate_series(1, $1::int) n`,
    [ROOMS, MINE, MESSAGES],
  );
  await world.sql(
    `insert into users (id, external_id, display_name) select gen_random_uuid(), 'crowd-' || n, 'Crowd' from generate_series(0, $1::int - 1) n`,
    [CROWD],
  );
  await world.sql(
    `insert into participants (room_id, user_id, role, last_read_sequence, last_delivered_sequence)
     select id, $1::uuid, 'CLIENT', last_sequence - 10, last_sequence from rooms where last_sequence > 0
     union all select id, $2, 'CLIENT', last_sequence, last_sequence from rooms where last_sequence > 0
     union all select r.id, u.id, 'CLIENT', 0, 0 from rooms r join users u
       on u.external_id in ('crowd-' || split_part(r.code, '-', 2)::int % $3::int, 'crowd-' || (split_part(r.code, '-', 2)::int * 7 + 3) % $3::int)`,
    [ada.id, ben.id, CROWD],
  );
  await world.sql(
    `insert into messages (room_id, sequence, id, sender_id, kind, content, created_revision, revision)
     select r.id, s, gen_random_uuid(), $1, 'TEXT', 'Hello', s, s from rooms r, generate_series(1, r.last_sequence) s`,
    [ben.id],
  );
  await world.sql('analyze');
});

afterAll(() => world.stop());

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The nodes of a plan, with the number of rows that each brought up over all its loops. */
async function planOf(matching: RegExp, document: string) {
  const database = world.nodes[0]!.app.get(DataSource);
  const nodes = nodesOf((await explained(database, matching, () => world.as(ada).get(document))) as Plan);
  const rows = (index: string) =>
    nodes.filter((node) => node['Index Name'] === index).reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0);
  return {
    scanned: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    indexes: new Set(nodes.map((node) => node['Index Name'])),
    rows,
  };
}

test('the list of my rooms reads my seats, my rooms and what is unread, whatever else there is', async () => {
  const plan = await planOf(/with page as/, '{ rooms { nodes { id viewer { unreadCount } lastMessage { preview } } } }');
  expect(plan.scanned).toEqual([]);
  expect([...plan.indexes]).toEqual(expect.arrayContaining(['participants_user', 'messages_pkey']));
  expect(plan.rows('messages_pkey')).toBe(51 * 10);
  expect(plan.rows('participants_user')).toBeLessThanOrEqual(MINE);
});

test('the unread count reads what is unread and nothing before it', async () => {
  const plan = await planOf(/sum\(mine/, '{ unread { total } }');
  expect(plan.scanned).toEqual([]);
  expect(plan.indexes).toContain('participants_user');
  expect(plan.rows('messages_pkey')).toBe(MINE * 10);
});

test('public rooms come from their own index, a page and no more', async () => {
  const plan = await planOf(/'PUBLIC'/, '{ publicRooms { nodes { id } } }');
  expect(plan.scanned).toEqual([]);
  expect(plan.indexes).toContain('rooms_public');
  expect(plan.rows('rooms_public')).toBe(51);
});

test("a room's figures count what is not text", async () => {
  const [room] = await world.sql<{ id: string }>('select id from rooms where last_sequence > 0 limit 1');
  const plan = await planOf(/with special as/, `{ room(id: "${room?.id}") { stats { messages byKind { kind count } } } }`);
  expect(plan.scanned).toEqual([]);
  expect(plan.indexes).toContain('messages_kind');
});
